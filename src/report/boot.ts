/** The reports of the test machine: which there are, and in which forms. */
import { printableLines } from "../base/printable.js";
import type { DriversReport } from "../boot/real-drivers.js";
import type { ClaimsReport, ConformanceReport } from "../boot/sessions.js";
import { bootHtml } from "./boot-html.js";
import { claimsText, conformanceText, driversText } from "./boot-text.js";

export type BootReport = ConformanceReport | ClaimsReport | DriversReport;

/** @param format "text", "json" or "html". */
export function render(report: BootReport, format: string): string {
  if (format === "json") return `${JSON.stringify(report, null, 2)}\n`;
  const text = printableLines(textOf(report)); // cores are named by mails, and consoles hold anything
  return format === "html" ? bootHtml(report, text) : text;
}

function textOf(report: BootReport): string {
  switch (report.schema) {
    case "treewide.boot-conformance/1":
      return conformanceText(report);
    case "treewide.boot-claims/1":
      return claimsText(report);
    case "treewide.boot-drivers/1":
      return driversText(report);
  }
}

/**
 * Whether the kernel contradicts the executor, a core is broken, or something asked for could not be decided; that no
 * driver can be tried on any core is an error before it comes to a report.
 */
export function hasFindings(report: BootReport): boolean {
  switch (report.schema) {
    case "treewide.boot-conformance/1":
      return report.cores.some((core) => core.verdicts.some(({ verdict }) => verdict !== "agrees"));
    case "treewide.boot-claims/1": {
      const faults = new Set(report.claims.flatMap(({ id, fault }) => (fault ? [id] : [])));
      return report.cores.some((core) =>
        core.verdicts.some(
          ({ claim, verdict }) => verdict === "unknown" || (verdict === "holds" && faults.has(claim)),
        ),
      );
    }
    case "treewide.boot-drivers/1":
      return report.cores.some(
        ({ drivers }) =>
          drivers.every(({ why }) => why !== undefined) ||
          drivers.some(({ paths, hazards }) =>
            [...paths, ...hazards].some(({ verdict }) => verdict === "contradicted"),
          ),
      );
  }
}
