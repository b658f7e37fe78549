/** The hazards that an audit found in a driver, against those that the kernel showed while it was bound and unbound. */
import type { LifeResult } from "../ownership/lifecycle.js";
import type { HazardKind } from "../ownership/observer.js";
import { leaks } from "./paths.js";
import type { Act } from "./scenario.js";

export interface HazardVerdict {
  readonly kind: HazardKind;
  /** `contradicted`: the kernel shows it, and the audit does not have it. */
  readonly verdict: "confirmed" | "contradicted" | "not-reached";
  /** Binds in which the kernel showed it. */
  readonly times: number;
  /** Where the audit has it. */
  readonly places: readonly { readonly file: string; readonly line: number }[];
}

/** Hazards of today's core that a trace or a message of the kernel shows, whatever the path. */
const SHOWN: readonly { readonly kind: HazardKind; readonly shows: (act: Act) => boolean }[] = [
  { kind: "freed-under-handler", shows: (act) => act.freedUnderHandler },
  { kind: "freed-twice", shows: freedTwice },
  { kind: "leaks-today", shows: (act) => act.after !== undefined && leaks(act) },
];

/** One verdict for each kind that either side has. A hazard that no bind showed may lie on a path that none went. */
export function judgeHazards(life: LifeResult, acts: readonly Act[]): readonly HazardVerdict[] {
  return SHOWN.flatMap(({ kind, shows }): readonly HazardVerdict[] => {
    const times = acts.filter(shows).length;
    const places = [...life.observer.hazards.values()]
      .filter((one) => one.kind === kind)
      .map(({ file, line }) => ({ file, line }));
    if (times === 0 && places.length === 0) return [];
    const verdict = times === 0 ? "not-reached" : places.length === 0 ? "contradicted" : "confirmed";
    return [{ kind, verdict, times, places }];
  });
}

/** The automatic release calls the free again, after the last vectors were torn down. */
function freedTwice({ events }: Act): boolean {
  const release = events.findIndex((one) => one.event === "action-run" && one.action === "pcim_msi_release");
  if (release === -1) return false;
  const before = events
    .slice(0, release)
    .findLast(({ event }) => event === "allocated" || event === "torn-down");
  return before?.event === "torn-down" && events.slice(release).some(({ event }) => event === "free-called");
}
