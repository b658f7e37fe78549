/** The executor's model for driver code: calls into the core are executed from the core's source, the rest are rows. */

import { render } from "../c/render.js";
import type { CFunction } from "../c/source.js";
import { cellOf, typeOf } from "../exec/cells.js";
import type { Executor } from "../exec/executor.js";
import { acts, type Deeds } from "../exec/guards.js";
import type { Model, Primitive, PrimitiveCall } from "../exec/model.js";
import {
  constant,
  negative,
  pointer,
  refine,
  Sign,
  signed,
  unknown,
  type Value,
  zero,
} from "../exec/value.js";
import {
  allocationApis,
  freeApis,
  freeHandlerApis,
  includes,
  managedAllocation,
  managedEnableApis,
  plainEnableApis,
  requestApis,
  vectorNumberApis,
} from "./apis.js";
import { devresRows } from "./below.js";
import { type Core, coreFiles } from "./core.js";
import type { CallSite, Observer } from "./observer.js";
import { otherDevicesIn } from "./other-devices.js";
import {
  changed,
  type DeviceState,
  describe,
  device,
  type Enable,
  holds,
  mode,
  restacked,
  type Vectors,
} from "./vectors.js";

type Row = Primitive<Vectors>;
type Call = PrimitiveCall<Vectors>;

/**
 * @param observer collects what the paths show
 * @param removes the driver's remove; some call it themselves when probe fails late
 * @param allocatingFiles the files in which it allocates; of several, states tell which
 */
export function driverModel(
  core: Core,
  observer: Observer,
  removes: readonly CFunction[] = [],
  allocatingFiles: ReadonlySet<string> = new Set(),
): Model<Vectors> {
  const tellsFiles = allocatingFiles.size > 1;
  const rows = new Map<string, Row>();
  for (const name of [...allocationApis, ...freeApis, ...managedEnableApis]) {
    const definition = core.api(name);
    if (definition) rows.set(name, coreCall(core, observer, name, tellsFiles));
    else if (name === "pci_enable_msix_exact") rows.set(name, exact(core, observer, tellsFiles));
  }
  for (const name of plainEnableApis) rows.set(name, plainEnable);
  for (const [name, { devm }] of Object.entries(requestApis)) rows.set(name, requestHandler(observer, devm));
  for (const [name, { devm }] of Object.entries(freeHandlerApis)) rows.set(name, freeHandler(devm));
  for (const name of vectorNumberApis) rows.set(name, vectorNumber(observer));
  for (const [name, row] of Object.entries(devresRows)) rows.set(name, ownDevice(row));
  const known = new Map<string, Row | undefined>(rows);
  return {
    primitive: (name) => {
      if (!known.has(name)) known.set(name, coreFunction(core, name));
      return known.get(name);
    },
    keepsCell: (name) => core.keepsCell(name) || assumed.has(name) || lasting.has(name),
    ownsCell: (name, { path }) => coresOwn.has(name) && !includes(coreFiles, path),
    // Release paths are named by what failed in probe; why anything else failed is nobody's question.
    tracksFailure: (state) => observer.phase === "probe" && holds(state),
    // What is called after probe finds what probe has made: `priv = lookup(pdev); if (!priv) return;` is caution.
    trustsPointers: ({ definition, depth }) =>
      removes.includes(definition) || (depth === 0 && observer.phase !== "probe"),
    trustsLookups: ({ definition }) => removes.includes(definition),
    deeds: deedsOf,
    undoes: (state) => {
      const ends = observer.ending || state.failure !== undefined;
      const undone =
        (state.domain.handlers.length > 0 ? freesHandlers : 0) | (ends && holds(state) ? freesVectors : 0);
      // While a device works, vectors may be freed to take others: a branch that decides so is no guard.
      return { undone, kept: ends ? 0 : freesVectors };
    },
    describe,
  };
}

/** What the core keeps of who owns the vectors. wil6210 sets msi_enabled by hand: no vector comes of that. */
const coresOwn: ReadonlySet<string> = new Set(
  ["msi_enabled", "msix_enabled", "is_managed", "is_msi_managed"].map((flag) => `${device}.${flag}`),
);

const freesHandlers: Deeds = 2;
const freesVectors: Deeds = 4;

