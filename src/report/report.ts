/** `treewide.audit/1`, the report of an audit: a public shape, frozen by test/report/json.test.ts and its JSON schema. */
import type { AuditResult } from "../audit/audit.js";
import type { DriverResult } from "../audit/result.js";
import { type DriverClass, driverClasses } from "../ownership/classify.js";
import { type HazardKind, hazardKinds } from "../ownership/observer.js";

const auditSchema = "treewide.audit/1";

export interface Summary {
  /** Pairs of a pci_driver and an allocating file. */
  readonly drivers: number;
  readonly byClass: Readonly<Record<DriverClass, number>>;
  /** How many drivers show each hazard. */
  readonly hazards: Readonly<Record<HazardKind, number>>;
}

export interface AuditReport extends AuditResult {
  readonly schema: typeof auditSchema;
  readonly summary: Summary;
}

/** Wraps an audit's result, of all drivers or of those of some classes; the summary counts those it keeps. */
export function auditReport(result: AuditResult, classes?: ReadonlySet<DriverClass>): AuditReport {
  const drivers = classes ? result.drivers.filter((d) => classes.has(d.class)) : result.drivers;
  return { schema: auditSchema, ...result, drivers, summary: summarize(drivers) };
}

function summarize(drivers: readonly DriverResult[]): Summary {
  const kinds = drivers.map((d) => new Set(d.hazards.map((h) => h.kind)));
  return {
    drivers: drivers.length,
    byClass: countEach(driverClasses, (name) => drivers.filter((d) => d.class === name).length),
    hazards: countEach(hazardKinds, (kind) => kinds.filter((set) => set.has(kind)).length),
  };
}

function countEach<K extends string>(names: readonly K[], count: (name: K) => number): Record<K, number> {
  return Object.fromEntries(names.map((name) => [name, count(name)])) as Record<K, number>;
}

/** The hazards of a report, each once: drivers that share a pci_driver share what it does. */
export function distinctHazards(drivers: readonly DriverResult[]) {
  const seen = new Set<string>();
  return drivers.flatMap((driver) =>
    driver.hazards.flatMap((hazard) => {
      const key = `${hazard.kind}@${hazard.file}:${hazard.line}@${driver.pciDriver.file}:${driver.pciDriver.name}`;
      if (seen.has(key)) return [];
      seen.add(key);
      return [{ driver, hazard }];
    }),
  );
}
