/**
 * What the executor says a test driver does: the driver's own C and the core's C are executed as one program on
 * the primitives of src/ownership, and what happens is written down event by event. Unlike an audit, which forgets
 * how equal states came about, a prediction keeps every history apart.
 */
import { SourceFile } from "../c/source.js";
import { Executor } from "../exec/executor.js";
import { LimitReached, type Limits } from "../exec/limits.js";
import type { Model } from "../exec/model.js";
import type { Program } from "../exec/program.js";
import { type Frame, State } from "../exec/state.js";
import { Store } from "../exec/store.js";
import { pointer, Sign, withoutOrigin } from "../exec/value.js";
import { belowTheCore } from "../ownership/below.js";
import { Core } from "../ownership/core.js";
import { driverModel } from "../ownership/driver-model.js";
import { Observer } from "../ownership/observer.js";
import { changed, type DeviceState, device, holds, noVectors, type Vectors } from "../ownership/vectors.js";
import { allCases, coreFeatures } from "./cases.js";
import type { DeviceMemory, PredictedAct, Prediction, Predictor } from "./conformance.js";
import { driverName, renderCases } from "./harness.js";
import { DATA_RELEASE, flagsOf, HANDLER_RELEASE, Recorder } from "./recorder.js";

/** A test driver is thirty lines without loops; what goes beyond is a bug in the executor. */
const LIMITS: Limits = { steps: 200_000, coarsenAt: 10_000, statesAtPoint: 10_000, depth: 30 };

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

/** The test drivers and the core, ready to run. */
class World {
  private readonly executor: Executor<Vectors>;
  private readonly recorder: Recorder;

  constructor(
    private readonly core: Core,
    private readonly drivers: SourceFile,
  ) {
    const own = driverModel(core, new Observer());
    this.recorder = new Recorder(core, own);
    const model: Model<Vectors> = {
      ...own,
      primitive: (name) => this.recorder.row(name) ?? belowTheCore[name],
      keepsCell: (name) => own.keepsCell(name) || this.recorder.histories.isCell(name),
    };
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
    this.recorder.deaths.length = 0;
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
    const died = this.recorder.deaths.map((state) => ({
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
    const entries = this.recorder.histories.entries(state);
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
    this.recorder.event(start, { event: "devres" });
    let states = [start];
    for (let n = start.domain.devres.length - 1; n >= 0; n--) {
      const entry = start.domain.devres[n]!;
      states = states.flatMap((state) => {
        state.domain = changed(state.domain, { devres: state.domain.devres.slice(0, n) });
        if (entry.name === HANDLER_RELEASE) return [this.releaseHandler(state)];
        if (entry.name === DATA_RELEASE) return [this.releaseData(state)];
        this.recorder.event(state, { event: "action-run", action: entry.name });
        const frame: Frame = { definition: this.core.function(entry.name)!, caller: undefined, depth: 0 };
        return this.executor.run(frame.definition, [entry.data], state, undefined).map((end) => end.state);
      });
    }
    return states;
  }

  private releaseHandler(state: DeviceState): DeviceState {
    const handlers = state.domain.handlers.filter(({ depth }) => depth === undefined);
    state.domain = changed(state.domain, { handlers });
    this.recorder.event(state, { event: "handler-freed" });
    return state;
  }

  private releaseData(state: DeviceState): DeviceState {
    this.recorder.event(state, { event: "msi-data-released" });
    if (holds(state)) this.recorder.histories.add(state, { kind: "vectors-left" });
    return state;
  }
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
  registered: Program["registered"] = (...asked) => this.core.registered(...asked);
  throughField: Program["throughField"] = (...asked) => this.core.throughField(...asked);
  acts: Program["acts"] = (name, from) => this.follow(name, from).length > 0;
  leadsOn: Program["leadsOn"] = () => true;
  touched: Program["touched"] = () => true;
  zeroed: Program["zeroed"] = () => false;
  bits: Program["bits"] = () => [];
  detailed: Program["detailed"] = () => true;
  observed: Program["observed"] = () => true;
  vital: Program["vital"] = () => true;
}