function deedsOf(name: string): Deeds | undefined {
  if (name in freeHandlerApis) return freesHandlers;
  if (includes(freeApis, name)) return freesVectors;
  return includes(allocationApis, name) || name in requestApis ? acts : undefined;
}

/** What a device is, and stays: a driver for both a physical and a virtual function asks in probe, and again in remove. */
const lasting: ReadonlySet<string> = new Set([`${device}.is_virtfn`, `${device}.is_physfn`]);

/** Answers that are taken for given: a kernel without PCI or without MSI has no vectors to own. */
export const assumed: ReadonlySet<string> = new Set(
  ["CONFIG_PCI", "CONFIG_PCI_MSI"].map((symbol) => `predicate.IS_ENABLED(${symbol})`),
);

/** A devres action that is a function of the core's, `pcim_msi_release()`; or a question about the device's flags. */
function coreFunction(core: Core, name: string): Row | undefined {
  const definition = /^pcim_/.test(name) ? core.function(name) : core.question(name);
  if (!definition) return undefined;
  return (call, emit) => {
    for (const outcome of core.call(definition, [theDevice, ...call.arguments.slice(1)], call.state, true))
      emit(applied(core, call.state, outcome), outcome.value);
  };
}

function applied(core: Core, state: DeviceState, outcome: ReturnType<Core["call"]>[number]): DeviceState {
  const after = state.copy();
  after.cells.retain((name) => !core.keepsCell(name));
  for (const [name, value] of outcome.cells) after.cells.set(name, value);
  after.domain = restacked(after.domain, outcome.vectors.devres);
  return after;
}

function site(call: Call, executor: Executor<Vectors>): CallSite {
  return { ...executor.place(call.frame, call.at), api: call.name };
}

/** A driver's way to its device is not followed through its structs: what it passes is its device, and not NULL. */
const theDevice = pointer({ kind: "object", name: device });

/** Whether a call is about another device than the one whose driver runs. */
function isForeign(call: Call): boolean {
  const target = call.arguments[0]?.target;
  if (target?.kind === "object") return target.name !== device && target.name !== `${device}.dev`;
  const [holder] = call.expressions;
  return holder?.kind === "name" && otherDevicesIn(call.frame.definition).has(holder.name);
}

function coreCall(core: Core, observer: Observer, name: string, tellsFiles: boolean): Row {
  const definition = core.api(name)!;
  const allocates = includes(allocationApis, name);
  const frees = includes(freeApis, name);
  const managed = managedAllocation.test(name);
  return (call, emit, executor) => {
    if (isForeign(call)) return emit(call.state, signed(Sign.any));
    const place = site(call, executor);
    const before = mode(call.state);
    if (allocates) observer.allocation(place);
    // No callback asks for vectors while it has some: the core would refuse and warn (msi.c). It is not called then.
    if (allocates && before !== "none" && observer.phase === "mid-life") return;
    if (frees && before !== "none") beforeFree(call, executor, observer, place);
    else if (frees) observer.idleFrees.add(observer.phase);
    for (const outcome of core.call(
      definition,
      coreArguments(call, allocates),
      call.state,
      allocates && !managed,
    )) {
      const state = applied(core, call.state, outcome);
      if (allocates && holds(state)) {
        state.domain = changed(state.domain, {
          freed: false,
          freedLast: false,
          managedAllocation: managed,
          allocatedIn: tellsFiles ? place.file : undefined,
        });
        wereAsked(call, state, executor);
      } else if (allocates)
        state.domain = changed(state.domain, { freedLast: false, managedAllocation: false });
      if (frees && before !== "none" && !holds(state))
        state.domain = changed(state.domain, { freed: true, freedLast: observer.phase === "probe" });
      if (includes(managedEnableApis, name) && outcome.value.signs === Sign.zero) enabled(state, "managed");
      executor.tell(state, call.frame, call.at, `${name}()${result(name, outcome.value)}`);
      emit(state, allocates ? counted(call, outcome.value, state, executor) : outcome.value);
    }
  };
}

/** What the core is called with: the device, and counts that are at least 1, as the kerneldoc asks. */
function coreArguments(call: Call, allocates: boolean): Value[] {
  return call.arguments.map((value, i) => {
    if (i === 0) return theDevice;
    return allocates &&
      value.constant === undefined &&
      (value.target === undefined || value.target.kind === "named") &&
      !(value.signs === Sign.zero)
      ? (refine(value, countPositions(call.name).includes(i) ? Sign.positive : Sign.any) ?? value)
      : value;
  });
}

