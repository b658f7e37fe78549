/**
 * What the executor says a test driver does: the driver's own C and the core's C are executed as one program on
 * the primitives of src/ownership, and what happens is written down event by event. Unlike an audit, which forgets
 * how equal states came about, a prediction keeps every history apart.
 */
import { SourceFile } from "../c/source.js";
import {
  Executor,
  LimitReached,
  type Limits,
  type Model,
  type Primitive,
  type PrimitiveCall,
} from "../exec/executor.js";
import type { Program } from "../exec/program.js";
import { type Frame, State } from "../exec/state.js";
import { Store } from "../exec/store.js";
import { pointer, Sign, withoutOrigin, zero } from "../exec/value.js";
import { belowTheCore } from "../ownership/below.js";
import { Core } from "../ownership/core.js";
import { driverModel } from "../ownership/driver-model.js";
import { Observer } from "../ownership/observer.js";
import { changed, type DeviceState, device, holds, noVectors, type Vectors } from "../ownership/vectors.js";
import { allCases, coreFeatures } from "./cases.js";
import type { DeviceMemory, PredictedAct, Prediction, Predictor } from "./conformance.js";
import type { OwnershipEvent } from "./events.js";
import { driverName, renderCases } from "./harness.js";
import { Histories, type HistoryEntry } from "./history.js";
import type { DeviceFlags } from "./trace.js";

/** A test driver is thirty lines without loops; what goes beyond is a bug in the executor. */
const LIMITS: Limits = { steps: 200_000, coarsenAt: 10_000, statesAtPoint: 10_000, depth: 30 };

/** devres entries that are not actions: kernel/irq/devres.c and kernel/irq/msi.c. */
const HANDLER_RELEASE = "devm_irq_release";
const DATA_RELEASE = "msi_device_data_release";

type Row = Primitive<Vectors>;

/**
 * A predictor for one core.
 * @param read gives a file of the tree, with patches applied.
 * @throws KnownError when a file of the core is missing
 */
export function corePredictor(read: (path: string) => string | undefined): Predictor {
  const core = new Core(read);
  const features = coreFeatures(read("include/linux/pci.h") ?? "");
  const cases = allCases(features);
  const numbers = new Map(cases.map((one, n) => [driverName(one.id), n]));
  const world = new World(core, new SourceFile("cases.c", renderCases(cases)));
  const known = new Map<string, readonly Prediction[] | string>();
  return {
    fresh: () => core.freshDevice(),
    bind(driver, from) {
      const number = numbers.get(driver);
      if (number === undefined) return `${driver} is no test driver for this core`;
      const key = `${driver}#${from.key()}`;
      let predicted = known.get(key);
      if (!predicted) {
        predicted = world.tryToBind(number, from);
        known.set(key, predicted);
      }
      return predicted;
    },
  };
}

function distinct(predictions: readonly Prediction[]): readonly Prediction[] {
  return [
    ...new Map(predictions.map((one) => [`${JSON.stringify(one.act)}#${one.memory.key()}`, one])).values(),
  ];
}

/** The device's flags as cells hold them; a flag that the executor does not know is an error of its own. */
function flagsOf(state: DeviceState): DeviceFlags {
  const flag = (name: string) => {
    const value = state.cells.get(`${device}.${name}`);
    return value !== undefined && value.signs === Sign.positive;
  };
  return {
    managed: flag("is_managed"),
    release: flag("is_msi_managed"),
    msi: flag("msi_enabled"),
    msix: flag("msix_enabled"),
  };
}

/** The test drivers and the core, ready to run. */
class World {
  private readonly executor: Executor<Vectors>;
  private readonly histories = new Histories();
  private readonly rows = new Map<string, Row>();
  /** States in which the kernel follows a NULL pointer. */
  private readonly deaths: DeviceState[] = [];

  constructor(
    private readonly core: Core,
    private readonly drivers: SourceFile,
  ) {
    const own = driverModel(core, new Observer());
    const model: Model<Vectors> = {
      ...own,
      primitive: (name) => this.rows.get(name) ?? belowTheCore[name],
      keepsCell: (name) => own.keepsCell(name) || this.histories.isCell(name),
    };
    this.addRows(own);
    this.executor = new Executor(new Together(core.program, drivers), model, LIMITS);
  }

  /** As `bind`, without duplicates; a limit of the executor that is hit is the reason why it cannot say. */
  tryToBind(number: number, memory: DeviceMemory): readonly Prediction[] | string {
    try {
      return distinct(this.bind(number, memory));
    } catch (error) {
      if (!(error instanceof LimitReached)) throw error;
      return `${error.file}:${error.line}: ${error.why}`;
    }
  }

