/** A driver that allocates in two files (inputs/families): what belongs to which of them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { auditTree } from "../../src/audit/audit.js";
import { toyFolder } from "../report/toy.js";

const folder = join(import.meta.dirname, "inputs/families");
const overlay = Object.fromEntries(
  readdirSync(folder).map((name) => [`drivers/families/${name}`, readFileSync(join(folder, name), "utf8")]),
);

async function families() {
  const { drivers } = await auditTree(
    {
      kind: "folder",
      path: toyFolder,
      overlay: { ...overlay, "drivers/Makefile": "obj-y += families/\n" },
    },
    { jobs: 1, cache: false, drivers: { names: ["drivers/families"] } },
  );
  return new Map(drivers.map((d) => [d.driver.slice("drivers/families/".length), d]));
}

test("a release path and a hazard are of the file whose allocation holds on them", async () => {
  const found = await families();
  const leaning = found.get("leaning.c")!;
  const freeing = found.get("freeing.c")!;
  expect(leaning.releasePaths.map(({ path, frees }) => [path, frees])).toEqual([
    ["probe fails at families_register", false],
    ["probe fails at leaning_start", false],
    ["remove", false],
  ]);
  expect(freeing.releasePaths.map(({ path, frees }) => [path, frees])).toEqual([
    ["probe fails at families_register", true],
    ["remove", true],
  ]);
  expect(leaning.leaksAfterCoreChange).toBe(true);
  expect(freeing.leaksAfterCoreChange).toBe(false);
  expect([leaning.freedTwice, freeing.freedTwice]).toEqual([false, true]);
});

test("a witness goes through the allocation of the file that it is told for", async () => {
  for (const [name, { hazards }] of await families())
    for (const { witness } of hazards)
      expect(witness.filter(({ event }) => event.startsWith("pci_alloc")).map(({ file }) => file)).toEqual([
        `drivers/families/${name}`,
      ]);
});

test("how the device is enabled is the same for each file, and when a free runs is told for its vectors", async () => {
  const found = await families();
  expect([...found.values()].map(({ enable }) => enable)).toEqual(["managed", "managed"]);
  expect([...found].map(([name, { frees }]) => [name, frees.map(({ when }) => when)])).toEqual([
    ["freeing.c", ["probe-error, remove"]],
    ["leaning.c", ["not reached with vectors held"]],
  ]);
});
