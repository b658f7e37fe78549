/**
 * Walks functions path by path. Equal states at one point are one state; unknown conditions go both ways; calls are
 * followed where the program says so, else their result is unknown. Nothing here knows of PCI.
 */
import type { CFunction, SourceFile } from "../c/source.js";
import { putBack, setAside } from "./aside.js";
import { CellFacts } from "./cell-facts.js";
import { type Cleanup, functionInfo } from "./function.js";
import { defaultLimits, LimitReached, type Limits } from "./limits.js";
import type { Mask } from "./mask.js";
import { Memory } from "./memory.js";
import type { Emit, Model } from "./model.js";
import { Origins } from "./origins.js";
import { Prepared } from "./prepared.js";
import type { Program } from "./program.js";
import {
  type Domain,
  type Failure,
  type Frame,
  type Outcome,
  placeIn,
  type State,
  someFailure,
} from "./state.js";
import { Store } from "./store.js";
import { Sign, signed, type Target, unknown, type Value, withoutOrigin, zero } from "./value.js";
import { Walk } from "./walk.js";

/** What a local means that is not in a store. */
const anything = () => unknown;

/** Stands for the failure that a state had before a call, whatever it was: no call asks. */
const earlier: Failure = { file: "", line: 0, what: "earlier" };

/** A function called another that its footprint does not show: what was executed on that ground is void. */
class Unforeseen extends Error {
  constructor(
    readonly caller: CFunction,
    readonly callee: CFunction,
  ) {
    super(`${caller.name}() calls ${callee.name}()`);
  }
}

export class Executor<D extends Domain> {
  steps = 0;
  /** What is known of each cell. */
  readonly facts: CellFacts;
  /** What is known of each function. */
  readonly prepared: Prepared<D>;
  /** What calls came to, for as long as the model takes equal states for equal. */
  readonly memory: Memory<D>;
  /** What is known of the results of calls. */
  readonly origins: Origins<D>;

  constructor(
    readonly program: Program,
    readonly model: Model<D>,
    readonly limits: Limits = defaultLimits,
  ) {
    this.facts = new CellFacts(program, (name) => model.keepsCell(name));
    this.prepared = new Prepared(this);
    this.memory = new Memory();
    this.origins = new Origins(
      (state) => model.tracksFailure(state),
      (definition) => program.detailed(definition),
    );
  }

  place(frame: Frame, at: number): { file: string; line: number; function: string } {
    return placeIn(frame, at);
  }

  /** Adds a step to the state's trace. */
  tell(state: State<D>, frame: Frame, at: number, event: string): void {
    state.trace = {
      previous: state.trace,
      ...this.place(frame, at),
      event,
      state: this.model.describe(state),
    };
  }

  /**
   * Executes a function on a state, which it takes over.
   * @param after what is looked at when it has ended; everything when left out
   * @returns every way in which it ends, without duplicates; locals of the caller are restored in each
   * @throws LimitReached
   */
  run(
    definition: CFunction,
    values: readonly Value[],
    state: State<D>,
    caller: Frame | undefined,
    after = this.prepared.footprints.masks.all,
  ): Outcome<D>[] {
    return this.foreseen(caller, definition, state, (start) =>
      this.walkThrough(definition, values, start, caller, after),
    );
  }

  private walkThrough(
    definition: CFunction,
    values: readonly Value[],
    state: State<D>,
    caller: Frame | undefined,
    after: Mask,
  ): Outcome<D>[] {
    const frame: Frame = { definition, caller, depth: (caller?.depth ?? -1) + 1, live: after };
    const routine = this.prepared.routine(definition);
    const callerLocals = state.locals;
    state.locals = Store.of();
    for (let i = 0; i < routine.parameters.length; i++) {
      const { cell, counts } = routine.parameters[i]!;
      const value = values[i] ?? unknown;
      if (counts && value !== unknown) (cell.local ? state.locals : state.cells).put(cell.number, value);
    }
    const cleanups = this.cleanups(definition);
    // Until one is declared there is nothing to clean up.
    for (const { local } of cleanups) state.locals.set(local, zero);
    const outcomes = new Map<number, Outcome<D>>();
    const finish = (ended: State<D>, value: Value) => {
      ended.locals = Store.of();
      for (const cell of routine.inCells) ended.cells.drop(cell);
      if (!mayMeanFailure(value, definition)) ended.failure = undefined;
      const key = ended.keyWith(value.id, -value.id);
      if (!outcomes.has(key)) outcomes.set(key, { state: ended, value });
    };
    const end: Emit<D> =
      cleanups.length === 0 ? finish : (ended, value) => this.cleanUp(cleanups, frame, ended, value, finish);
    new Walk(this, routine, frame, after, this.prepared.footprints, end).run(state);
    const list = [...outcomes.values()];
    list.forEach((outcome, i) => {
      outcome.state.locals = i === list.length - 1 ? callerLocals : callerLocals.copy();
    });
    return list;
  }

