/** The API's description, OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1). */
import { type Operation, operations } from "./operations.js";
import { type Parameters, parameterSchema } from "./parameters.js";
import { ref, type Schema, schemas } from "./schemas.js";

export function openApi() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    paths[operation.path] ??= {};
    paths[operation.path]![operation.method] = described(operation);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "treewide workbench",
      version: "1",
      description:
        "Who owns the IRQ vectors of PCI drivers: everything that the pages show. A parameter or field that is not described, or not what is described, is an error 400 that names it and what it can be; an empty parameter counts as not given.",
    },
    servers: [{ url: "/api/v1" }],
    paths,
    components: {
      schemas: schemas(),
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

function described({ method, path, summary, parameters = {}, answer }: Operation) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name: name!,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(parameters).map(([name, parameter]) => ({
    name,
    in: "query",
    required: false,
    description: parameter.means,
    schema: parameterSchema(parameter),
  }));
  const changes = method === "post";
  return {
    summary,
    operationId: `${method}${path.replace(/\{(\w+)\}/g, "by-$1").replaceAll("/", "-")}`,
    parameters: changes ? inPath : [...inPath, ...inQuery],
    ...(changes
      ? { security: [{ token: [] }], requestBody: { content: json(bodyOf(parameters)), required: false } }
      : {}),
    responses: {
      "200": { description: "the answer", content: json(ref(answer)) },
      default: { description: "why there is none", content: json(ref("Error")) },
    },
  };
}

const json = (schema: Schema) => ({ "application/json": { schema } });

function bodyOf(parameters: Parameters): Schema {
  const properties = Object.entries(parameters).map(([name, parameter]) => [
    name,
    { ...parameterSchema(parameter), description: parameter.means },
  ]);
  return { type: "object", additionalProperties: false, properties: Object.fromEntries(properties) };
}