  /** Probe, remove where probe succeeded, and devres' turn, in every way that is possible. */
  private bind(number: number, cells: DeviceMemory): readonly Prediction[] {
    const start = new State<Vectors>(cells.copy(), Store.of(), noVectors, undefined, undefined);
    this.deaths.length = 0;
    const ended = this.run(`case_${number}_probe`, start).flatMap(({ state, value }) =>
      value.signs === Sign.zero
        ? this.run(`case_${number}_remove`, state).map((after) => ({ state: after.state, bound: true }))
        : [{ state, bound: false }],
    );
    const lived = ended.flatMap(({ state, bound }) =>
      this.unwind(state).map((after) => ({
        act: this.toAct(after, bound),
        memory: this.remembered(after),
      })),
    );
    const died = this.deaths.map((state) => ({
      act: { ...this.toAct(state, false), dies: true },
      memory: Store.of(),
    }));
    return [...lived, ...died];
  }

  /** What outlives a driver: the device's flags, and whether MSI is disabled for the whole system. */
  private remembered(state: DeviceState): DeviceMemory {
    const flags = new Set(this.core.flags.map((flag) => `${device}.${flag}`));
    return Store.of(
      [...state.cells]
        .filter(([name]) => flags.has(name) || name === "global.pci_msi_enable")
        .map(([name, value]) => [name, withoutOrigin(value)] as const),
    );
  }

  private run(name: string, state: DeviceState) {
    this.executor.steps = 0;
    const definition = this.drivers.functions.get(name)![0]!;
    return this.executor.run(
      definition,
      [pointer({ kind: "object", name: device })],
      state.copy(),
      undefined,
    );
  }

  private toAct(state: DeviceState, bound: boolean): PredictedAct {
    const entries = this.histories.entries(state);
    const events = entries.flatMap((entry) => (entry.kind === "event" ? [entry.event] : []));
    const count = (name: string) => events.filter(({ event }) => event === name).length;
    return {
      bound,
      events,
      steps: entries.flatMap((entry) => (entry.kind === "step" ? [entry.step] : [])),
      after: { ...flagsOf(state), enabled: count("enabled") > count("disabled") },
      vectorsLeft: entries.some((entry) => entry.kind === "vectors-left"),
      freedUnderHandler: entries.some((entry) => entry.kind === "freed-under-handler"),
      dies: false,
    };
  }

  /** devres' turn: its entries from the newest to the oldest. */
  private unwind(start: DeviceState): readonly DeviceState[] {
    this.event(start, { event: "devres" });
    let states = [start];
    for (let n = start.domain.devres.length - 1; n >= 0; n--) {
      const entry = start.domain.devres[n]!;
      states = states.flatMap((state) => {
        state.domain = changed(state.domain, { devres: state.domain.devres.slice(0, n) });
        if (entry.name === HANDLER_RELEASE) return [this.releaseHandler(state)];
        if (entry.name === DATA_RELEASE) return [this.releaseData(state)];
        this.event(state, { event: "action-run", action: entry.name });
        const frame: Frame = { definition: this.core.function(entry.name)!, caller: undefined, depth: 0 };
        return this.executor.run(frame.definition, [entry.data], state, undefined).map((end) => end.state);
      });
    }
    return states;
  }

  private releaseHandler(state: DeviceState): DeviceState {
    state.domain = changed(state.domain, { handlers: state.domain.handlers.filter((one) => !one.devm) });
    this.event(state, { event: "handler-freed" });
    return state;
  }

  private releaseData(state: DeviceState): DeviceState {
    this.event(state, { event: "msi-data-released" });
    if (holds(state)) this.histories.add(state, { kind: "vectors-left" });
    return state;
  }

  private event(state: DeviceState, event: OwnershipEvent): void {
    this.histories.add(state, { kind: "event", event });
  }

  // ---- rows: those of src/ownership, with what they do written down

  private addRows(own: Model<Vectors>): void {
    const { rows } = this;
    rows.set("tw_did", (call, emit) => {
      this.histories.add(call.state, { kind: "step", step: stepOf(call) });
      emit(call.state, zero);
    });
    rows.set("pci_enable_device", this.after(belowTheCore.pci_enable_device!, { event: "enabled" }));
    rows.set("pci_disable_device", (call, emit) => {
      this.event(call.state, { event: "disabled" });
      emit(call.state, zero);
    });
    for (const mode of ["msi", "msix"] as const) {
      rows.set(`__pci_enable_${mode}_range`, this.allocating(`__pci_enable_${mode}_range`, mode));
      rows.set(`pci_${mode}_shutdown`, this.shutdown(belowTheCore[`pci_${mode}_shutdown`]!, mode));
    }
    for (const name of ["pci_free_irq_vectors", "pci_disable_msi", "pci_disable_msix"])
      rows.set(name, this.freeing(name));
    for (const name of ["devm_add_action", "__devm_add_action"])
      rows.set(name, this.addingAction(belowTheCore[name]!));
    rows.set("msi_setup_device_data", this.settingUpData(belowTheCore.msi_setup_device_data!));
    rows.set(
      "request_irq",
      this.after(own.primitive("request_irq")!, { event: "handler-requested", devm: false }),
    );
    rows.set("devm_request_irq", this.requestingDevm(own.primitive("devm_request_irq")!));
    rows.set("free_irq", this.before(own.primitive("free_irq")!, { event: "handler-freed" }));
    rows.set("devm_free_irq", this.freeingDevm(own.primitive("devm_free_irq")!));
    rows.set("pci_irq_vector", own.primitive("pci_irq_vector")!);
  }