  /**
   * As `run`, but a call that was executed before on an equal state is not executed again: it ends in the same ways,
   * and only the steps that led to it differ. What the call does not touch does not count.
   */
  call(
    definition: CFunction,
    values: readonly Value[],
    state: State<D>,
    caller: Frame | undefined,
    after = caller?.live ?? this.prepared.footprints.masks.all,
  ): readonly Outcome<D>[] {
    return this.foreseen(caller, definition, state, (start) => {
      const { masks } = this.prepared.footprints;
      const { touches } = this.prepared.footprints.of(definition);
      const given = this.prepared
        .routine(definition)
        .parameters.map(({ counts }, i) => (counts ? (values[i] ?? unknown) : unknown));
      const callerLocals = start.locals;
      const callerFailure = start.failure;
      if (callerFailure) start.failure = earlier;
      const aside = setAside(start.cells.content, touches, given, this.facts);
      start.cells.content = aside.rest;
      const needed = masks.meet(after, this.facts.withTied(touches, aside.rest, masks));
      const call = { definition, values: given, caller, needed };
      const known = this.memory.recall(call, start);
      const outcomes =
        known ??
        this.memory.remember(call, start, () => this.walkThrough(definition, given, start, caller, needed));
      if (known) this.steps += known.length;
      for (const { state: end } of outcomes) {
        if (known) end.locals = callerLocals.copy();
        if (end.failure === earlier) end.failure = callerFailure;
        end.cells.content = putBack(end.cells.content, aside);
      }
      return outcomes;
    });
  }

  /** Does something from outside all functions again when a call came up in it that nobody could foresee. */
  private foreseen<R>(
    caller: Frame | undefined,
    definition: CFunction,
    state: State<D>,
    execute: (state: State<D>) => R,
  ): R {
    if (caller?.live) {
      if (this.prepared.footprints.of(caller.definition).reach.has(definition)) return execute(state);
      throw new Unforeseen(caller.definition, definition);
    }
    const { steps } = this;
    for (;;) {
      try {
        return execute(state.copy());
      } catch (error) {
        if (!(error instanceof Unforeseen)) throw error;
        this.prepared.foresee(error.caller, error.callee);
        this.memory.forget();
        this.steps = steps;
      }
    }
  }

  /** What the functions look at, and all that they may call. */
  looksAt(definitions: Iterable<CFunction>): Mask {
    const { masks } = this.prepared.footprints;
    let mask = masks.none;
    for (const definition of definitions)
      mask = masks.union(mask, this.prepared.footprints.of(definition).reads);
    return mask;
  }

  /** The functions that these, and all that they may call, name other than to call them: who is told may call later. */
  givenAwayBy(definitions: Iterable<CFunction>): ReadonlySet<CFunction> {
    for (const definition of definitions) this.prepared.footprints.of(definition);
    return this.prepared.footprints.given;
  }

  /** Forgets what nobody looks at any more. */
  settle(state: State<D>, live: Mask): void {
    state.cells.content = this.facts.settled(state.cells.content, live);
  }

  /** Whether one state knows nothing that does not hold in the other, so that the other's paths are among its own. */
  covers(general: State<D>, special: State<D>): boolean {
    return (
      general.domain.number === special.domain.number &&
      general.failure === special.failure &&
      general.locals.content.covers(special.locals.content, anything) &&
      general.cells.content.covers(special.cells.content, this.facts.absent)
    );
  }

  /** What `__free(name)` asks for in a function and is worth following. */
  private cleanups(definition: CFunction): readonly Cleanup[] {
    const { cleanups } = functionInfo(definition);
    return cleanups.filter(({ calls }) => this.program.follow(calls, definition.file).length > 0);
  }

  /** Runs what `__free(name)` asks for; the end of every scope is taken for that of the function. */
  private cleanUp(
    cleanups: readonly Cleanup[],
    frame: Frame,
    state: State<D>,
    value: Value,
    emit: Emit<D>,
  ): void {
    let states = [state];
    for (const { local, calls } of [...cleanups].reverse()) {
      const definitions = this.program.follow(calls, frame.definition.file);
      states = states.flatMap((s) => {
        const held = s.locals.get(local) ?? unknown;
        if (held.signs === Sign.zero) return [s];
        return definitions.flatMap((d) => this.call(d, [held], s.copy(), frame).map((o) => o.state));
      });
    }
    for (const s of states) emit(s, value);
  }

