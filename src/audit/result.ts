/** The shape of an audit's result: `treewide.audit/1` (docs/ARCHITECTURE.md, "Contracts"). */
import { steps, type TraceStep } from "../exec/state.js";
import type { DriverClass, Verdict } from "../ownership/classify.js";
import type { LifeResult, ReleasePath, Unknown } from "../ownership/lifecycle.js";
import type { HazardKind } from "../ownership/observer.js";
import type { Enable } from "../ownership/vectors.js";
import type { ApiCall } from "./closure.js";
import type { FoundDriver } from "./drivers.js";

export interface WitnessStep {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly event: string;
  readonly state: string;
}

export interface HazardResult {
  readonly kind: HazardKind;
  readonly file: string;
  readonly line: number;
  readonly witness: readonly WitnessStep[];
}

export interface CallResult {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly api: string;
}

/** What happened on a release path: the same for both cores up to devres' turn, and then what each core does. */
export interface Timeline {
  readonly shared: readonly WitnessStep[];
  readonly today: readonly WitnessStep[];
  readonly afterCoreChange: readonly WitnessStep[];
}

export interface ReleasePathResult {
  readonly path: string;
  readonly file: string;
  readonly line: number;
  /** The driver itself frees the vectors on this path. */
  readonly frees: boolean;
  /** For `treewide explain` and the HTML report; no part of `treewide.audit/1`. */
  readonly timeline: Timeline;
}

export interface DriverResult {
  /** The file with the allocation. */
  readonly driver: string;
  readonly pciDriver: { readonly file: string; readonly line: number; readonly name: string };
  /** The Kbuild module with the pci_driver; null when no makefile that was found names its file. */
  readonly module: string | null;
  /** The driver's own, and every file of which code lies on the way from its entry points to an allocation or a free. */
  readonly files: readonly string[];
  readonly enable: Enable;
  readonly class: DriverClass;
  readonly allocations: readonly CallResult[];
  readonly frees: readonly (CallResult & { readonly when: string })[];
  readonly releasePaths: readonly ReleasePathResult[];
  readonly hazards: readonly HazardResult[];
  readonly leaksAfterCoreChange: boolean;
  readonly freedTwice: boolean;
  readonly freedUnderHandler: boolean;
  readonly unknown: readonly Unknown[];
}

/**
 * @param driver a file with allocations
 * @param allocations those in it
 * @param life what of the driver's life is about them
 */
export function describe(
  found: FoundDriver,
  driver: string,
  allocations: readonly ApiCall[],
  life: LifeResult,
  verdict: Verdict,
): DriverResult {
  const { variable, modules } = found;
  const hazards: HazardResult[] = [...life.observer.hazards.values()].map((h) => ({
    kind: h.kind,
    file: h.file,
    line: h.line,
    witness: steps(h.witness).map(witnessStep),
  }));
  return {
    driver,
    pciDriver: { file: variable.file.path, line: variable.file.lines.line(variable.at), name: variable.name },
    module: (modules.find(({ files }) => files.includes(driver)) ?? modules[0])?.name ?? null,
    files: [
      ...new Set([variable.file, ...[...found.reach].map((f) => f.file)].map(({ path }) => path)),
    ].sort(),
    enable: verdict.enable,
    class: verdict.class,
    allocations: allocations.map(call),
    frees: found.frees.map((f) => ({ ...call(f), when: when(f, life) })),
    releasePaths: life.releasePaths.map(releasePath),
    hazards,
    leaksAfterCoreChange: verdict.leaksAfterCoreChange,
    freedTwice: verdict.freedTwice,
    freedUnderHandler: verdict.freedUnderHandler,
    unknown: life.unknown,
  };
}

function witnessStep({ file, line, function: name, event, state }: TraceStep): WitnessStep {
  return { file, line, function: name, event, state };
}

function releasePath({ path, file, line, frees, witness }: ReleasePath): ReleasePathResult {
  const [today, after] = [steps(witness[0]), steps(witness[1])];
  let same = 0;
  while (same < today.length && today[same] === after[same]) same++;
  return {
    path,
    file,
    line,
    frees,
    timeline: {
      shared: today.slice(0, same).map(witnessStep),
      today: today.slice(same).map(witnessStep),
      afterCoreChange: after.slice(same).map(witnessStep),
    },
  };
}

function call({ api, at, within }: ApiCall): CallResult {
  return { file: within.file.path, line: within.file.lines.line(at), function: within.name, api };
}

/** In which phases a free was executed while vectors were held. */
function when(free: ApiCall, life: LifeResult): string {
  const { file, line } = call(free);
  const seen = life.observer.frees.get(`${file}:${line}`);
  if (!seen) return "not reached with vectors held";
  const names = {
    probe: "probe-error",
    devres: "devm-action",
    "mid-life": "mid-life",
    remove: "remove",
    shutdown: "shutdown",
  } as const;
  return [...seen.phases.keys()].map((phase) => names[phase]).join(", ");
}
