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
}

export interface CallSite {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly api: string;
}

export class Observer {
  phase: Phase = "probe";
  /** Whether what runs undoes what was done before, because all of it, or a phase of it, ends. */
  ending = false;
  readonly hazards = new Map<string, Sighting>();
  /** Frees that were executed while vectors were held, and in which phases. */
  readonly frees = new Map<string, { site: CallSite; phases: Set<Phase> }>();
  /** In which phases a free was called while no vectors were held: of an interrupt that is INTx, say. */
  readonly idleFrees = new Set<Phase>();
  readonly allocations = new Map<string, CallSite>();

  hazard(
    kind: HazardKind,
    place: { readonly file: string; readonly line: number },
    witness: TraceStep | undefined,
  ): void {
    const key = `${kind}@${place.file}:${place.line}`;
    if (!this.hazards.has(key)) this.hazards.set(key, { kind, file: place.file, line: place.line, witness });
  }

  free(site: CallSite): void {
    const key = `${site.file}:${site.line}`;
    const known = this.frees.get(key);
    if (known) known.phases.add(this.phase);
    else this.frees.set(key, { site, phases: new Set([this.phase]) });
  }

  allocation(site: CallSite): void {
    const key = `${site.file}:${site.line}`;
    if (!this.allocations.has(key)) this.allocations.set(key, site);
  }
}
