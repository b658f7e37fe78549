/**
 * The whole of Linux 6.12, as Debian bookworm has it, and what a person has looked at: the class of each driver, and what is left out. A
 * change must be looked at, too, and is then recorded with `npm run record-summary`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { auditTree } from "../../src/audit/audit.js";
import { cacheFolder } from "../../src/base/files.js";
import { canRun } from "../not-run.js";

const tree = cacheFolder("trees", "linux-source-6.12");
const recorded = resolve(import.meta.dirname, "summary-6.12.json");

interface Summary {
  /** The tree's version: another one of the series may have other drivers. */
  readonly version: string;
  /** By driver and pci_driver; several of one name in a file are told apart by nothing but their number. */
  readonly classes: Readonly<Record<string, string>>;
  /** Files that the audit says that it leaves out: they allocate, and no driver was found that reaches them. */
  readonly leftOut: readonly string[];
}

const what = "the whole of Linux 6.12";

describe.runIf(canRun(what, tree))(what, () => {
  test("is as it was looked at", { timeout: 1_800_000 }, async () => {
    const result = await auditTree({ kind: "folder", path: tree }, { cache: false });
    const classes: Record<string, string> = {};
    for (const { driver, pciDriver, class: found } of result.drivers) {
      const name = `${driver} ${pciDriver.file}:${pciDriver.name}`;
      classes[name] = name in classes ? `${classes[name]}, ${found}` : found;
    }
    const leftOut = result.leftOut.map(({ file }) => file);
    const now: Summary = { version: result.tree.version, classes, leftOut };
    if (process.env.TREEWIDE_RECORD) writeFileSync(recorded, `${JSON.stringify(now, undefined, 2)}\n`);
    const reviewed = JSON.parse(readFileSync(recorded, "utf8")) as Summary;
    expect(now.version, "audited another 6.12 than was recorded: look at what changed, and record it").toBe(
      reviewed.version,
    );
    expect(now.classes).toEqual(reviewed.classes);
    expect(now.leftOut).toEqual(reviewed.leftOut);
  });
});
