/** The report for a terminal: what needs a person first, one line a driver, the counts at the end. */

import type { DriverResult } from "../audit/result.js";
import { plural } from "../base/plural.js";
import { printable } from "../base/printable.js";
import { driverClasses } from "../ownership/classify.js";
import { type HazardKind, hazardKinds } from "../ownership/observer.js";
import type { AuditReport } from "./report.js";
import { fitPath, type Paint, paint, wrap } from "./text.js";
import { classWords, hazardWords } from "./words.js";

/** The width that every line keeps. */
export const tableWidth = 100;
const columnWidth = 9;

export function auditTable(report: AuditReport, colour = false): string {
  const ink = paint(colour);
  const kinds = hazardKinds.filter((kind) => report.summary.hazards[kind] > 0);
  const lines = [heading(report, ink), ""];
  if (report.drivers.length > 0) lines.push(...columnHeadings(kinds, ink));
  const shared = sharedFiles(report.drivers);
  for (const name of driverClasses) {
    const drivers = report.drivers.filter((d) => d.class === name).sort(byNeed);
    if (drivers.length === 0) continue;
    lines.push("", `${ink.bold(`${name} (${drivers.length})`)}  ${ink.dim(classWords[name])}`);
    for (const driver of drivers) lines.push(...row(driver, kinds, shared.has(driver.driver), ink));
  }
  return `${[...lines, "", ...counts(report, kinds)].map((line) => line.trimEnd()).join("\n")}\n`;
}

function heading({ tree, summary, core }: AuditReport, ink: Paint): string {
  const commit = tree.commit ? ` (${tree.commit.slice(0, 12)})` : "";
  const title = `Linux ${printable(tree.version)}${commit}: ${plural(summary.drivers, "driver")} with IRQ vectors`;
  const facts = [
    core.plainAllocationRegistersRelease,
    core.managedAllocationExists,
    core.flagSurvivesRelease,
  ];
  const places = facts.map(({ how, file, line }) => `core: ${how}${file ? ` (${file}:${line})` : ""}`);
  return [ink.bold(title), ...places.flatMap((p) => wrap(p, tableWidth)).map(ink.dim)].join("\n");
}

const pathWidth = (kinds: readonly HazardKind[]) => tableWidth - kinds.length * columnWidth;

function columnHeadings(kinds: readonly HazardKind[], ink: Paint): string[] {
  return ["", "first allocation"].map((label, i) =>
    ink.dim(
      label.padEnd(pathWidth(kinds)) +
        kinds.map((kind) => hazardWords[kind].heading[i]!.padStart(columnWidth)).join(""),
    ),
  );
}

/**
 * One line: the first allocation, and at how many places each hazard shows. Indented below: the pci_driver, where the
 * file serves more than one, and why a driver is unknown.
 */
function row(driver: DriverResult, kinds: readonly HazardKind[], named: boolean, ink: Paint): string[] {
  const at = `:${driver.allocations[0]?.line ?? driver.pciDriver.line}`;
  const place = `  ${fitPath(printable(driver.driver), pathWidth(kinds) - 3 - at.length)}${at}`;
  const cells = kinds.map((kind) => {
    const count = driver.hazards.filter((h) => h.kind === kind).length;
    const text = (count ? String(count) : "·").padStart(columnWidth);
    if (count === 0) return ink.dim(text);
    return { error: ink.red, warning: ink.yellow, note: (t: string) => t }[hazardWords[kind].level](text);
  });
  const reasons = driver.class === "unknown" ? driver.unknown : [];
  const below = [
    ...(named ? [pciDriverName(driver)] : []),
    ...reasons.map(({ file, line, why }) => `${file}:${line}: ${why}`),
  ];
  return [
    place.padEnd(pathWidth(kinds)) + cells.join(""),
    ...below.flatMap((text) => wrap(printable(text), tableWidth - 6).map((line) => ink.dim(`      ${line}`))),
  ];
}

/** The pci_driver's name, and where it is when that is not the allocating file: many drivers of one family share a name. */
export function pciDriverName({ driver, pciDriver }: DriverResult): string {
  const where = pciDriver.file === driver ? "" : ` in ${pciDriver.file.split("/").slice(-2).join("/")}`;
  return pciDriver.name + where;
}

/** Files that more than one pci_driver shares: their rows need the driver's name. */
function sharedFiles(drivers: readonly DriverResult[]): Set<string> {
  const seen = new Set<string>();
  return new Set(drivers.map((d) => d.driver).filter((file) => seen.has(file) || !seen.add(file)));
}

/** The worst hazard first, then by path. */
export function byNeed(a: DriverResult, b: DriverResult): number {
  return worst(a) - worst(b) || (a.driver < b.driver ? -1 : a.driver > b.driver ? 1 : 0);
}

function worst({ hazards }: DriverResult): number {
  return Math.min(hazardKinds.length, ...hazards.map((h) => hazardKinds.indexOf(h.kind)));
}

function counts({ summary, parse, leftOut, drivers }: AuditReport, kinds: readonly HazardKind[]): string[] {
  const classes = driverClasses.filter((name) => summary.byClass[name] > 0);
  const { failed, functions } = parse;
  return [
    plural(summary.drivers, "driver"),
    ...classes.map((name) => `${String(summary.byClass[name]).padStart(6)}  ${name}`),
    ...(kinds.length ? ["drivers with a path on which"] : []),
    ...kinds.flatMap((kind) =>
      wrap(hazardWords[kind].message, tableWidth - 8).map(
        (text, i) => `${(i === 0 ? String(summary.hazards[kind]) : "").padStart(6)}  ${text}`,
      ),
    ),
    ...(failed.length
      ? [`${failed.length} of ${functions} functions could not be parsed; --format json names them`]
      : []),
    ...(leftOut.length ? [`${plural(leftOut.length, "file")} left out; --format json names them`] : []),
    ...(drivers.length ? ["`treewide explain DRIVER` shows a driver's release paths"] : []),
  ];
}
