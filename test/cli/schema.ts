/** What the program prints as JSON, held against docs/schema/. */
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { root } from "./treewide.js";

/** Where a JSON text is not what docs/schema/treewide.NAME-1.json says; nowhere, it should be. */
export function faultsOf(name: string, text: string) {
  const schema = JSON.parse(readFileSync(`${root}/docs/schema/treewide.${name}-1.json`, "utf8"));
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
  return validate(JSON.parse(text)) ? [] : validate.errors;
}