  /** Forgets what is known of the driver's own fields; the subject's cells stay. */
  coarsen(state: State<D>): void {
    state.cells.content = this.facts.coarsened(state.cells.content);
    if (state.failure && state.failure !== earlier) state.failure = someFailure;
  }

  giveUp(frame: Frame, at: number, why: string): never {
    const { file, line } = this.place(frame, at);
    throw new LimitReached(file, line, why);
  }

  /** Whether a function is on the stack already: recursion is not followed. */
  isRunning(definition: CFunction, frame: Frame | undefined): boolean {
    for (let f = frame; f; f = f.caller)
      if (f.definition === definition) {
        this.memory.isCutBy(f);
        return true;
      }
    return false;
  }

  /** Calls what a pointer points to, when it is a function worth following. Emits nothing and returns false otherwise. */
  callTarget(
    target: Target | undefined,
    values: readonly Value[],
    state: State<D>,
    frame: Frame,
    at: number,
    emit: Emit<D>,
  ): boolean {
    if (target?.kind !== "function") return false;
    const primitive = this.model.primitive(target.name);
    if (primitive) {
      primitive({ name: target.name, arguments: values, expressions: [], state, frame, at }, emit, this);
      return true;
    }
    const file = target.definition?.file ?? frame.definition.file;
    const definitions = this.program.follow(target.name, file);
    return this.callEach(definitions, values, state, frame, at, emit);
  }

  /** Whether calling what a pointer points to would do anything that is followed. */
  actsOn(target: Target): boolean {
    if (target.kind !== "function" || !target.definition) return true;
    return (
      this.model.primitive(target.name) !== undefined ||
      this.program.acts(target.name, target.definition.file)
    );
  }

  /** Calls each of several definitions, one after the other, on copies of the state. */
  callEach(
    definitions: readonly CFunction[],
    values: readonly Value[],
    state: State<D>,
    frame: Frame,
    at: number,
    emit: Emit<D>,
  ): boolean {
    if (definitions.length === 0) return false;
    const callable = definitions.filter((d) => !this.isRunning(d, frame));
    if (callable.length === 0) return false;
    if (frame.depth >= this.limits.depth) {
      this.memory.isTooDeep();
      return false;
    }
    for (let i = 0; i < callable.length; i++) {
      const definition = callable[i]!;
      const copy = i === callable.length - 1 ? state : state.copy();
      const { isDetailed } = this.prepared.routine(definition);
      for (const { state: after, value } of this.call(definition, values, copy, frame)) {
        if (isDetailed) emit(after, value);
        else emit(after, this.summarized(definition, value, after, frame, at));
      }
    }
    return true;
  }

  /** The result of a call whose inside does not count: a failure is the call's. */
  private summarized(definition: CFunction, value: Value, state: State<D>, frame: Frame, at: number): Value {
    const fails =
      definition.returnType.pointers > 0 ? !(value.signs & Sign.positive) : value.signs === Sign.negative;
    if (fails && this.model.tracksFailure(state)) {
      const { file, line } = this.place(frame, at);
      state.failure = { file, line, what: definition.name };
    }
    const open = value.signs & Sign.negative && value.signs !== Sign.negative && !value.target;
    return open
      ? signed(value.signs, this.origins.fresh(state, frame, at, definition.name))
      : withoutOrigin(value);
  }

  /** Notes that the path names an error itself: `ret = -EINVAL`. */
  failsAt(state: State<D>, frame: Frame, at: number, what: string): void {
    if (!this.model.tracksFailure(state) || !this.program.detailed(frame.definition)) return;
    const { file, line } = this.place(frame, at);
    state.failure = { file, line, what };
  }

  /** What a question about a file comes to; it is asked once. */
  once(file: SourceFile, question: string, ask: () => Value): Value {
    let answers = this.answers.get(file);
    if (!answers) {
      answers = new Map();
      this.answers.set(file, answers);
    }
    let answer = answers.get(question);
    if (!answer) {
      answer = ask();
      answers.set(question, answer);
    }
    return answer;
  }

  private readonly answers = new Map<SourceFile, Map<string, Value>>();
}

/** Whether a result may be that of a call that failed: an error, NULL, or a number that is spelt out, `return 1`. */
function mayMeanFailure({ signs, constant }: Value, { returnType }: CFunction): boolean {
  if (signs & Sign.negative) return true;
  return returnType.pointers > 0 ? (signs & Sign.zero) !== 0 : constant !== undefined && constant > 0;
}
