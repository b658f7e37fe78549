/** devres' turn: after a failed probe and after remove, the actions that were registered run, the last one first. */
import type { Executor } from "../exec/executor.js";
import { LimitReached } from "../exec/limits.js";
import type { Frame, TraceStep } from "../exec/state.js";
import type { Observer } from "./observer.js";
import { changed, type DeviceState, type DevresAction, holds, type Vectors } from "./vectors.js";

export class DevresTurn {
  /** @param gaveUp is told when an action cannot be followed to its end */
  constructor(
    private readonly executor: Executor<Vectors>,
    private readonly observer: Observer,
    private readonly gaveUp: (limit: LimitReached) => void,
  ) {}

  /**
   * Runs the devres stack from the top. Takes the state over.
   * @param frame the function after which it runs: where its steps are told
   * @param afterCoreChange with a core that no longer frees what a plain allocation took
   * @returns the states at its end
   */
  unwind(state: DeviceState, frame: Frame, afterCoreChange: boolean): readonly DeviceState[] {
    let states = [state];
    this.executor.steps = 0;
    for (let i = state.domain.devres.length - 1; i >= 0; i--) {
      const action = state.domain.devres[i]!;
      states = states.flatMap((s) => {
        // An action may have been taken off meanwhile, or the stack be another's after a fork.
        // A handler that was requested after the action is freed before it.
        const handlers = s.domain.handlers.filter(({ depth }) => depth === undefined || depth <= i);
        s.domain = changed(s.domain, { devres: s.domain.devres.slice(0, i), handlers });
        return this.run(action, s, frame, afterCoreChange);
      });
    }
    return states;
  }

  private run(
    action: DevresAction,
    state: DeviceState,
    frame: Frame,
    afterCoreChange: boolean,
  ): DeviceState[] {
    const tell = (s: DeviceState, event: string) =>
      this.executor.tell(s, frame, frame.definition.at, `devres: ${action.name}() ${event}`.trimEnd());
    if (action.automatic && afterCoreChange) {
      tell(state, "is gone");
      return [state];
    }
    const again = action.automatic && !holds(state) && state.domain.freed;
    tell(state, again ? "calls the free again" : "");
    if (again) this.freedTwice(state);
    return this.call(action, state, frame, (s) => tell(s, "ends"));
  }

  private freedTwice(state: DeviceState): void {
    const free = lastFree(state.trace);
    if (free) this.observer.hazard("freed-twice", free, state);
  }

  private call(
    { name, definition, data }: DevresAction,
    state: DeviceState,
    frame: Frame,
    onEnd: (state: DeviceState) => void,
  ): DeviceState[] {
    const ended: DeviceState[] = [];
    try {
      const target = { kind: "function", name, definition } as const;
      const ran = this.executor.callTarget(target, [data], state, frame, frame.definition.at, (s) => {
        onEnd(s);
        ended.push(s);
      });
      if (!ran) ended.push(state);
    } catch (error) {
      if (!(error instanceof LimitReached)) throw error;
      this.gaveUp(error);
    }
    return ended;
  }
}

const ownFree = /^pci_(free_irq_vectors|disable_msix?)\(\)/;

/** The last own free on a path. */
export function lastFree(trace: TraceStep | undefined): TraceStep | undefined {
  for (let step = trace; step; step = step.previous)
    if (step.event.startsWith("pci_") && ownFree.test(step.event)) return step;
  return trace;
}
