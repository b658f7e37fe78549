/** What changed between two audits: of two revisions, or of two trees. */
import type { DriverResult } from "../audit/result.js";
import type { DriverClass } from "../ownership/classify.js";
import { type HazardKind, hazardKinds } from "../ownership/observer.js";
import type { AuditReport, Summary } from "./report.js";

export const comparisonSchema = "treewide.audit-comparison/1";

/** What became of a driver, the gravest thing first. */
export const changeKinds = [
  "newly-leaking",
  "newly-hybrid",
  "worse",
  "undecided",
  "added",
  "fixed",
  "changed",
  "gone",
] as const;
export type ChangeKind = (typeof changeKinds)[number];

export interface DriverChange {
  readonly change: ChangeKind;
  readonly driver: string;
  readonly pciDriver: string;
  readonly before: { readonly class: DriverClass; readonly hazards: readonly HazardKind[] } | null;
  readonly after: { readonly class: DriverClass; readonly hazards: readonly HazardKind[] } | null;
}

export interface Comparison {
  readonly schema: typeof comparisonSchema;
  readonly before: { readonly version: string; readonly commit: string | null; readonly summary: Summary };
  readonly after: { readonly version: string; readonly commit: string | null; readonly summary: Summary };
  /** Only drivers of which the class or a hazard differs; by change, then by path. */
  readonly changes: readonly DriverChange[];
  /** Hazards, and "unknown", that a driver shows after and did not show before. */
  readonly newHazards: readonly (HazardKind | "unknown")[];
}

/** Drivers are the same when their allocating file and their pci_driver's file and name are. */
export function compareAudits(before: AuditReport, after: AuditReport): Comparison {
  const old = new Map(before.drivers.map((d) => [identity(d), d]));
  const now = new Map(after.drivers.map((d) => [identity(d), d]));
  const changes: DriverChange[] = [];
  const newHazards = new Set<HazardKind | "unknown">();
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(key), now.get(key)];
    const [from, to] = [hazardsOf(was), hazardsOf(is)];
    const appeared = to.filter((kind) => !from.includes(kind));
    for (const kind of appeared) newHazards.add(kind);
    if (is?.class === "unknown" && was?.class !== "unknown") newHazards.add("unknown");
    const change = changeOf(was, is, from, to);
    if (!change) continue;
    const { driver, pciDriver } = (is ?? was)!;
    changes.push({
      change,
      driver,
      pciDriver: pciDriver.name,
      before: was ? { class: was.class, hazards: from } : null,
      after: is ? { class: is.class, hazards: to } : null,
    });
  }
  return {
    schema: comparisonSchema,
    before: { ...before.tree, summary: before.summary },
    after: { ...after.tree, summary: after.summary },
    changes: changes.sort(
      (a, b) =>
        changeKinds.indexOf(a.change) - changeKinds.indexOf(b.change) ||
        (a.driver < b.driver ? -1 : a.driver > b.driver ? 1 : 0),
    ),
    newHazards: [...newHazards].sort(),
  };
}

function identity({ driver, pciDriver }: DriverResult): string {
  return `${driver} ${pciDriver.file} ${pciDriver.name}`;
}

function hazardsOf(driver: DriverResult | undefined): HazardKind[] {
  return hazardKinds.filter((kind) => driver?.hazards.some((h) => h.kind === kind));
}

const leaks: readonly HazardKind[] = ["leaks-today", "leaks-after-core-change"];

/** The one word for what happened; undefined when nothing did. A new driver counts by what it brings. */
function changeOf(
  was: DriverResult | undefined,
  is: DriverResult | undefined,
  from: readonly HazardKind[],
  to: readonly HazardKind[],
): ChangeKind | undefined {
  if (!is) return "gone";
  const appeared = to.filter((kind) => !from.includes(kind));
  if (appeared.some((kind) => leaks.includes(kind))) return "newly-leaking";
  if (isHybrid(is) && !(was && isHybrid(was))) return "newly-hybrid";
  if (appeared.length > 0) return "worse";
  if (is.class === "unknown" && was?.class !== "unknown") return "undecided";
  if (!was) return "added";
  if (from.length > to.length) return to.length === 0 ? "fixed" : "changed";
  return was.class === is.class ? undefined : "changed";
}

function isHybrid({ class: name }: DriverResult): boolean {
  return name === "hybrid-full" || name === "hybrid-partial";
}
