/**
 * An expression made ready to be evaluated many times over: what its names mean, which calls are followed and what
 * they are called is found once for a function, not at every visit.
 */
import type { CFunction, SourceFile } from "../c/source.js";
import type { Expression } from "../c/syntax.js";
import type { Place } from "./cells.js";
import type { Executor } from "./executor.js";
import type { Emit } from "./model.js";
import type { Domain, Frame, State } from "./state.js";
import { unknown, type Value } from "./value.js";

export interface Code<D extends Domain> {
  /** Gives its value and changes the state as the expression does. Only where there is always one way to go on. */
  readonly one: One<D> | undefined;
  /** Emits every value that it can have. Takes the state over. */
  readonly each: (state: State<D>, frame: Frame, emit: Emit<D>) => void;
}

export type One<D extends Domain> = (state: State<D>, frame: Frame) => Value;

/** Where a path goes that was tested. */
export type EmitTruth<D extends Domain> = (state: State<D>, truth: boolean) => void;

/**
 * How a test can end: it holds, or does not, in the state that was tested; both, then what is given is a second state,
 * in which it does not hold; or there is no such path.
 */
export type Ways<D extends Domain> = boolean | State<D> | undefined;

export interface Test<D extends Domain> {
  /** Only where all that is asked can be evaluated in one way. */
  readonly ways: ((state: State<D>, frame: Frame) => Ways<D>) | undefined;
  /** Emits each truth value that the condition can have, with what is then known. Takes the state over. */
  readonly each: (state: State<D>, frame: Frame, emit: EmitTruth<D>) => void;
}

/** What code is made for: one function, as one executor walks it. */
export interface Context<D extends Domain> {
  readonly x: Executor<D>;
  readonly definition: CFunction;
  readonly file: SourceFile;
  code(e: Expression): Code<D>;
  test(e: Expression): Test<D>;
  place(e: Expression): Place;
  isLocal(name: string): boolean;
}

/** Code that always has one way to go on. */
export function single<D extends Domain>(one: One<D>): Code<D> {
  return { one, each: (state, frame, emit) => emit(state, one(state, frame)) };
}

/** Code that may go several ways, or none. */
export function several<D extends Domain>(each: Code<D>["each"]): Code<D> {
  return { one: undefined, each };
}

/** Code that does something with the value of other code. */
export function withValue<D extends Domain>(
  code: Code<D>,
  use: (state: State<D>, frame: Frame, value: Value) => Value,
): Code<D> {
  const { one, each } = code;
  if (one) return single((state, frame) => use(state, frame, one(state, frame)));
  return several((state, frame, emit) =>
    each(state, frame, (after, value) => emit(after, use(after, frame, value))),
  );
}

/** Evaluates one after the other; the value is the last one's. */
export function sequence<D extends Domain>(codes: readonly Code<D>[]): Code<D> {
  if (codes.length === 1) return codes[0]!;
  const ones = allOne(codes);
  if (ones)
    return single((state, frame) => {
      let value = unknown;
      for (const one of ones) value = one(state, frame);
      return value;
    });
  return several((state, frame, emit) => {
    const from = (s: State<D>, i: number, last: Value): void => {
      if (i >= codes.length) return emit(s, last);
      codes[i]!.each(s, frame, (after, value) => from(after, i + 1, value));
    };
    from(state, 0, unknown);
  });
}

/** Evaluates a list, from the first to the last, and gives the values to `use`. */
export function eachList<D extends Domain>(
  codes: readonly Code<D>[],
  state: State<D>,
  frame: Frame,
  use: (state: State<D>, values: readonly Value[]) => void,
): void {
  const from = (s: State<D>, values: readonly Value[]): void => {
    const code = codes[values.length];
    if (!code) return use(s, values);
    if (code.one) return from(s, [...values, code.one(s, frame)]);
    code.each(s, frame, (after, value) => from(after, [...values, value]));
  };
  from(state, []);
}

/** The ways of one outcome of all, when each has one. */
export function allOne<D extends Domain>(codes: readonly Code<D>[]): readonly One<D>[] | undefined {
  const ones: One<D>[] = [];
  for (const { one } of codes) {
    if (!one) return undefined;
    ones.push(one);
  }
  return ones;
}

/** The values of a list of code with one outcome each. */
export function values<D extends Domain>(
  ones: readonly One<D>[],
  state: State<D>,
  frame: Frame,
): readonly Value[] {
  if (ones.length === 0) return none;
  const list: Value[] = [];
  for (const one of ones) list.push(one(state, frame));
  return list;
}

const none: readonly Value[] = [];
