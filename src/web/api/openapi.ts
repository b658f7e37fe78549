/** The API's description, OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1). */
import { type Operation, operations } from "./operations.js";
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
      description: "Who owns the IRQ vectors of PCI drivers: everything that the pages show.",
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
  const inQuery = Object.entries(parameters).map(([name, description]) => ({
    name,
    in: "query",
    required: false,
    description,
    schema: { type: "string" },
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

function bodyOf(parameters: Readonly<Record<string, string>>): Schema {
  const properties = Object.entries(parameters).map(([name, description]) => [
    name,
    { type: "string", description },
  ]);
  return { type: "object", additionalProperties: false, properties: Object.fromEntries(properties) };
}
