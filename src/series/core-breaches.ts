/** What a core promises to those who use the managed API, and every way in which it breaks the promise. */
import type { HazardResult, WitnessStep } from "../audit/result.js";
import { Sign } from "../exec/value.js";
import {
  allocationApis,
  freeApis,
  includes,
  managedAllocation,
  managedEnableApis,
} from "../ownership/apis.js";
import type { Core } from "../ownership/core.js";
import { device, holds } from "../ownership/vectors.js";
import { type CoreMoment, callCore, coreCalls, detach, freshMoment } from "./core-life.js";

/** A broken core may add an action with each call; three of a kind show it. */
const deepestStack = 4;

interface Visit extends CoreMoment {
  /** The vectors at hand came from a managed allocation. */
  readonly managed: boolean;
}

/**
 * Follows one device through all sequences of enabling, allocating and freeing with the core's own code, each ended by
 * devres' turn. The promises: what a managed allocation took is free after devres' turn (`leaks-today`); no flag of
 * the device is left set then (`stale-managed-flag`); one release action at most (`freed-twice`); none after a managed
 * allocation that failed or gave INTx (`stale-managed-flag`: somebody will be released who never asked for it).
 * @returns the first, shortest witness of each kind at each function; empty for a sound core, or one without the API
 */
export function coreBreaches(core: Core): HazardResult[] {
  const calls = coreCalls(core);
  const managedApi = calls.find(({ api }) => managedAllocation.test(api));
  if (!managedApi) return [];
  const found = new Map<string, HazardResult>();
  const report = (
    kind: HazardResult["kind"],
    steps: readonly WitnessStep[],
    what: string,
    at = steps.findLast((s) => managedAllocation.test(s.function)) ?? steps.at(-1)!,
  ) => {
    const key = `${kind}@${at.function}`;
    const last = { ...steps.at(-1)!, event: what };
    if (!found.has(key)) found.set(key, { kind, file: at.file, line: at.line, witness: [...steps, last] });
  };
  const seen = new Set<string>();
  const work: Visit[] = [{ ...freshMoment(core), managed: false }];
  for (let visit = work.shift(); visit; visit = work.shift()) {
    for (const call of calls) {
      const isEnable = includes(managedEnableApis, call.api);
      const isFree = includes(freeApis, call.api);
      if (isEnable && visit.steps.length > 0) continue; // a driver enables once, and first
      for (const end of callCore(core, call, visit)) {
        if (isEnable && end.signs !== Sign.zero) continue;
        const managed =
          includes(allocationApis, call.api) && end.signs !== Sign.negative
            ? managedAllocation.test(call.api)
            : visit.managed && !isFree;
        const usesManaged = end.steps.some((s) => managedAllocation.test(s.function));
        const stack = end.state.domain.devres.map(({ name }) => name);
        if (usesManaged && new Set(stack).size < stack.length)
          report("freed-twice", end.steps, `${stack.length} actions: ${stack.join(", ")}`);
        if (managedAllocation.test(call.api) && !holds(end.state) && stack.length > (isEnabled(end) ? 1 : 0))
          report("stale-managed-flag", end.steps, "no vectors, yet a release action is left with devres");
        for (const after of detach(core, end)) {
          if (managed && holds(end.state) && holds(after.state))
            report("leaks-today", after.steps, "the driver is gone, the vectors are not");
          const stale = staleFlags(core, after);
          if (usesManaged && stale.length > 0)
            report(
              "stale-managed-flag",
              after.steps,
              `${stale.join(", ")} still set for the next driver`,
              // The release had its turn and did not clear the mark: it is its fault, else the allocation's.
              after.steps.findLast((s) => /^devres: /.test(s.event) && /msi|irq/.test(s.function)),
            );
        }
        const key = `${managed}#${end.state.key()}`;
        if (seen.has(key) || stack.length > deepestStack) continue;
        seen.add(key);
        work.push({ ...end, managed });
      }
    }
  }
  return [...found.values()];
}

function isEnabled({ steps }: CoreMoment): boolean {
  return steps.some((s) => includes(managedEnableApis, s.function));
}

/** Marks of the core's own that outlive devres' turn; that vectors are held is said otherwise. */
function staleFlags(core: Core, { state }: CoreMoment): string[] {
  return core.flags.filter(
    (flag) => !/^msix?_enabled$/.test(flag) && state.cells.get(`${device}.${flag}`)?.signs === Sign.positive,
  );
}
