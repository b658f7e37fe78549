/**
 * What calls came to. A function called again with equal arguments on an equal state ends in the same ways; of the
 * path that led to the call, only the witness knows. In the drivers of Linux 7.3 most calls are such repetitions.
 */
import type { CFunction } from "../c/source.js";
import { mix } from "./hash.js";
import type { Mask } from "./mask.js";
import type { Domain, Frame, Outcome, State, TraceStep } from "./state.js";
import { State as StateOf } from "./state.js";
import type { Value } from "./value.js";

/** A call that is about to be executed. */
export interface Call {
  readonly definition: CFunction;
  readonly values: readonly Value[];
  readonly caller: Frame | undefined;
  /** What is looked at after it. */
  readonly needed: Mask;
}

interface Recollection<D extends Domain> {
  /** The last step before the call, where the outcomes' own steps begin. */
  readonly before: TraceStep | undefined;
  readonly outcomes: readonly Outcome<D>[];
  /** The functions that ran: when one of them is on the stack, its call would not be followed now. */
  readonly ran: ReadonlySet<CFunction>;
  /** The functions whose calls were not followed, for the callers ran them: when one of them is not on the stack, it would run now. */
  readonly cut: ReadonlySet<CFunction>;
}

/** A call that is being executed. */
interface Recording {
  readonly depth: number;
  readonly outer: Recording | undefined;
  readonly ran: Set<CFunction>;
  /** The frames on the stack because of which a call was not followed. */
  readonly cut: Set<Frame>;
  /** Calls were not followed because there were too many on the stack. */
  isTooDeep: boolean;
}

export class Memory<D extends Domain> {
  private readonly contexts = new Map<string, Map<number, Recollection<D>[]>>();
  private known = new Map<number, Recollection<D>[]>();
  private current: Recording | undefined;

  /** Calls are remembered for each context apart. */
  enter(context: string): void {
    const known = this.contexts.get(context) ?? new Map<number, Recollection<D>[]>();
    this.contexts.set(context, known);
    this.known = known;
  }

  /** Forgets all contexts. */
  forget(): void {
    for (const known of this.contexts.values()) known.clear();
    this.current = undefined;
  }

  /** The ways in which an equal call ended, as if it had gone on from this state; their locals are not the caller's. */
  recall(call: Call, state: State<D>): Outcome<D>[] | undefined {
    const known = this.known.get(keyOf(call, state))?.find((one) => isStill(one, call.caller));
    if (!known) return undefined;
    this.count(known, call.caller);
    const { before, outcomes } = known;
    const moved = new Map([[before, state.trace]]);
    return outcomes.map(({ state: end, value }) => {
      const trace = end.trace === before ? state.trace : rebase(end.trace, moved);
      const { cells, locals, domain, failure } = end;
      return { state: new StateOf(cells.copy(), locals, domain, trace, failure), value };
    });
  }

  /** What is recalled happens in the call that is being executed. */
  private count({ ran, cut }: Recollection<D>, caller: Frame | undefined): void {
    const { current } = this;
    if (!current) return;
    for (const one of ran) current.ran.add(one);
    if (cut.size === 0) return;
    for (let frame = caller; frame; frame = frame.caller)
      if (cut.has(frame.definition)) current.cut.add(frame);
  }

  /** Executes a call and keeps what it came to, unless that depends on who called. */
  remember(call: Call, state: State<D>, execute: () => Outcome<D>[]): Outcome<D>[] {
    const key = keyOf(call, state);
    const before = state.trace;
    const recording: Recording = {
      depth: (call.caller?.depth ?? -1) + 1,
      outer: this.current,
      ran: new Set([call.definition]),
      cut: new Set(),
      isTooDeep: false,
    };
    this.current = recording;
    try {
      const outcomes = execute();
      if (!recording.isTooDeep) {
        const { ran } = recording;
        const cut = new Set([...recording.cut].filter(isBelow(recording)).map((frame) => frame.definition));
        const kept = outcomes.map(({ state: end, value }) => ({ state: end.copy(), value }));
        const recollection = { before, outcomes: kept, ran, cut };
        const known = this.known.get(key);
        if (known) known.push(recollection);
        else this.known.set(key, [recollection]);
      }
      return outcomes;
    } finally {
      this.current = recording.outer;
      if (recording.outer) handOn(recording, recording.outer);
    }
  }

  /** A call was not followed because its function runs already, in this frame. */
  isCutBy(frame: Frame): void {
    this.current?.cut.add(frame);
  }

  /** A call was not followed because there are too many on the stack. */
  isTooDeep(): void {
    if (this.current) this.current.isTooDeep = true;
  }
}

/** Whether the same calls would be followed again, and no others. */
function isStill<D extends Domain>({ ran, cut }: Recollection<D>, caller: Frame | undefined): boolean {
  let running = 0;
  for (let frame = caller; frame; frame = frame.caller) {
    if (ran.has(frame.definition)) return false;
    if (cut.has(frame.definition)) running++;
  }
  return running === cut.size;
}

function isBelow(recording: Recording): (frame: Frame) => boolean {
  return (frame) => frame.depth < recording.depth;
}

function handOn(inner: Recording, outer: Recording): void {
  for (const one of inner.ran) outer.ran.add(one);
  for (const frame of inner.cut) if (isBelow(inner)(frame)) outer.cut.add(frame);
  outer.isTooDeep ||= inner.isTooDeep;
}

const numbers = new WeakMap<CFunction, number>();
let next = 1;

/** Equal for equal calls on equal states, whatever the caller's locals hold. */
function keyOf<D extends Domain>({ definition, values, needed }: Call, state: State<D>): number {
  let number = numbers.get(definition);
  if (number === undefined) {
    number = next++;
    numbers.set(definition, number);
  }
  let low = mix(number, needed.id);
  let high = mix(needed.id, number + 0x5bd1);
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