/** Where a call has the least and the greatest number of vectors. */
function countPositions(name: string): readonly number[] {
  return name.startsWith("pci_enable_msix") ? [2, 3] : [1, 2];
}

/**
 * Vectors were allocated: the greatest number that was asked for is not zero, `n` of pci_alloc_irq_vectors(pdev, 1, n,
 * flags). In `n - m` both are counts, so that `n` is not zero either.
 */
function wereAsked(call: Call, state: DeviceState, executor: Executor<Vectors>): void {
  const position = countPositions(call.name)[1]!;
  if (call.arguments[position]?.constant !== undefined || call.arguments[position]?.target) return;
  let most = call.expressions[position];
  while (most?.kind === "binary" && most.operator === "-") most = most.left;
  const cell = most && cellOf(most, state, call.frame, executor.program);
  if (!cell) return;
  const store = cell.local ? state.locals : state.cells;
  const refined = refine(store.get(cell.name) ?? unknown, Sign.positive);
  if (refined && (cell.local || executor.facts.keeps(cell.number))) store.put(cell.number, refined);
}

/** The number of vectors lies between what was asked for at least and at most (kerneldoc of pci_alloc_irq_vectors()). */
function counted(call: Call, value: Value, state: DeviceState, executor: Executor<Vectors>): Value {
  if (value.signs !== Sign.positive) return value;
  const [least, most] = countPositions(call.name).map((i) => call.arguments[i]);
  if (least?.constant !== undefined && least.constant === most?.constant) return constant(least.constant);
  if (least && (least.constant !== undefined || least.target?.kind === "named")) {
    return signed(Sign.positive, executor.origins.atLeast(least, state, call.frame, call.at, call.name));
  }
  // The same variable twice: what comes back is equal to it.
  const [a, b] = countPositions(call.name).map((i) => call.expressions[i]);
  const cell = a && cellOf(a, state, call.frame, executor.program);
  if (!cell) return value;
  const store = cell.local ? state.locals : state.cells;
  if (b && render(a) === render(b)) {
    const equal = signed(Sign.positive, executor.origins.fresh(state, call.frame, call.at, call.name));
    store.set(cell.name, equal);
    return equal;
  }
  if (!cell.local) return value;
  const bound = signed(Sign.positive, executor.origins.fresh(state, call.frame, a.at, call.name));
  store.set(cell.name, bound);
  return signed(Sign.positive, executor.origins.atLeast(bound, state, call.frame, call.at, call.name));
}

function result(name: string, value: Value): string {
  if (!includes(allocationApis, name) && !includes(managedEnableApis, name)) return "";
  return value.signs === Sign.negative ? " fails" : " succeeds";
}

function beforeFree(call: Call, executor: Executor<Vectors>, observer: Observer, place: CallSite): void {
  observer.free(place, call.state);
  if (call.state.domain.handlers.length > 0) {
    executor.tell(
      call.state,
      call.frame,
      call.at,
      `${place.api}() under the handler requested at ${call.state.domain.handlers.map((h) => h.from).join(", ")}`,
    );
    observer.hazard("freed-under-handler", place, call.state);
  }
  // In probe it may be a fallback to other vectors: lifecycle.ts tells when the path has ended.
  if (call.state.domain.managedAllocation && observer.phase !== "mid-life" && observer.phase !== "probe")
    observer.hazard("double-owner", place, call.state);
}

/** pci_enable_msix_exact() is an inline of include/linux/pci.h: the range with both ends the same, and 0 for success. */
function exact(core: Core, observer: Observer, tellsFiles: boolean): Row {
  const range = coreCall(core, observer, "pci_enable_msix_range", tellsFiles);
  return (call, emit, executor) => {
    const [dev, entries, count] = call.arguments;
    const same = [dev, entries, count, count].filter((v) => v !== undefined);
    range(
      { ...call, arguments: same },
      (state, value) => emit(state, value.signs === Sign.negative ? negative : zero),
      executor,
    );
  };
}

