import type { AuditReport } from "./report.js";

export function auditHtml(report: AuditReport): string {
  return report.schema;
}