  /** Writes the event down when the call succeeds with 0. */
  private after(row: Row, event: OwnershipEvent): Row {
    return (call, emit, executor) =>
      row(
        call,
        (state, value) => {
          if (value.signs === Sign.zero) this.event(state, event);
          emit(state, value);
        },
        executor,
      );
  }

  private before(row: Row, event: OwnershipEvent): Row {
    return (call, emit, executor) => {
      this.event(call.state, event);
      row(call, emit, executor);
    };
  }

  private allocating(name: string, mode: "msi" | "msix"): Row {
    return (call, emit, executor) => {
      for (const { state, value } of executor.run(
        this.core.function(name)!,
        call.arguments,
        call.state,
        call.frame,
      )) {
        this.event(state, { event: value.signs === Sign.positive ? "allocated" : "allocation-failed", mode });
        emit(state, value);
      }
    };
  }

  private freeing(name: string): Row {
    return (call, emit, executor) => {
      if (call.frame.definition.name !== "pci_free_irq_vectors")
        this.event(call.state, { event: "free-called", api: name });
      for (const { state, value } of executor.run(
        this.core.function(name)!,
        call.arguments,
        call.state,
        call.frame,
      ))
        emit(state, value);
    };
  }

  private shutdown(row: Row, mode: "msi" | "msix"): Row {
    return (call, emit, executor) => {
      // pci_disable_msi() locks the MSI data before it tears down; after a leak devres has freed them.
      if (!call.state.domain.devres.some((entry) => entry.name === DATA_RELEASE)) {
        this.deaths.push(call.state);
        return;
      }
      this.event(call.state, { event: "torn-down", mode });
      if (call.state.domain.handlers.length > 0)
        this.histories.add(call.state, { kind: "freed-under-handler" });
      row(call, emit, executor);
    };
  }

  private addingAction(row: Row): Row {
    return (call, emit, executor) =>
      row(
        call,
        (state, value) => {
          const added = state.domain.devres.at(-1);
          if (value.signs === Sign.zero && added)
            this.event(state, { event: "action-added", action: added.name });
          emit(state, value);
        },
        executor,
      );
  }

  /** The device's MSI data are a devres entry of their own, made at the first allocation (kernel/irq/msi.c). */
  private settingUpData(row: Row): Row {
    return (call, emit, executor) =>
      row(
        call,
        (state, value) => {
          const there = state.domain.devres.some((entry) => entry.name === DATA_RELEASE);
          if (value.signs === Sign.zero && !there) pushEntry(state, DATA_RELEASE);
          emit(state, value);
        },
        executor,
      );
  }

  private requestingDevm(row: Row): Row {
    const counted = this.after(row, { event: "handler-requested", devm: true });
    return (call, emit, executor) =>
      counted(
        call,
        (state, value) => {
          if (value.signs === Sign.zero) pushEntry(state, HANDLER_RELEASE);
          emit(state, value);
        },
        executor,
      );
  }

  private freeingDevm(row: Row): Row {
    const counted = this.before(row, { event: "handler-freed" });
    return (call, emit, executor) =>
      counted(
        call,
        (state, value) => {
          const { devres } = state.domain;
          const index = devres.findLastIndex((entry) => entry.name === HANDLER_RELEASE);
          state.domain = changed(state.domain, { devres: devres.filter((_, n) => n !== index) });
          emit(state, value);
        },
        executor,
      );
  }
}

function pushEntry(state: DeviceState, name: string): void {
  const entry = { name, definition: undefined, data: zero, automatic: false, from: "" };
  state.domain = changed(state.domain, { devres: [...state.domain.devres, entry] });
}

/** `tw_did(pdev, "pci_alloc_irq_vectors", ret)`. */
function stepOf(call: PrimitiveCall<Vectors>): Extract<HistoryEntry, { kind: "step" }>["step"] {
  const [, what] = call.expressions;
  const text = call.frame.definition.file.text.slice(what?.at ?? 0);
  return {
    what: /^"([^"]*)"/.exec(text)?.[1] ?? "?",
    outcome: call.arguments[2]?.signs === Sign.negative ? "failed" : "succeeded",
    flags: flagsOf(call.state),
  };
}

/** The core's files and the test drivers as one program. */
class Together implements Program {
  constructor(
    private readonly core: Program,
    private readonly drivers: SourceFile,
  ) {}

  follow: Program["follow"] = (name, from) =>
    this.drivers.functions.get(name) ?? this.core.follow(name, from);
  definition: Program["definition"] = (name, from) =>
    this.drivers.functions.get(name)?.[0] ?? this.core.definition(name, from);
  variable: Program["variable"] = (name, from) =>
    this.drivers.variables.get(name) ?? this.core.variable(name, from);
  macro: Program["macro"] = (name, from) => this.core.macro(name, from);
  enumerator: Program["enumerator"] = (name, from) => this.core.enumerator(name, from);
  struct: Program["struct"] = (tag, from) => this.core.struct(tag, from);
  throughField: Program["throughField"] = (...asked) => this.core.throughField(...asked);
  observed: Program["observed"] = () => true;
}
