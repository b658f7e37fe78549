/** The small tree in test/report/tree, audited: a core in small and one driver for each case a report must show. */
import { join } from "node:path";
import { type AuditResult, auditTree } from "../../src/audit/audit.js";
import { openTree } from "../../src/kernel/tree.js";
import { type AuditReport, auditReport } from "../../src/report/report.js";
import { type SourceLines, sourceLines } from "../../src/report/source-lines.js";

export const toyFolder = join(import.meta.dirname, "tree");
const spec = { kind: "folder", path: toyFolder } as const;

let result: Promise<AuditResult> | undefined;

export function toyResult(): Promise<AuditResult> {
  result ??= auditTree(spec, { jobs: 1, cache: false });
  return result;
}

export async function toyReport(): Promise<AuditReport> {
  return auditReport(await toyResult());
}

export const toySource: SourceLines = sourceLines(openTree(spec));

/** The report with every name that comes from the tree made hostile by `change`. */
export function withNames(report: AuditReport, change: (name: string) => string): AuditReport {
  return {
    ...report,
    drivers: report.drivers.map((d) => ({
      ...d,
      driver: change(d.driver),
      pciDriver: { ...d.pciDriver, name: change(d.pciDriver.name) },
      hazards: d.hazards.map((h) => ({
        ...h,
        file: change(h.file),
        witness: h.witness.map((s) => ({ ...s, function: change(s.function), event: change(s.event) })),
      })),
      unknown: [{ file: change("a.c"), line: 1, why: change("because") }],
    })),
  };
}
