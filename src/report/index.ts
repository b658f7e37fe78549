/** The formats of an audit's report. */
import { gccLines } from "./gcc.js";
import { auditHtml } from "./html.js";
import { auditJson } from "./json.js";
import type { AuditReport } from "./report.js";
import { auditSarif } from "./sarif.js";
import type { SourceLines } from "./source-lines.js";
import { auditTable } from "./table.js";

export const formats = ["table", "json", "sarif", "html", "gcc"] as const;
export type Format = (typeof formats)[number];

export interface RenderOptions {
  readonly colour: boolean;
  readonly source: SourceLines;
}

/** The report as text in one of the formats. */
export function render(report: AuditReport, format: Format, { colour, source }: RenderOptions): string {
  switch (format) {
    case "table":
      return auditTable(report, colour);
    case "json":
      return auditJson(report);
    case "sarif":
      return auditSarif(report);
    case "html":
      return auditHtml(report, source);
    case "gcc":
      return gccLines(report, source);
  }
}
