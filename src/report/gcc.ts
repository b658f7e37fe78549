/** The report as compiler warnings, which editors and CI systems read: `file:line:col: warning: message [kind]`. */
import { printable } from "../base/printable.js";
import type { AuditReport } from "./report.js";
import { distinctHazards } from "./report.js";
import type { SourceLines } from "./source-lines.js";
import { hazardWords } from "./words.js";

/** Warnings, each with its witness as notes; the column is that of the line's first character that is no white space. */
export function gccLines({ drivers }: AuditReport, source: SourceLines): string {
  const at = (file: string, line: number) => `${file}:${line}:${column(source(file, line))}`;
  const lines = distinctHazards(drivers).flatMap(({ driver, hazard }) => [
    `${at(hazard.file, hazard.line)}: warning: ${hazardWords[hazard.kind].message} (${driver.pciDriver.name}) [${hazard.kind}]`,
    ...hazard.witness.map((step) => `${at(step.file, step.line)}: note: ${step.event}; ${step.state}`),
  ]);
  const unknown = drivers
    .filter((d) => d.class === "unknown")
    .flatMap((d) =>
      d.unknown.map(({ file, line, why }) => `${at(file, line)}: warning: not decided: ${why} [unknown]`),
    );
  return [...lines, ...new Set(unknown)].map((line) => `${printable(line)}\n`).join("");
}

function column(text: string | undefined): number {
  return (text?.search(/\S/) ?? 0) + 1 || 1;
}
