/** What an operation may be told: described in the OpenAPI document, and held to what is described. */
import { Refusal } from "./refusal.js";

export interface Parameter {
  readonly means: string;
  /** All that it can be; anything else is refused. */
  readonly oneOf?: readonly string[];
  /** A whole number, both ends included. */
  readonly whole?: { readonly from: number; readonly to: number };
}

export type Parameters = Readonly<Record<string, Parameter>>;

/** A parameter's schema in the OpenAPI document. */
export function parameterSchema({ oneOf, whole }: Parameter): Readonly<Record<string, unknown>> {
  if (whole) return { type: "integer", minimum: whole.from, maximum: whole.to };
  return oneOf ? { type: "string", enum: oneOf } : { type: "string" };
}

/**
 * Makes sure that a query asks for nothing but what is described: an answer to less would be taken for one to all.
 * What is empty counts as not given: so a form sends what nobody filled in.
 * @throws Refusal that names the parameter and what it can be
 */
export function checkQuery(query: Readonly<Record<string, string>>, parameters: Parameters): void {
  for (const [name, value] of Object.entries(query)) {
    const parameter = known(name, parameters, "parameter");
    if (value === "") continue;
    const { oneOf, whole } = parameter;
    if (oneOf && !oneOf.includes(value))
      throw new Refusal(400, `${name}: ${JSON.stringify(value)} is none of ${oneOf.join(", ")}`);
    if (whole && !isWhole(value, whole))
      throw new Refusal(
        400,
        `${name}: ${JSON.stringify(value)} is no whole number from ${whole.from} to ${whole.to}`,
      );
  }
}

/**
 * The fields of a body.
 * @throws Refusal that names the field which is not described, or is no string
 */
export function checkedBody(
  body: ReadonlyMap<string, unknown>,
  parameters: Parameters,
): Readonly<Record<string, string>> {
  for (const [name, value] of body) {
    known(name, parameters, "field");
    if (typeof value !== "string") throw new Refusal(400, `${name} has to be a string`);
  }
  return Object.fromEntries(body) as Record<string, string>;
}

function known(name: string, parameters: Parameters, what: string): Parameter {
  const found = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (found) return found;
  const names = Object.keys(parameters).join(", ") || "there is none";
  throw new Refusal(400, `${JSON.stringify(name)} is no ${what} here: ${names}`);
}

function isWhole(text: string, { from, to }: NonNullable<Parameter["whole"]>): boolean {
  return /^(?:0|[1-9]\d{0,14})$/.test(text) && Number(text) >= from && Number(text) <= to;
}
