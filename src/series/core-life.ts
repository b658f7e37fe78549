/**
 * What the core of a tree promises, found by executing it: every way in which enabling, allocating and freeing can
 * follow each other on one device, and devres' turn after each. No driver is needed for it, so a patch to the core
 * can be judged before anything uses it.
 */

import type { WitnessStep } from "../audit/result.js";
import { State } from "../exec/state.js";
import { Store } from "../exec/store.js";
import { constant, pointer, Sign, unknown, type Value } from "../exec/value.js";
import {
  allocationApis,
  freeApis,
  includes,
  managedAllocation,
  managedEnableApis,
} from "../ownership/apis.js";
import type { Core } from "../ownership/core.js";
import { changed, type DeviceState, describe, device, noVectors } from "../ownership/vectors.js";

/** A device between two calls, and how it came there. */
export interface CoreMoment {
  readonly state: DeviceState;
  readonly steps: readonly WitnessStep[];
}

/** A call of the core's interface: "pcim_alloc_irq_vectors(PCI_IRQ_MSIX)". */
export interface CoreCall {
  readonly api: string;
  /** Values after the device. */
  readonly values: readonly Value[];
  readonly label: string;
}

/** include/linux/pci.h: what the flags of an allocation can ask for. */
const flagCases = [
  ["PCI_IRQ_INTX", 1],
  ["PCI_IRQ_MSI", 2],
  ["PCI_IRQ_MSIX", 4],
  ["PCI_IRQ_ALL_TYPES", 7],
] as const;

const theDevice = pointer({ kind: "object", name: device });

/** Every call that the core of a tree offers. */
export function coreCalls(core: Core): CoreCall[] {
  return [...managedEnableApis, ...allocationApis, ...freeApis].flatMap((api) => {
    if (!core.api(api)) return [];
    if (!/alloc_irq_vectors/.test(api))
      return [{ api, values: [unknown, unknown, unknown], label: `${api}()` }];
    return flagCases.map(([name, bits]) => ({
      api,
      values: [constant(1), constant(1), constant(bits), constant(0)],
      label: `${api}(${name})`,
    }));
  });
}

export function freshMoment(core: Core): CoreMoment {
  return { state: new State(core.freshDevice(), Store.of(), noVectors, undefined, undefined), steps: [] };
}

export interface CallEnd extends CoreMoment {
  /** Signs of the value returned. */
  readonly signs: number;
}

/** Makes a call. @returns each way in which it ends */
export function callCore(core: Core, { api, values, label }: CoreCall, moment: CoreMoment): CallEnd[] {
  const definition = core.api(api) ?? core.function(api)!;
  const automatic = includes(allocationApis, api) && !managedAllocation.test(api);
  const { file, at, name } = definition;
  return core
    .call(definition, [theDevice, ...values], moment.state, automatic)
    .map(({ cells, vectors, value }) => {
      const state = new State(cells.copy(), Store.of(), vectors, undefined, undefined);
      const event = `${label}${value.signs === Sign.negative ? " fails" : ""}`;
      const step = {
        file: file.path,
        line: file.lines.line(at),
        function: name,
        event,
        state: describe(state),
      };
      return { state, steps: [...moment.steps, step], signs: value.signs };
    });
}

/** Whether the automatic release counts, or is taken to be gone. */
export type Automatic = "kept" | "left out";

/**
 * devres' turn: every action from the newest to the oldest.
 * @param automatic whether those run that the core registered for a plain allocation
 */
export function detach(core: Core, moment: CoreMoment, automatic: Automatic = "kept"): CoreMoment[] {
  let moments: readonly CoreMoment[] = [moment];
  for (let left = moment.state.domain.devres.length; left > 0; left--)
    moments = moments.flatMap((m) => {
      const action = m.state.domain.devres.at(-1);
      if (!action?.definition) return [m];
      const popped = m.state.copy();
      popped.domain = changed(popped.domain, { devres: popped.domain.devres.slice(0, -1) });
      if (action.automatic && automatic === "left out") return [{ ...m, state: popped }];
      return callCore(
        core,
        { api: action.name, values: [], label: `devres: ${action.name}()` },
        { ...m, state: popped },
      );
    });
  return [...moments];
}
