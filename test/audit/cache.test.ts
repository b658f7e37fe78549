/** What an audit leaves for the next one: less work, never another answer. */
import {
  appendFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AuditResult, auditTree } from "../../src/audit/audit.js";
import { temporaryFolder } from "../kernel/fixture.js";
import { toyFolder } from "../report/toy.js";

let tree: string;
let before: string | undefined;

beforeEach(() => {
  tree = temporaryFolder();
  cpSync(toyFolder, tree, { recursive: true });
  writeFileSync(join(tree, "drivers/Makefile"), "obj-y += toy/\n");
  writeFileSync(join(tree, "drivers/toy/Makefile"), "obj-m += leaky.o explicit.o\n");
  before = process.env.TREEWIDE_CACHE;
  process.env.TREEWIDE_CACHE = temporaryFolder();
});

afterEach(() => {
  if (before === undefined) delete process.env.TREEWIDE_CACHE;
  else process.env.TREEWIDE_CACHE = before;
});

/** The result, how many files were read for it, and how many drivers were looked at. */
async function audit(cache: boolean): Promise<{ result: AuditResult; read: number; looked: number }> {
  let read = 0;
  let looked = 0;
  const result = await auditTree(
    { kind: "folder", path: tree },
    {
      jobs: 2,
      cache,
      progress: ({ task, done }) => {
        if (task === "reading files") read = done;
        if (task === "auditing drivers") looked = done;
      },
    },
  );
  return { result, read, looked };
}

const modules = ({ drivers }: AuditResult) => new Map(drivers.map((d) => [d.driver, d.module]));

test("a tree that has not changed is not read again", async () => {
  const first = await audit(true);
  expect(first.read).toBe(9);
  expect(await audit(true)).toEqual({ result: first.result, read: 0, looked: 0 });
  expect((await audit(false)).result).toEqual(first.result);
});

test("of one that has, what changed is read, wherever it stands among the others", async () => {
  await audit(true);
  writeFileSync(join(tree, "drivers/toy/a.c"), "int before_all_others;\n");
  appendFileSync(join(tree, "drivers/toy/hybrid.c"), "\n/* longer */\n".repeat(500));
  rmSync(join(tree, "drivers/toy/implicit.c"));
  writeFileSync(
    join(tree, "drivers/toy/zz.c"),
    readFileSync(join(toyFolder, "drivers/toy/leaky.c"), "utf8").replaceAll("leaky", "zz"),
  );
  const { result, read } = await audit(true);
  expect(read).toBe(3);
  expect(result.drivers.map((d) => d.driver)).toContain("drivers/toy/zz.c");
  expect(result.drivers.map((d) => d.driver)).not.toContain("drivers/toy/implicit.c");
  expect(result).toEqual((await audit(false)).result);
});

test("a makefile that has changed changes the modules of drivers", async () => {
  expect(modules((await audit(true)).result).get("drivers/toy/leaky.c")).toBe("leaky");
  writeFileSync(join(tree, "drivers/toy/Makefile"), "obj-m += both.o\nboth-y := leaky.o explicit.o\n");
  const { result, read } = await audit(true);
  expect(read).toBe(0);
  expect(modules(result).get("drivers/toy/leaky.c")).toBe("both");
  expect(result).toEqual((await audit(false)).result);
});

test("files that a dying program left half are none", async () => {
  const { result } = await audit(true);
  const folder = join(process.env.TREEWIDE_CACHE!, "audit");
  for (const name of readdirSync(folder)) truncateSync(join(folder, name), 1000);
  expect(await audit(true)).toEqual({ result, read: 9, looked: 6 });
});

test.each([Number.NaN, 2.5, 0])("%d threads are refused, and leave no result in the cache", async (jobs) => {
  const refused = auditTree({ kind: "folder", path: tree }, { jobs });
  await expect(refused).rejects.toThrow("no number of threads");
  expect((await audit(true)).looked).toBeGreaterThan(0);
});
