/** When a driver's callbacks may run: which calls have registered them, and which phases are on (callbacks.ts). */
import type { Executor } from "../exec/executor.js";
import type { Model, Primitive } from "../exec/model.js";
import type { Frame } from "../exec/state.js";
import { negative, one, Sign, unknown, type Value, zero } from "../exec/value.js";
import {
  asksPhase,
  beginsPhase,
  type CallbackRule,
  endsPhase,
  exclusivePhases,
  givenUp,
  phasesWithoutRemove,
  trueInPhase,
  undonePhases,
} from "./callbacks.js";
import type { Callback } from "./driver-code.js";
import { changed, type DeviceState, type Vectors } from "./vectors.js";

/** The cells that hold which callbacks were registered. */
const registered = "registered.";

export class Phases {
  /** Calls that register a callback, or without which one does not run. */
  private readonly registrars: ReadonlySet<string>;

  constructor(private readonly callbacks: readonly Callback[]) {
    this.registrars = new Set(
      callbacks.flatMap(({ registrar, after }) => [
        ...(registrar === undefined ? [] : [registrar]),
        ...after,
      ]),
    );
  }

  /** A model in which calls register callbacks, begin and end phases, and ask for them. */
  over(model: Model<Vectors>): Model<Vectors> {
    return {
      ...model,
      primitive: (name) => {
        if (this.registrars.has(name)) return this.registering(model.primitive(name));
        const ended = endsPhase[name];
        if (ended !== undefined) return this.closing(ended);
        const begun = beginsPhase[name];
        if (begun !== undefined && this.knows(begun)) return this.opening(begun);
        const holdsIn = trueInPhase[name];
        if (holdsIn !== undefined && this.knows(holdsIn)) return (call, emit) => emit(call.state, one);
        const asked = asksPhase[name];
        return asked !== undefined && this.knows(asked) ? inPhase(asked) : model.primitive(name);
      },
      keepsCell: (name) => model.keepsCell(name) || name.startsWith(registered),
      callees: (name) => {
        const phase = beginsPhase[name] ?? endsPhase[name];
        const isRun = ({ rule }: Callback) =>
          rule?.leaves === phase || (name in beginsPhase && rule?.enters === phase);
        return phase === undefined ? [] : this.callbacks.filter(isRun).map((c) => c.definition);
      },
    };
  }

  /** Whether a callback may run in a state. */
  allow(callback: Callback, state: DeviceState): boolean {
    const { phases } = state.domain;
    if (callback.within.length > 0) return false;
    if (callback.registrar !== undefined && !isRegistered(state, callback.definition.name)) return false;
    if (callback.after.length > 0 && !callback.after.some((name) => isRegistered(state, name))) return false;
    const { enters, leaves, during } = callback.rule ?? {};
    if (phases.includes(givenUp)) return false;
    if (leaves !== undefined) return phases.includes(leaves);
    if (enters !== undefined && phases.includes(enters)) return false;
    if (during !== undefined && this.knows(during) && !phases.includes(during)) return false;
    return !phases.some((phase) => phase !== during && exclusivePhases.includes(phase));
  }

  /** Whether the driver core may call remove in a state. */
  allowRemove({ domain }: DeviceState): boolean {
    return !domain.phases.some((phase) => phasesWithoutRemove.includes(phase));
  }

  /** A callback begins: the phase that it enters is on while it runs, the one that it leaves is not. */
  begin({ definition, once, rule }: Callback, state: DeviceState): void {
    if (once) state.cells.set(registered + definition.name, zero);
    const { phases } = state.domain;
    if (rule?.enters) state.domain = changed(state.domain, { phases: [...phases, rule.enters].sort() });
    if (rule?.leaves)
      state.domain = changed(state.domain, { phases: phases.filter((phase) => phase !== rule.leaves) });
  }

  /**
   * A callback has ended: one that failed has entered no phase, one may have given the device up.
   * @param before the phases that were on before it began
   */
  end({ rule }: Callback, before: readonly string[], state: DeviceState, value: Value): void {
    if (value.signs === Sign.negative && rule?.enters !== undefined)
      state.domain = changed(state.domain, { phases: before });
    if (value.constant !== undefined && value.constant === rule?.givesUp)
      state.domain = changed(state.domain, { phases: [...state.domain.phases, givenUp].sort() });
  }

  /** A call that registers callbacks: its own row comes after. */
  private registering(row: Primitive<Vectors> | undefined): Primitive<Vectors> {
    return (call, emit, executor) => {
      for (const { target } of call.arguments)
        if (target?.kind === "function" && this.callbacks.some((c) => c.definition.name === target.name))
          call.state.cells.set(registered + target.name, one);
      call.state.cells.set(registered + call.name, one);
      if (row) row(call, emit, executor);
      else emit(call.state, unknown);
    };
  }

  private knows(phase: string): boolean {
    return this.callbacks.some(({ rule }) => rule?.enters === phase);
  }

  /** A call that ends a phase runs the callback that does so, when the phase is on. */
  private closing(phase: string): Primitive<Vectors> {
    return (call, emit, executor) => {
      if (!call.state.domain.phases.includes(phase)) return emit(call.state, unknown);
      for (const state of this.leave(phase, call.state, call.frame, executor)) emit(state, unknown);
    };
  }

  /** A call that begins a phase runs the callback that does so, and fails before it, in it, or after it. */
  private opening(phase: string): Primitive<Vectors> {
    return (call, emit, executor) => {
      const { state, frame } = call;
      const fails = (failed: DeviceState) => {
        if (executor.model.tracksFailure(failed))
          failed.failure ??= executor.origins.failure(
            executor.origins.fresh(failed, frame, call.at, call.name),
          );
        emit(failed, negative);
      };
      const { phases } = state.domain;
      fails(state.copy());
      if (phases.includes(phase)) return emit(state, zero);
      const callback = this.callbacks.find(({ rule }) => rule?.enters === phase)!;
      state.domain = changed(state.domain, { phases: [...phases, phase].sort() });
      for (const { state: after, value } of executor.call(callback.definition, [], state, frame)) {
        if (value.signs & Sign.negative) {
          const failed = after.copy();
          failed.domain = changed(failed.domain, { phases });
          fails(failed);
        }
        if ((value.signs & ~Sign.negative) === 0) continue;
        for (const left of this.leave(phase, after.copy(), frame, executor)) fails(left);
        emit(after, zero);
      }
    };
  }

  /** The states in which a phase is left, whose last callback runs. */
  private leave(
    phase: string,
    state: DeviceState,
    frame: Frame,
    executor: Executor<Vectors>,
  ): readonly DeviceState[] {
    const callback = this.callbacks.find(({ rule }) => rule?.leaves === phase);
    state.domain = changed(state.domain, { phases: state.domain.phases.filter((p) => p !== phase) });
    if (!callback || executor.isRunning(callback.definition, frame)) return [state];
    return executor.call(callback.definition, [], state, frame).map((outcome) => outcome.state);
  }
}

/** Whether a callback ends a phase and undoes what was done in it. */
export function undoesPhase(rule: CallbackRule | undefined): boolean {
  return undonePhases.includes(rule?.leaves ?? "");
}

function isRegistered(state: DeviceState, name: string): boolean {
  return state.cells.get(registered + name)?.signs === Sign.positive;
}

/** A call that asks whether a phase is on. */
function inPhase(phase: string): Primitive<Vectors> {
  return (call, emit) => emit(call.state, call.state.domain.phases.includes(phase) ? one : zero);
}
