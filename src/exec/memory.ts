/**
 * What calls came to. A function called again with equal arguments on an equal state ends in the same ways; of the
 * path that led to the call, only the witness knows. In the drivers of Linux 7.3 every second call is such a repetition.
 */
import type { CFunction } from "../c/source.js";
import { mix } from "./hash.js";
import type { Domain, Frame, Outcome, State, TraceStep } from "./state.js";
import { State as StateOf } from "./state.js";
import type { Value } from "./value.js";

interface Recollection<D extends Domain> {
  /** The last step before the call, where the outcomes' own steps begin. */
  readonly before: TraceStep | undefined;
  readonly outcomes: readonly Outcome<D>[];
  /** The functions that ran: when one of them is on the stack, recursion would have been cut elsewhere. */
  readonly ran: ReadonlySet<CFunction>;
}

/** A call that is being executed. */
interface Recording {
  readonly depth: number;
  readonly outer: Recording | undefined;
  readonly ran: Set<CFunction>;
  /** The depth of the lowest frame on the stack that cut a recursion. */
  lowest: number;
}

export class Memory<D extends Domain> {
  private readonly contexts = new Map<string, Map<number, Recollection<D>>>();
  private known = new Map<number, Recollection<D>>();
  private current: Recording | undefined;

  /** Calls are remembered for each context apart. */
  enter(context: string): void {
    const known = this.contexts.get(context) ?? new Map<number, Recollection<D>>();
    this.contexts.set(context, known);
    this.known = known;
  }

  /** Forgets all contexts. */
  forget(): void {
    for (const known of this.contexts.values()) known.clear();
    this.current = undefined;
  }

  /** The ways in which an equal call ended, as if it had gone on from this state; their locals are not the caller's. */
  recall(
    definition: CFunction,
    values: readonly Value[],
    state: State<D>,
    caller: Frame | undefined,
    needed: number,
  ): Outcome<D>[] | undefined {
    const found = this.known.get(keyOf(definition, values, state, needed));
    if (!found) return undefined;
    for (let frame = caller; frame; frame = frame.caller)
      if (found.ran.has(frame.definition)) return undefined;
    if (this.current) for (const ran of found.ran) this.current.ran.add(ran);
    const { before, outcomes } = found;
    let moved: Map<TraceStep | undefined, TraceStep | undefined> | undefined;
    const list: Outcome<D>[] = [];
    for (const { state: end, value } of outcomes) {
      let { trace } = state;
      if (end.trace !== before) {
        moved ??= new Map([[before, trace]]);
        trace = rebase(end.trace, moved);
      }
      const { cells, locals, domain, failure } = end;
      list.push({ state: new StateOf(cells.copy(), locals, domain, trace, failure), value });
    }
    return list;
  }

  /** Executes a call and keeps what it came to, unless that depends on who called. */
  remember(
    definition: CFunction,
    values: readonly Value[],
    state: State<D>,
    caller: Frame | undefined,
    needed: number,
    execute: () => Outcome<D>[],
  ): Outcome<D>[] {
    const key = keyOf(definition, values, state, needed);
    const before = state.trace;
    const recording: Recording = {
      depth: (caller?.depth ?? -1) + 1,
      outer: this.current,
      ran: new Set([definition]),
      lowest: Number.POSITIVE_INFINITY,
    };
    this.current = recording;
    try {
      const outcomes = execute();
      if (recording.lowest >= recording.depth)
        this.known.set(key, {
          before,
          outcomes: outcomes.map(({ state: s, value }) => ({ state: s.copy(), value })),
          ran: recording.ran,
        });
      return outcomes;
    } finally {
      this.current = recording.outer;
      if (recording.outer) {
        for (const ran of recording.ran) recording.outer.ran.add(ran);
        recording.outer.lowest = Math.min(recording.outer.lowest, recording.lowest);
      }
    }
  }

  /** A call was not followed because of the frame at this depth: a recursion, or the depth itself. */
  dependsOn(depth: number): void {
    if (this.current) this.current.lowest = Math.min(this.current.lowest, depth);
  }
}

const numbers = new WeakMap<CFunction, number>();
let next = 1;

/** Equal for equal calls on equal states, whatever the caller's locals hold. @param needed says what is looked at after the call */
function keyOf<D extends Domain>(
  definition: CFunction,
  values: readonly Value[],
  state: State<D>,
  needed: number,
): number {
  let number = numbers.get(definition);
  if (number === undefined) {
    number = next++;
    numbers.set(definition, number);
  }
  let low = mix(number, needed);
  let high = mix(needed, number + 0x5bd1);
  for (const { id } of values) {
    low = mix(low, id);
    high = mix(id, high);
  }
  return state.keyWith(low, high);
}

/** The steps of a trace on top of others than those it began with. */
function rebase(
  trace: TraceStep | undefined,
  moved: Map<TraceStep | undefined, TraceStep | undefined>,
): TraceStep | undefined {
  const own: TraceStep[] = [];
  let step = trace;
  while (step && !moved.has(step)) {
    own.push(step);
    step = step.previous;
  }
  let previous = moved.get(step);
  for (let i = own.length - 1; i >= 0; i--) {
    previous = { ...own[i]!, previous };
    moved.set(own[i], previous);
  }
  return previous;
}
