/** What the core of a tree does with IRQ vectors, in words for people and scripts: found by executing it. */
import type { CFunction } from "../c/source.js";
import { State } from "../exec/state.js";
import { Store } from "../exec/store.js";
import { constant, pointer, Sign } from "../exec/value.js";
import type { Core, CoreOutcome } from "./core.js";
import { changed, type DeviceState, type DevresAction, device, mode, noVectors } from "./vectors.js";

/** One question to the core and its answer. */
export interface CoreFact {
  /** Null: it could not be found out, or the tree has no such function; `how` says which. */
  readonly value: boolean | null;
  /** Where it shows: a function, or the call that registers one. Null when the tree has no such code. */
  readonly file: string | null;
  readonly line: number | null;
  /** The function that the fact is about. */
  readonly function: string | null;
  /** What was executed and what came of it. */
  readonly how: string;
}

export interface CoreFacts {
  /** `pci_alloc_irq_vectors()` on a device that `pcim_enable_device()` enabled registers a release with devres. */
  readonly plainAllocationRegistersRelease: CoreFact;
  /** The tree has `pcim_alloc_irq_vectors()`. */
  readonly managedAllocationExists: CoreFact;
  /** `pcim_alloc_irq_vectors()` on such a device registers a release with devres. */
  readonly managedAllocationRegistersRelease: CoreFact;
  /** A flag that the core set with the allocation is still set after the release. */
  readonly flagSurvivesRelease: CoreFact;
}

const plainApi = "pci_alloc_irq_vectors";
const managedApi = "pcim_alloc_irq_vectors";
/** PCI_IRQ_MSI | PCI_IRQ_MSIX of include/linux/pci.h: no INTx, so success means vectors. */
const msiTypes = 2 | 4;

/** Asks the core. Functions of the tree that are missing make an answer null, never an error. */
export function coreFacts(core: Core): CoreFacts {
  const enabled = enabledDevice(core);
  const plain = core.api(plainApi);
  const managed = core.api(managedApi);
  return {
    plainAllocationRegistersRelease: registersRelease(core, enabled, plain, plainApi),
    managedAllocationExists: managed
      ? { value: true, ...place(managed), how: `${managedApi}() is defined` }
      : { value: false, ...nowhere, how: `no ${managedApi}() in the core's files` },
    managedAllocationRegistersRelease: registersRelease(core, enabled, managed, managedApi),
    flagSurvivesRelease: flagSurvives(core, enabled, managed ?? plain),
  };
}

const nowhere = { file: null, line: null, function: null } as const;

function place(definition: CFunction): { file: string; line: number; function: string } {
  const { file, at, name } = definition;
  return { file: file.path, line: file.lines.line(at), function: name };
}

/** A device after a successful pcim_enable_device(); undefined when the core cannot do that. */
function enabledDevice(core: Core): DeviceState | undefined {
  const enable = core.api("pcim_enable_device");
  if (!enable) return undefined;
  const fresh = new State(core.freshDevice(), Store.of(), noVectors, undefined, undefined);
  const success = core.call(enable, [theDevice], fresh, false).find((o) => o.value.signs === Sign.zero);
  return success && stateOf(success);
}

const theDevice = pointer({ kind: "object", name: device });

function stateOf({ cells, vectors }: CoreOutcome): DeviceState {
  return new State(cells.copy(), Store.of(), changed(vectors, {}), undefined, undefined);
}

/** Devices that hold vectors after an allocation. */
function allocated(core: Core, enabled: DeviceState, api: CFunction): DeviceState[] {
  const types = constant(msiTypes);
  return core
    .call(api, [theDevice, constant(1), constant(1), types], enabled.copy(), false)
    .map(stateOf)
    .filter((state) => mode(state) === "msi" || mode(state) === "msix");
}

function added(before: DeviceState, after: DeviceState): DevresAction[] {
  return after.domain.devres.slice(before.domain.devres.length);
}

function registersRelease(
  core: Core,
  enabled: DeviceState | undefined,
  api: CFunction | undefined,
  name: string,
): CoreFact {
  if (!api) return { value: null, ...nowhere, how: `no ${name}() in the core's files` };
  if (!enabled) return { value: null, ...place(api), how: "pcim_enable_device() could not be executed" };
  const ends = allocated(core, enabled, api);
  if (ends.length === 0) return { value: null, ...place(api), how: `no path of ${name}() ends with vectors` };
  const actions = ends.map((end) => added(enabled, end));
  const first = actions.find((list) => list.length > 0)?.[0];
  if (!first)
    return { value: false, ...place(api), how: `after ${name}(), nothing was added to the devres stack` };
  const [file, line] = first.from.split(":");
  const all = actions.every((list) => list.length > 0);
  return {
    value: all,
    file: file!,
    line: Number(line),
    function: first.name,
    how: all
      ? `after ${name}(), ${first.name}() is on the devres stack`
      : `${name}() registers ${first.name}() on some of its successful paths only`,
  };
}

function flagSurvives(core: Core, enabled: DeviceState | undefined, api: CFunction | undefined): CoreFact {
  if (!api || !enabled)
    return { value: null, ...nowhere, how: "the allocation or pcim_enable_device() could not be executed" };
  for (const end of allocated(core, enabled, api)) {
    const set = core.flags.filter((flag) => isSet(end, flag) && !isSet(enabled, flag) && !isVectorFlag(flag));
    if (set.length === 0) continue;
    const release = added(enabled, end)[0];
    if (!release?.definition)
      return {
        value: true,
        ...place(api),
        how: `${set.join(", ")}: set by ${api.name}(), which registers no release that could clear it`,
      };
    const after = core.call(release.definition, [release.data], end.copy(), false).map(stateOf);
    const left = set.filter((flag) => after.some((state) => isSet(state, flag)));
    return {
      value: left.length > 0,
      ...place(release.definition),
      how: left.length
        ? `${left.join(", ")}: set by ${api.name}(), still set after ${release.name}()`
        : `${set.join(", ")}: set by ${api.name}(), cleared by ${release.name}()`,
    };
  }
  return { value: null, ...place(api), how: `${api.name}() sets no flag that a release could clear` };
}

function isSet(state: DeviceState, flag: string): boolean {
  return state.cells.get(`${device}.${flag}`)?.signs === Sign.positive;
}

/** These say that vectors are held, not who frees them. */
function isVectorFlag(flag: string): boolean {
  return flag === "msi_enabled" || flag === "msix_enabled";
}
