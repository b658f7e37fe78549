/**
 * The state of one PCI device as ownership sees it: the stack of devres actions, the handlers, and what has happened
 * to its vectors on this path. The device's own flags (`pci_dev.msi_enabled`, …) are ordinary cells, for the core's
 * source reads and writes them.
 */
import type { CFunction } from "../c/source.js";
import { cellNumber } from "../exec/cell-names.js";
import type { Domain, State } from "../exec/state.js";
import { one, Sign, unknown, type Value, zero } from "../exec/value.js";

export interface DevresAction {
  readonly name: string;
  readonly definition: CFunction | undefined;
  readonly data: Value;
  /** Registered by the core on behalf of an allocation that is not managed by contract: `pcim_msi_release()`. */
  readonly automatic: boolean;
  /** Where it was registered: file:line. */
  readonly from: string;
}

export interface Handler {
  /** Where it was requested: file:line. */
  readonly from: string;
  /** How many actions were below it on the devres stack when it was requested; undefined when devres does not free it. */
  readonly depth: number | undefined;
}

export type Enable = "none" | "managed" | "unmanaged" | "mixed";

export interface Vectors extends Domain {
  /** Oldest first. */
  readonly devres: readonly DevresAction[];
  readonly handlers: readonly Handler[];
  readonly enable: Enable;
  /** The driver itself freed vectors that it held, and has not allocated since. */
  readonly freed: boolean;
  /** In probe: and has asked for none since, not even for INTx. */
  readonly freedLast: boolean;
  /** The vectors at hand were allocated with a managed allocation. */
  readonly managedAllocation: boolean;
  /**
   * The file with the last allocation that gave vectors, of a driver that allocates in several: states of two are two,
   * so that a path's witness names the allocation that holds on it. Undefined before the first, and for one file.
   */
  readonly allocatedIn: string | undefined;
  /** Phases of the device's life that forbid others: between suspend and resume, and so on. */
  readonly phases: readonly string[];
}

const blank: Omit<Vectors, "number"> = {
  devres: [],
  handlers: [],
  enable: "none",
  freed: false,
  freedLast: false,
  managedAllocation: false,
  allocatedIn: undefined,
  phases: [],
};

/** Most states are changed again before they are compared: the number is made when it is asked for. */
class KeyedVectors implements Vectors {
  readonly devres: readonly DevresAction[];
  readonly handlers: readonly Handler[];
  readonly enable: Enable;
  readonly freed: boolean;
  readonly freedLast: boolean;
  readonly managedAllocation: boolean;
  readonly allocatedIn: string | undefined;
  readonly phases: readonly string[];
  #number: number | undefined;

  constructor(fields: Omit<Vectors, "number">) {
    this.devres = fields.devres;
    this.handlers = fields.handlers;
    this.enable = fields.enable;
    this.freed = fields.freed;
    this.freedLast = fields.freedLast;
    this.managedAllocation = fields.managedAllocation;
    this.allocatedIn = fields.allocatedIn;
    this.phases = fields.phases;
  }

  get number(): number {
    this.#number ??= numberOf(this);
    return this.#number;
  }
}

const numbers = new Map<string, number>();

function numberOf(fields: Omit<Vectors, "number">): number {
  const devres = stackKey(fields.devres);
  // Handlers of one kind are freed together: how many there are, and whose, only a witness tells. devres frees the lowest last.
  const depths = fields.handlers.flatMap(({ depth }) => depth ?? []);
  const isOwn = depths.length < fields.handlers.length;
  const handlers = `${depths.length > 0 ? `d${Math.min(...depths)}` : ""}${isOwn ? "o" : ""}`;
  const flags = `${fields.freed ? "f" : ""}${fields.freedLast ? "l" : ""}${fields.managedAllocation ? "m" : ""}`;
  const key = `${devres}/${handlers}/${fields.enable}/${flags}/${fields.allocatedIn ?? ""}/${fields.phases.join(",")}`;
  let number = numbers.get(key);
  if (number === undefined) {
    number = numbers.size + 1;
    numbers.set(key, number);
  }
  return number;
}

/** By stack: most changes leave it as it is. */
const stackKeys = new WeakMap<readonly DevresAction[], string>();

function stackKey(stack: readonly DevresAction[]): string {
  let key = stackKeys.get(stack);
  if (key === undefined) {
    key = stack.map((a) => `${a.name}(${a.data.key})${a.automatic ? "!" : ""}`).join(",");
    stackKeys.set(stack, key);
  }
  return key;
}

export const noVectors: Vectors = new KeyedVectors(blank);

export function changed(vectors: Vectors, changes: Partial<Omit<Vectors, "number">>): Vectors {
  return new KeyedVectors({ ...vectors, ...changes });
}

/** With another devres stack, from which actions were taken or to which some were added. Handlers keep their places in it. */
export function restacked(vectors: Vectors, devres: readonly DevresAction[]): Vectors {
  const taken: number[] = [];
  for (const [i, action] of vectors.devres.entries())
    if (stackKey([action]) !== stackKey(devres.slice(i - taken.length, i - taken.length + 1))) taken.push(i);
  if (taken.length === 0) return changed(vectors, { devres });
  const handlers = vectors.handlers.map((handler) => {
    const { depth } = handler;
    return depth === undefined
      ? handler
      : { ...handler, depth: depth - taken.filter((i) => i < depth).length };
  });
  return changed(vectors, { devres, handlers });
}

export type DeviceState = State<Vectors>;

/** The cell prefix of the device that a probe was called for. */
export const device = "pci_dev";

export type Mode = "none" | "msi" | "msix" | "unknown";

const msiEnabled = cellNumber(`${device}.msi_enabled`);
const msixEnabled = cellNumber(`${device}.msix_enabled`);

/** Which vectors the device holds. */
export function mode(state: DeviceState): Mode {
  const msi = state.cells.at(msiEnabled) ?? unknown;
  const msix = state.cells.at(msixEnabled) ?? unknown;
  if (msix.signs === Sign.positive) return "msix";
  if (msi.signs === Sign.positive) return "msi";
  return msi.signs === Sign.zero && msix.signs === Sign.zero ? "none" : "unknown";
}

export function holds(state: DeviceState): boolean {
  return mode(state) !== "none";
}

export function setFlag(state: DeviceState, flag: string, on: boolean): void {
  state.cells.set(`${device}.${flag}`, on ? one : zero);
}

/** The state in words, for witnesses and timelines. */
export function describe(state: DeviceState): string {
  const held = { none: "no vectors", msi: "MSI held", msix: "MSI-X held", unknown: "vectors unknown" }[
    mode(state)
  ];
  const stack = state.domain.devres.map((a) => `${a.name}()`);
  const handlers = state.domain.handlers.length;
  return [
    held,
    stack.length ? `devres: ${stack.join(" ")}` : "devres: empty",
    ...(handlers ? [`${handlers} handler${handlers > 1 ? "s" : ""}`] : []),
  ].join("; ");
}
