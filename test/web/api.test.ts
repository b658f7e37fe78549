/** The API's answers are what its OpenAPI document says. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { driverClasses } from "../../src/ownership/classify.js";
import { hazardKinds } from "../../src/ownership/observer.js";
import { openApi } from "../../src/web/api/openapi.js";
import { operations } from "../../src/web/api/operations.js";
import { git } from "../kernel/fixture.js";
import { patchId, removeWorkbench, toyTree, toyWorkbench, type Workbench } from "./workbench.js";

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

const get = (path: string) => workbench.app.request(`http://localhost/api/v1${path}`);
/** With the token, from our own origin. */
const post = (path: string, body: object) =>
  workbench.app.request(`http://localhost/api/v1${path}`, {
    method: "POST",
    headers: {
      host: "localhost",
      origin: "http://localhost",
      authorization: `Bearer ${workbench.guard.token}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
  });

/** The status of an answer that says why there is none, and what it says. */
async function refusal(answer: Response | Promise<Response>): Promise<[number, string]> {
  const response = await answer;
  const body = (await response.json()) as { error: string };
  expect(problems("Error", body)).toEqual([]);
  return [response.status, body.error];
}

const drivers = "/trees/toy-tree/drivers";
test.each([
  [`${drivers}?class=bogus`, `class: "bogus" is none of ${driverClasses.join(", ")}`],
  [`${drivers}?hazard=Leaks-today`, `hazard: "Leaks-today" is none of ${hazardKinds.join(", ")}`],
  [
    `${drivers}?sort=bogus`,
    `sort: "bogus" is none of need, driver, class, maintainer, ${hazardKinds.join(", ")}`,
  ],
  ...["abc", "0", "-1", "1.5", "01", "10000", "1e3"].map((page) => [
    `${drivers}?page=${page}`,
    `page: "${page}" is no whole number from 1 to 9999`,
  ]),
  [
    `${drivers}?clas=implicit`,
    '"clas" is no parameter here: class, hazard, subsystem, maintainer, q, sort, page',
  ],
  ["/trees/toy-tree/source?path=Makefile&from=x", 'from: "x" is no whole number from 1 to 9999999'],
  ["/archives/linux-toys/messages?q=x&offset=-1", 'offset: "-1" is no whole number from 0 to 9999999'],
  ["/trees?class=implicit", '"class" is no parameter here: there is none'],
])("GET %s is refused, with what it can be", async (path, error) => {
  expect(await refusal(get(path!))).toEqual([400, error]);
});

test("a parameter that is empty counts as not given", async () => {
  const [all, asked] = await Promise.all([get(drivers), get(`${drivers}?class=&hazard=&q=&sort=&page=`)]);
  expect([asked.status, await asked.json()]).toEqual([200, await all.json()]);
});

test("another driver's place is no answer", async () => {
  const path = "/trees/toy-tree/driver?path=drivers/toy/leaky.c&pci=";
  const [status, error] = await refusal(get(`${path}drivers/toy/leaky.c:1`));
  expect([status, error]).toEqual([404, expect.stringMatching(/^pci: "\S+" is none of (\S+:\d+)$/)]);
  expect((await get(path + error.replace(/.* /, ""))).status).toBe(200);
});

test("the document tells what a parameter can be", () => {
  const { parameters } = document.paths["/trees/{tree}/drivers"]!.get as {
    parameters: { name: string; schema: unknown }[];
  };
  const of = (name: string) => parameters.find((each) => each.name === name)?.schema;
  expect(of("class")).toEqual({ type: "string", enum: driverClasses });
  expect(of("page")).toEqual({ type: "integer", minimum: 1, maximum: 9999 });
  expect(of("q")).toEqual({ type: "string" });
});

test("an audit of what there is not is refused, with what there is, and leaves nothing behind", async () => {
  const { bench } = workbench;
  const repository = toyTree("toy-with-history");
  git(repository, "init", "-q", "-b", "main");
  git(repository, "commit", "-q", "--allow-empty", "-m", "no kernel yet");
  const { name } = bench.addTree({ kind: "folder", path: repository });
  const before = [bench.trees.size, bench.jobs.list().length];
  const wanted = "name a branch, a tag or a commit of the tree's repository";
  const refused = async (body: object) => refusal(post("/jobs", body));
  expect(await refused({ tree: name, revision: "nope" })).toEqual([
    400,
    `revision: ${repository}: no commit "nope"; ${wanted}`,
  ]);
  expect(await refused({ tree: name, revision: "main" })).toEqual([
    400,
    `revision: ${repository}: main is no Linux kernel tree; ${wanted}`,
  ]);
  expect(await refused({ tree: name, revision: "a..b" })).toEqual([
    400,
    `revision: "a..b" is not the name of one revision; ${wanted}`,
  ]);
  expect(await refused({ tree: "toy-tree", revision: "main" })).toEqual([
    400,
    "revision: toy-tree is in no git repository, so it has no revisions; leave it empty",
  ]);
  expect(await refused({ tree: "x" })).toEqual([
    400,
    `tree: "x" is no tree of this server: toy-tree, ${name}`,
  ]);
  expect([bench.trees.size, bench.jobs.list().length]).toEqual(before);
  bench.trees.delete(name);
});

test("a thread that is not there is refused, with what is wrong", async () => {
  expect(await refusal(post("/series", { archive: "x", id: patchId }))).toEqual([
    404,
    "archive: there is no such archive here",
  ]);
  expect(await refusal(post("/series", { archive: "linux-toys", id: "x" }))).toEqual([
    404,
    "id: there is no such message in linux-toys",
  ]);
});

test("a job is started and stopped with the token", async () => {
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
  expect(await refusal(post("/jobs", body))).toEqual([400, error]);
});
