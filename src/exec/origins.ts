/** What calls gave: a name for each result, by which all that holds it is refined together, and what is known of it. */
import type { CFunction } from "../c/source.js";
import { type Domain, type Failure, type Frame, placeIn, type State } from "./state.js";
import type { Store } from "./store.js";
import { refine, Sign, signed, type Value, withoutOrigin } from "./value.js";

const names = new WeakMap<CFunction, Map<number, string>>();

/** Names the result of the call at a place. */
export function originAt(definition: CFunction, at: number): string {
  let inFunction = names.get(definition);
  if (!inFunction) {
    inFunction = new Map();
    names.set(definition, inFunction);
  }
  let name = inFunction.get(at);
  if (name === undefined) {
    name = `${definition.file.path}:${at}`;
    inFunction.set(at, name);
  }
  return name;
}

export class Origins<D extends Domain> {
  /** Those whose value was assigned to a pointer: NULL means failure there. */
  private readonly pointers = new Set<string>();
  /** What a call fails at when its result says so: its name and place. */
  private readonly failures = new Map<string, Failure>();

  constructor(
    private readonly tracksFailure: (state: State<D>) => boolean,
    private readonly isDetailed: (definition: CFunction) => boolean,
  ) {}

  /** What it means that a call failed; undefined where failures are not told apart. */
  failure(origin: string): Failure | undefined {
    return this.failures.get(origin);
  }

  /** A result was assigned to a pointer. */
  isPointer(origin: string): void {
    this.pointers.add(origin);
  }

  /** A new value that a call gave; what an earlier pass through the same call gave is no longer tied to it. */
  fresh(state: State<D>, frame: Frame, at: number, what: string): string {
    const origin = originAt(frame.definition, at);
    if (!this.failures.has(origin) && this.isDetailed(frame.definition)) {
      const { file, line } = placeIn(frame, at);
      this.failures.set(origin, { file, line, what });
    }
    untie(state.locals, origin);
    untie(state.cells, origin);
    return origin;
  }

  /** As `fresh`, for a number that is known to be at least another. */
  atLeast(least: Value, state: State<D>, frame: Frame, at: number, what: string): string {
    const origin = this.fresh(state, frame, at, what);
    this.least.set(origin, least);
    return origin;
  }

  /** Whether `value < bound` cannot hold, since the value is at least that much. */
  isAtLeast(value: Value, bound: Value): boolean {
    const least = value.origin === undefined ? undefined : this.least.get(value.origin);
    if (!least) return false;
    if (least.constant !== undefined && bound.constant !== undefined) return bound.constant <= least.constant;
    if (least.origin !== undefined) return least.origin === bound.origin;
    return least.target?.kind === "named" && least.target === bound.target;
  }

  private readonly least = new Map<string, Value>();

  /**
   * As `fresh`, for the answer of a predicate that is asked elsewhere too: whoever learns of the one learns of the other.
   * @param predicate the number of its cell
   */
  asks(predicate: number, state: State<D>, frame: Frame, at: number, what: string): string {
    const origin = this.fresh(state, frame, at, what);
    this.predicates.set(origin, predicate);
    return origin;
  }

  private readonly predicates = new Map<string, number>();

  /** Narrows every holder of a call's result. Says why the path fails, when that is what the result means. */
  refine(state: State<D>, origin: string, signs: number): void {
    narrow(state.locals, origin, signs);
    narrow(state.cells, origin, signs);
    const predicate = this.predicates.get(origin);
    if (predicate !== undefined) {
      state.cells.put(predicate, signed(signs));
      return;
    }
    const failed = this.pointers.has(origin)
      ? !(signs & Sign.positive)
      : !(signs & Sign.zero) && signs & Sign.negative;
    if (failed && this.tracksFailure(state)) state.failure = this.failures.get(origin) ?? state.failure;
  }
}

/** Values are no longer tied to the call that gave them. */
function untie(map: Store, origin: string): void {
  for (const cell of map.cellsOf(origin)) map.put(cell, withoutOrigin(map.at(cell)!));
}

/** Leaves fewer signs to the values that a call gave, and unties them: they have told what they could. */
function narrow(map: Store, origin: string, signs: number): void {
  for (const cell of map.cellsOf(origin)) {
    const refined = refine(map.at(cell)!, signs);
    if (refined) map.put(cell, withoutOrigin(refined));
  }
}
