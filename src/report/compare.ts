/** What changed between two audits: of two revisions, or of two trees. */
import {
  type HazardChanges,
  hazardChanges,
  type LineMaps,
  type NamedHazard,
  namedHazards,
} from "../audit/hazard-change.js";
import type { DriverResult } from "../audit/result.js";
import { LineMap } from "../base/line-map.js";
import type { DriverClass } from "../ownership/classify.js";
import { type HazardKind, hazardKinds } from "../ownership/observer.js";
import type { AuditReport, Summary } from "./report.js";

const comparisonSchema = "treewide.audit-comparison/1";

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
  /** The hazards that it shows after and did not show before, path by path. */
  readonly came: readonly HazardPlace[];
  /** Those that it no longer shows, at their places before. */
  readonly went: readonly HazardPlace[];
}

export interface HazardPlace {
  readonly kind: HazardKind;
  readonly file: string;
  readonly line: number;
  /** The release path or the call. */
  readonly what: string;
}

export interface Comparison {
  readonly schema: typeof comparisonSchema;
  readonly before: { readonly version: string; readonly commit: string | null; readonly summary: Summary };
  readonly after: { readonly version: string; readonly commit: string | null; readonly summary: Summary };
  /** Only drivers of which the class differs, or on how many paths a hazard shows; by change, then by path. */
  readonly changes: readonly DriverChange[];
  /** Hazards that a driver shows on a path on which it did not, and "unknown" when it could be decided before. */
  readonly newHazards: readonly (HazardKind | "unknown")[];
}

const asItIs = new LineMap("", "");

/**
 * Drivers are the same when their allocating file and their pci_driver's file and name are.
 * @param lines which lines of a file are which; left out, none has moved
 */
export function compareAudits(
  before: AuditReport,
  after: AuditReport,
  lines: LineMaps = () => asItIs,
): Comparison {
  const old = new Map(before.drivers.map((d) => [identity(d), d]));
  const now = new Map(after.drivers.map((d) => [identity(d), d]));
  const changes: DriverChange[] = [];
  const newHazards = new Set<HazardKind | "unknown">();
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(key), now.get(key)];
    const [from, to] = [kindsOf(was), kindsOf(is)];
    const { came, went } = hazardChanges(hazardsOf(was), hazardsOf(is), lines);
    for (const { kind } of came) newHazards.add(kind);
    if (is?.class === "unknown" && was?.class !== "unknown") newHazards.add("unknown");
    const change = changeOf(was, is, { came, went });
    if (!change) continue;
    const { driver, pciDriver } = (is ?? was)!;
    changes.push({
      change,
      driver,
      pciDriver: pciDriver.name,
      before: was ? { class: was.class, hazards: from } : null,
      after: is ? { class: is.class, hazards: to } : null,
      came: came.map(placeOf),
      went: went.map(placeOf),
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

function hazardsOf(driver: DriverResult | undefined): NamedHazard[] {
  return driver ? namedHazards(driver, "") : [];
}

function placeOf({ kind, file, line, what }: NamedHazard): HazardPlace {
  return { kind, file, line, what };
}

function kindsOf(driver: DriverResult | undefined): HazardKind[] {
  return hazardKinds.filter((kind) => driver?.hazards.some((h) => h.kind === kind));
}

const leaks: readonly HazardKind[] = ["leaks-today", "leaks-after-core-change"];

/** The one word for what happened; undefined when nothing did. A new driver counts by what it brings. */
function changeOf(
  was: DriverResult | undefined,
  is: DriverResult | undefined,
  { came, went }: HazardChanges<NamedHazard>,
): ChangeKind | undefined {
  if (!is) return "gone";
  if (came.some(({ kind }) => leaks.includes(kind))) return "newly-leaking";
  if (isHybrid(is) && !(was && isHybrid(was))) return "newly-hybrid";
  if (came.length > 0) return "worse";
  if (is.class === "unknown" && was?.class !== "unknown") return "undecided";
  if (!was) return "added";
  if (went.length > 0) return is.hazards.length === 0 ? "fixed" : "changed";
  return was.class === is.class ? undefined : "changed";
}

function isHybrid({ class: name }: DriverResult): boolean {
  return name === "hybrid-full" || name === "hybrid-partial";
}
