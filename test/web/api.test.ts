/** The API's answers are what its OpenAPI document says. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openApi } from "../../src/web/api/openapi.js";
import { operations } from "../../src/web/api/operations.js";
import { patchId, removeWorkbench, toyWorkbench, type Workbench } from "./workbench.js";

let workbench: Workbench;
beforeAll(async () => {
  workbench = await toyWorkbench();
});
afterAll(() => removeWorkbench(workbench));

const document = openApi();
const ajv = new Ajv2020({ allErrors: true, strict: false });
ajv.addSchema({ $id: "api", components: document.components });

function problems(schema: string, answer: unknown) {
  const validate = ajv.compile({ $ref: `api#/components/schemas/${schema}` });
  validate(answer);
  return validate.errors ?? [];
}

/** Requests for every operation: what stands for its parameters. */
const requests: Readonly<Record<string, readonly string[]>> = {
  "/trees": [""],
  "/trees/{tree}": [""],
  "/trees/{tree}/drivers": ["", "?class=implicit&sort=driver", "?hazard=leaks-today&maintainer=tilda"],
  "/trees/{tree}/driver": ["?path=drivers/toy/leaky.c", "?path=drivers/toy/partial.c"],
  "/trees/{tree}/source": ["?path=drivers/toy/leaky.c&from=5"],
  "/series": [""],
  "/series/{series}": [""],
  "/archives": [""],
  "/archives/{archive}/messages": ["", "?q=s:leaky"],
  "/archives/{archive}/message": [`?id=${patchId}`],
  "/prior": ["?q=drivers/toy/leaky.c"],
  "/jobs": [""],
  "/jobs/{job}": [""],
};
const parameters = {
  "{tree}": "toy-tree",
  "{series}": "toy-leaky-Free-the-IRQ-vectors-when-starting-fails",
  "{archive}": "linux-toys",
  "{job}": "1",
};

test("every operation that reads is asked below", () => {
  expect(Object.keys(requests)).toEqual(
    operations.filter(({ method }) => method === "get").map(({ path }) => path),
  );
});

for (const { method, path, answer } of operations)
  for (const query of method === "get" ? requests[path]! : [])
    test(`GET ${path}${query} answers as described`, async () => {
      const address = Object.entries(parameters).reduce((a, [name, value]) => a.replace(name, value), path);
      const response = await workbench.app.request(`http://localhost/api/v1${address}${query}`);
      expect(response.status).toBe(200);
      expect(problems(answer, await response.json())).toEqual([]);
    });

test("what there is not is an error as described", async () => {
  for (const path of ["/trees/x", "/trees/toy-tree/driver?path=x.c", "/series/x", "/jobs/999", "/x"]) {
    const response = await workbench.app.request(`http://localhost/api/v1${path}`);
    expect([path, response.status]).toEqual([path, 404]);
    expect(problems("Error", await response.json())).toEqual([]);
  }
});

test("a job is started and stopped with the token", async () => {
  const headers = {
    host: "localhost",
    origin: "http://localhost",
    authorization: `Bearer ${workbench.guard.token}`,
    "content-type": "application/json",
  };
  const post = (path: string, body: object) =>
    workbench.app.request(`http://localhost/api/v1${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
  const started = (await (await post("/jobs", { tree: "toy-tree" })).json()) as { id: string };
  expect(problems("Job", started)).toEqual([]);
  const stopped = await (await post(`/jobs/${started.id}/stop`, {})).json();
  expect(problems("Job", stopped)).toEqual([]);
  expect(stopped).toMatchObject({ id: started.id, state: "stopped" });
  const judged = await post("/series", { archive: "linux-toys", id: patchId });
  expect(problems("Job", await judged.json())).toEqual([]);
});

test("the document is OpenAPI 3.1, and every reference leads somewhere", async () => {
  const response = await workbench.app.request("http://localhost/api/v1/openapi.json");
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ openapi: "3.1.0", info: { version: "1" } });
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
    expect(document.components.schemas).toHaveProperty(name!);
});

test.each([
  [{ trea: "toy-tree" }, '"trea" is no field here: tree, revision'],
  [{ tree: ["toy-tree"] }, "tree has to be a string"],
])("a body that the document does not allow is refused: %j", async (body, error) => {
  const response = await workbench.app.request("http://localhost/api/v1/jobs", {
    method: "POST",
    headers: {
      host: "localhost",
      origin: "http://localhost",
      authorization: `Bearer ${workbench.guard.token}`,
    },
    body: JSON.stringify(body),
  });
  expect([response.status, await response.json()]).toEqual([400, { error }]);
});
