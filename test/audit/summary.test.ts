/**
 * The whole of Linux 6.12, as Debian bookworm has it, and what a person has looked at: the class of each driver. A
 * change must be looked at, too, and is then recorded with `npm run record-summary`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { auditTree } from "../../src/audit/audit.js";
import { cacheFolder } from "../../src/base/files.js";

const tree = cacheFolder("trees", "linux-source-6.12");
const recorded = resolve(import.meta.dirname, "summary-6.12.json");

interface Summary {
  /** The tree's version: another one of the series may have other drivers. */
  readonly version: string;
  /** By driver and pci_driver; several of one name in a file are told apart by nothing but their number. */
  readonly classes: Readonly<Record<string, string>>;
}

describe.runIf(existsSync(tree))("the whole of Linux 6.12", () => {
  test("is as it was looked at", { timeout: 1_800_000 }, async () => {
    const result = await auditTree({ kind: "folder", path: tree });
    const classes: Record<string, string> = {};
    for (const { driver, pciDriver, class: found } of result.drivers) {
      const name = `${driver} ${pciDriver.file}:${pciDriver.name}`;
      classes[name] = name in classes ? `${classes[name]}, ${found}` : found;
    }
    const now: Summary = { version: result.tree.version, classes };
    if (process.env.TREEWIDE_RECORD) writeFileSync(recorded, `${JSON.stringify(now, undefined, 2)}\n`);
    const reviewed = JSON.parse(readFileSync(recorded, "utf8")) as Summary;
    expect(now.version, "audited another 6.12 than was recorded: look at what changed, and record it").toBe(
      reviewed.version,
    );
    expect(now.classes).toEqual(reviewed.classes);
  });
});
