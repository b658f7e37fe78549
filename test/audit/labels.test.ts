/** Hand labels of Linux 7.3 beside what the audit says, field by field; docs/LABELS.md argues each difference. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { auditTree } from "../../src/audit/audit.js";
import type { DriverResult } from "../../src/audit/result.js";
import { cacheFolder } from "../../src/base/files.js";
import { labels } from "../data.js";
import { canRun } from "../not-run.js";

interface Site {
  readonly file: string;
  readonly line: number;
}
interface Label {
  readonly driver: string;
  readonly pciDriverFile: string;
  readonly class: string;
  readonly enable: string;
  readonly leaksAfterCoreChange: boolean;
  readonly freedTwice: boolean;
  readonly freedUnderHandler: boolean;
  readonly allocations: readonly Site[];
  readonly frees: readonly Site[];
}

const tree = cacheFolder("trees", "linux-source-7.3");

const what = "the labels of Linux 7.3";

describe.runIf(canRun(what, tree, labels))(what, () => {
  test("agree, but for what is argued", { timeout: 900_000 }, async () => {
    const wanted = (JSON.parse(readFileSync(labels, "utf8")) as { labels: Label[] }).labels;
    const { drivers } = await auditTree(
      { kind: "folder", path: tree },
      { cache: false, drivers: { names: wanted.map(({ driver }) => driver) } },
    );
    const differences = wanted.flatMap((label) => {
      const found = drivers.filter(
        (d) => d.driver === label.driver && d.pciDriver.file === label.pciDriverFile,
      );
      return closest(label, found).map((field) => `${label.driver} ${field}`);
    });
    expect(differences.sort()).toEqual(argued().sort());
  });
});

/** The fields in which the most alike of a file's drivers differs from a label. */
function closest(label: Label, found: readonly DriverResult[]): string[] {
  const wanted = fieldsOf(label);
  const differing = found.map((driver) => {
    const fields = fieldsOf(driver);
    return Object.keys(wanted).filter((field) => fields[field] !== wanted[field]);
  });
  return differing.sort((a, b) => a.length - b.length)[0] ?? ["missing"];
}

function fieldsOf(of: Label | DriverResult): Record<string, string> {
  const sites = (list: readonly Site[]) =>
    list
      .map(({ file, line }) => `${file}:${line}`)
      .sort()
      .join(" ");
  const { enable, leaksAfterCoreChange, freedTwice, freedUnderHandler } = of;
  return {
    class: of.class,
    enable,
    leaksAfterCoreChange: `${leaksAfterCoreChange}`,
    freedTwice: `${freedTwice}`,
    freedUnderHandler: `${freedUnderHandler}`,
    allocations: sites(of.allocations),
    frees: sites(of.frees),
  };
}

/** The first two columns of the table in docs/LABELS.md. */
function argued(): string[] {
  const text = readFileSync(resolve(import.meta.dirname, "../../docs/LABELS.md"), "utf8");
  return [...text.matchAll(/^\| `([^`]+)` \| `(\w+)` \|/gm)].map(([, driver, field]) => `${driver} ${field}`);
}
