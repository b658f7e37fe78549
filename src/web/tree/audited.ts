/** An audited tree as pages and the API look at it: rows with subsystem, maintainers and the text to search. */
import type { DriverResult } from "../../audit/result.js";
import { driverClasses } from "../../ownership/classify.js";
import { type HazardKind, hazardKinds } from "../../ownership/observer.js";
import { type AuditReport, auditReport } from "../../report/report.js";
import { byNeed } from "../../report/table.js";
import { subsystemOf } from "../../series/stages.js";
import type { Maintained } from "../jobs/tasks.js";

export interface DriverRow {
  readonly driver: DriverResult;
  readonly subsystem: string;
  /** `Name <address>`. */
  readonly maintainers: readonly string[];
  /** How often each hazard shows. */
  readonly counts: Readonly<Record<HazardKind, number>>;
  /** Below the tree's own address: `driver/PATH`, with `?pci=FILE:LINE` where one file serves several drivers. */
  readonly href: string;
  /** What a search looks through, lower case. */
  readonly text: string;
}

export interface Audited {
  readonly report: AuditReport;
  /** Those in need first, class by class. */
  readonly rows: readonly DriverRow[];
  /** Hazards that at least one driver shows, in the order of the model. */
  readonly kinds: readonly HazardKind[];
  readonly subsystems: readonly string[];
  /** Undefined when the tree has no usable MAINTAINERS. */
  readonly maintainers: readonly string[] | undefined;
  readonly at: Date;
}

export function audited({ result, maintainers }: Maintained): Audited {
  const report = auditReport(result);
  const perFile = new Map<string, number>();
  for (const { driver } of report.drivers) perFile.set(driver, (perFile.get(driver) ?? 0) + 1);
  const rows = driverClasses
    .flatMap((name) => report.drivers.filter((driver) => driver.class === name).sort(byNeed))
    .map((driver) => row(driver, maintainers?.get(driver.driver) ?? [], perFile.get(driver.driver) === 1));
  return {
    report,
    rows,
    kinds: hazardKinds.filter((kind) => report.summary.hazards[kind] > 0),
    subsystems: [...new Set(rows.map(({ subsystem }) => subsystem))].sort(),
    maintainers: maintainers && [...new Set([...maintainers.values()].flat())].sort(),
    at: new Date(),
  };
}

function row(driver: DriverResult, maintainers: readonly string[], alone: boolean): DriverRow {
  const { pciDriver, module, hazards } = driver;
  return {
    driver,
    subsystem: subsystemOf(driver.driver),
    maintainers,
    counts: Object.fromEntries(
      hazardKinds.map((kind) => [kind, hazards.filter((hazard) => hazard.kind === kind).length]),
    ) as Record<HazardKind, number>,
    href: `driver/${pathSegments(driver.driver)}${alone ? "" : `?pci=${encodeURIComponent(pciDriverPlace(driver))}`}`,
    text: [driver.driver, pciDriver.name, module ?? "", ...maintainers].join(" ").toLowerCase(),
  };
}

/** Tells two drivers of one file apart: where their pci_driver stands. */
export function pciDriverPlace({ pciDriver }: DriverResult): string {
  return `${pciDriver.file}:${pciDriver.line}`;
}

/** A path of the tree in an address. */
export function pathSegments(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