function enabled(state: DeviceState, how: Enable): void {
  const { enable } = state.domain;
  state.domain = changed(state.domain, { enable: enable === "none" || enable === how ? how : "mixed" });
}

const plainEnable: Row = (call, emit, executor) => {
  if (isForeign(call)) return emit(call.state, signed(Sign.negative | Sign.zero));
  const failed = call.state.copy();
  enabled(call.state, call.state.domain.enable === "managed" ? "managed" : "unmanaged");
  executor.tell(call.state, call.frame, call.at, `${call.name}() succeeds`);
  emit(call.state, zero);
  emit(failed, negative);
};

function requestHandler(observer: Observer, devm: boolean): Row {
  return (call, emit, executor) => {
    const place = executor.place(call.frame, call.at);
    const from = `${place.file}:${place.line}`;
    // Who requests INTx after a free has fallen back to it: nothing managed is left to own twice.
    if (call.state.domain.freed && !holds(call.state))
      call.state.domain = changed(call.state.domain, { managedAllocation: false });
    const failed = call.state.copy();
    if (call.state.domain.freed && !holds(call.state) && observer.phase !== "mid-life" && namesVector(call))
      observer.hazard("used-after-free", place, call.state);
    const { handlers, devres } = call.state.domain;
    if (holds(call.state) && !handlers.some((h) => h.from === from)) {
      const depth = devm ? devres.length : undefined;
      call.state.domain = changed(call.state.domain, { handlers: [...handlers, { from, depth }] });
      executor.tell(call.state, call.frame, call.at, `${call.name}()`);
    }
    emit(call.state, zero);
    const origin = executor.origins.fresh(failed, call.frame, call.at, call.name);
    const ends = executor.model.tracksFailure(failed) || failed.domain.freedLast;
    failed.failure = ends ? executor.origins.failure(origin) : undefined;
    emit(failed, negative);
  };
}

/**
 * Whether a request names its interrupt by pci_irq_vector(), so that it surely means a vector and not INTx: the number
 * of the first is that of INTx where there are none (kerneldoc of pci_irq_vector()).
 */
function namesVector(call: Call): boolean {
  return call.expressions.some(
    (e) =>
      e.kind === "call" &&
      e.callee.kind === "name" &&
      includes(vectorNumberApis, e.callee.name) &&
      !(e.arguments[1]?.kind === "number" && e.arguments[1].value === 0),
  );
}

/** One call in a loop frees what a loop requested: handlers of one kind go together. */
function freeHandler(devm: boolean): Row {
  return (call, emit) => {
    const { handlers } = call.state.domain;
    const others = handlers.filter(({ depth }) => (depth !== undefined) !== devm);
    call.state.domain = changed(call.state.domain, { handlers: others });
    emit(call.state, zero);
  };
}

function vectorNumber(observer: Observer): Row {
  return (call, emit, executor) => {
    const { domain } = call.state;
    const isVector = call.arguments[1]?.constant !== 0;
    if (isVector && domain.freed && !holds(call.state) && observer.phase !== "mid-life")
      observer.hazard("used-after-free", executor.place(call.frame, call.at), call.state);
    // The first vector of a device that holds some is there: -EINVAL is for numbers beyond the last.
    const isFirst = holds(call.state) && call.arguments[1]?.constant === 0;
    const origin = executor.origins.fresh(call.state, call.frame, call.at, call.name);
    emit(call.state, signed(isFirst ? Sign.positive : Sign.nonzero, origin));
  };
}

/** devm calls on another device's devres (`&auxdev->dev`) do not touch this one's. */
function ownDevice(row: Row): Row {
  return (call, emit, executor) => {
    const [first] = call.expressions;
    const holder =
      first?.kind === "unary" && first.operator === "&" && first.operand.kind === "member"
        ? typeOf(first.operand.object, call.frame, executor.program)
        : undefined;
    const foreign =
      isForeign(call) || (holder !== undefined && holder.name !== device && otherDevices.has(holder.name));
    if (foreign) return emit(call.state, signed(Sign.negative | Sign.zero));
    row(call, emit, executor);
  };
}

/** Structs that embed a device of their own. */
const otherDevices = new Set([
  "auxiliary_device",
  "platform_device",
  "net_device",
  "i2c_client",
  "spi_device",
  "i2c_adapter",
]);
