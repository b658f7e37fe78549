/**
 * Whether two cores do the same for some of their users: a bisimulation over every sequence of calls that both offer. What is the same for every sequence is the same for every driver, so the drivers need no new audit.
 */
import { allocationApis, includes, managedAllocation, managedEnableApis } from "../ownership/apis.js";
import type { Core } from "../ownership/core.js";
import { mode } from "../ownership/vectors.js";
import { type Automatic, type CoreMoment, callCore, coreCalls, detach, freshMoment } from "./core-life.js";

export type Equivalence =
  | {
      readonly same: true;
      readonly sequences: number;
      /** The release actions that the core before registered by itself. */
      readonly automatic: ReadonlySet<string>;
    }
  | { readonly same: false; readonly difference: string };

/** What drivers and devres can see of a device; marks that a core keeps for itself do not count. */
function visible({ state }: CoreMoment, automatic: Automatic, signs = 0): string {
  const actions = state.domain.devres
    .filter((action) => automatic === "kept" || !action.automatic)
    .map((action) => `${action.name}${action.automatic ? "!" : ""}`);
  return `${signs} ${mode(state)} [${actions.join(" ")}]`;
}

/**
 * Whose calls are compared: those of drivers that allocate with the plain API, on all devices or on those that
 * pcim_enable_device() did not enable; or those of drivers that allocate with the managed API only.
 */
export type Users = "plain" | "plain-unmanaged" | "managed";

const belongsTo: Readonly<Record<Users, (api: string) => boolean>> = {
  plain: (api) => !managedAllocation.test(api),
  "plain-unmanaged": (api) => !managedAllocation.test(api) && !includes(managedEnableApis, api),
  managed: (api) => managedAllocation.test(api) || !includes(allocationApis, api),
};

/**
 * Compares two cores.
 * @param automatic with "left out", the core before is taken as one whose automatic release is gone; the other is as it is
 */
export function equivalent(
  before: Core,
  after: Core,
  users: Users,
  automatic: Automatic = "kept",
): Equivalence {
  const calls = coreCalls(before).filter(({ api }) => belongsTo[users](api));
  const seen = new Set<string>();
  const released = new Set<string>();
  const work: [CoreMoment, CoreMoment][] = [[freshMoment(before), freshMoment(after)]];
  for (let pair = work.shift(); pair; pair = work.shift()) {
    const [a, b] = pair;
    for (const action of a.state.domain.devres) if (action.automatic) released.add(action.name);
    const ends = [unique(detach(before, a, automatic), automatic), unique(detach(after, b), "kept")] as const;
    if (ends[0] !== ends[1])
      return { same: false, difference: `after ${path(a)} and devres' turn: ${ends.join(" became ")}` };
    for (const call of calls) {
      if (includes(managedEnableApis, call.api) && a.steps.length > 0) continue; // once, and first
      const [left, right] = [callCore(before, call, a), callCore(after, call, b)];
      const results = [unique(left, automatic), unique(right, "kept")] as const;
      if (results[0] !== results[1])
        return { same: false, difference: `${path(a)} then ${call.label}: ${results.join(" became ")}` };
      for (const x of left)
        for (const y of right) {
          if (visible(x, automatic, x.signs) !== visible(y, "kept", y.signs)) continue;
          const key = `${x.state.key()}#${y.state.key()}`;
          if (seen.has(key)) continue;
          seen.add(key);
          work.push([x, y]);
        }
    }
  }
  return { same: true, sequences: seen.size, automatic: released };
}

function unique(
  moments: readonly (CoreMoment & { readonly signs?: number })[],
  automatic: Automatic,
): string {
  return [...new Set(moments.map((m) => visible(m, automatic, m.signs)))].sort().join(" or ");
}

function path({ steps }: CoreMoment): string {
  return steps.length === 0 ? "a fresh device" : steps.map(({ event }) => event).join(", ");
}
