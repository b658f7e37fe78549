/** What an audit leaves for the next one: less work, never another answer. */
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AuditResult, auditTree } from "../../src/audit/audit.js";
import { AuditCache } from "../../src/audit/cache.js";
import { openTree } from "../../src/kernel/tree.js";
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

/** A driver that frees when VALUE is not 0. */
const decided = (include: string) => `#include <linux/pci.h>
#include ${include}
static int decided_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pci_enable_device(pdev);
	return ret ? ret : pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
}
static void decided_remove(struct pci_dev *pdev)
{
	if (VALUE)
		pci_free_irq_vectors(pdev);
}
static struct pci_driver decided_driver = { .probe = decided_probe, .remove = decided_remove };
`;

test.each([
  ["of another folder", '"../lib/value.h"', "drivers/lib/value.h", ""],
  [
    "of its own that is too large for the index",
    '"value.h"',
    "drivers/toy/value.h",
    "/* registers */\n".repeat(40_000),
  ],
])("a header %s that has changed changes what is said of a driver", async (_, include, path, padding) => {
  const classOf = ({ result }: { result: AuditResult }) =>
    result.drivers.find(({ driver }) => driver === "drivers/toy/decided.c")?.class;
  mkdirSync(join(tree, "drivers/lib"));
  writeFileSync(join(tree, "drivers/toy/decided.c"), decided(include));
  writeFileSync(join(tree, path), `#define VALUE 0\n${padding}`);
  expect(classOf(await audit(true))).toBe("explicit-leaky");
  writeFileSync(join(tree, path), `#define VALUE 1\n${padding}`);
  expect(classOf(await audit(true))).toBe("explicit");
});

test("a shared header that has changed makes all results unknown", async () => {
  const before = await audit(true);
  expect(before.looked).toBe(6);
  mkdirSync(join(tree, "include/linux"), { recursive: true });
  writeFileSync(join(tree, "include/linux/new.h"), "struct new { int field; };\n");
  expect((await audit(true)).looked).toBe(6);
});

test("a driver that cannot be executed is said to be so by each run", async () => {
  const deep = `${"1 + ".repeat(40_000)}1`;
  writeFileSync(join(tree, "drivers/toy/deep.c"), decided('"deep.h"').replace("VALUE", deep));
  const leftOut = ({ result }: { result: AuditResult }) =>
    result.leftOut.flatMap(({ file }) => (file === "sound" ? [] : file));
  expect(leftOut(await audit(true))).toEqual(["drivers/toy/deep.c"]);
  mkdirSync(join(tree, "drivers/other"));
  writeFileSync(join(tree, "drivers/other/other.c"), "int other;\n");
  expect(leftOut(await audit(true))).toEqual(["drivers/toy/deep.c"]);
});

test("to ask for some drivers does not throw the results of the others away", async () => {
  const spec = { kind: "folder", path: tree } as const;
  const kept = () => new AuditCache(openTree(spec)).readResults().byDependencies.size;
  await audit(true);
  const all = kept();
  await auditTree(spec, { jobs: 1, drivers: { names: ["drivers/toy/leaky.c"] } });
  expect(kept()).toBe(all);
});

test.each([Number.NaN, 2.5, 0])("%d threads are refused, and leave no result in the cache", async (jobs) => {
  const refused = auditTree({ kind: "folder", path: tree }, { jobs });
  await expect(refused).rejects.toThrow("no number of threads");
  expect((await audit(true)).looked).toBeGreaterThan(0);
});
