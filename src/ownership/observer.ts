/** What a run of a driver showed: collected while paths are executed, the first witness of each thing. */
import type { TraceStep } from "../exec/state.js";

export const hazardKinds = [
  "leaks-today",
  "freed-under-handler",
  "used-after-free",
  "double-owner",
  "stale-managed-flag",
  "leaks-after-core-change",
  "freed-twice",
] as const;
export type HazardKind = (typeof hazardKinds)[number];

/** In which part of the device's life something runs. */
export type Phase = "probe" | "remove" | "devres" | "mid-life" | "shutdown";

export interface Sighting {
  readonly kind: HazardKind;
  readonly file: string;
  readonly line: number;
  readonly witness: TraceStep | undefined;
  /** The first witness by the file whose allocation is meant (vectors.ts, `allocatedIn`). */
  readonly byFile: Map<string | undefined, Witnessed>;
}

export interface CallSite {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly api: string;
}

/** What of a device's state is kept with what it shows. */
export interface Moment {
  readonly trace: TraceStep | undefined;
  readonly domain: { readonly allocatedIn: string | undefined };
}

export interface Witnessed {
  readonly witness: TraceStep | undefined;
}

export interface SeenFree {
  readonly site: CallSite;
  readonly phases: Map<Phase, Set<string | undefined>>;
}

export class Observer {
  phase: Phase = "probe";
  /** Whether what runs undoes what was done before, because all of it, or a phase of it, ends. */
  ending = false;
  readonly hazards = new Map<string, Sighting>();
  /** Frees that were executed while vectors were held, and in which phases, of which files' allocations. */
  readonly frees = new Map<string, SeenFree>();
  /** In which phases a free was called while no vectors were held: of an interrupt that is INTx, say. */
  readonly idleFrees = new Set<Phase>();
  readonly allocations = new Map<string, CallSite>();

  hazard(
    kind: HazardKind,
    place: { readonly file: string; readonly line: number },
    { trace: witness, domain: { allocatedIn } }: Moment,
  ): void {
    const { file, line } = place;
    const key = `${kind}@${file}:${line}`;
    const known = this.hazards.get(key);
    if (!known)
      this.hazards.set(key, { kind, file, line, witness, byFile: new Map([[allocatedIn, { witness }]]) });
    else if (!known.byFile.has(allocatedIn)) known.byFile.set(allocatedIn, { witness });
  }

  free(site: CallSite, { domain }: Moment): void {
    const key = `${site.file}:${site.line}`;
    const { phases } = this.frees.get(key) ?? { phases: new Map<Phase, Set<string | undefined>>() };
    phases.set(this.phase, (phases.get(this.phase) ?? new Set()).add(domain.allocatedIn));
    this.frees.set(key, { site, phases });
  }

  allocation(site: CallSite): void {
    const key = `${site.file}:${site.line}`;
    if (!this.allocations.has(key)) this.allocations.set(key, site);
  }
}
