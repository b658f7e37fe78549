/** What is true at one point of one path. A state has one holder, who may change it; who needs two makes a copy. */
import type { CFunction } from "../c/source.js";
import type { Store } from "./store.js";
import type { Value } from "./value.js";

/** A step of a path worth telling: the witness is made of these. */
export interface TraceStep {
  readonly previous: TraceStep | undefined;
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly event: string;
  /** What is known after the step, in words. */
  readonly state: string;
}

/** Why the path turned to its error handling, last of all. */
export interface Failure {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

/** What the subject under analysis adds to the state: immutable, equal when its key is equal. */
export interface Domain {
  readonly key: string;
}

export class State<D extends Domain = Domain> {
  constructor(
    /** Fields, globals and locals whose address was taken, by cell name. */
    public cells: Store,
    /** Locals of the function that runs. */
    public locals: Store,
    public domain: D,
    public trace: TraceStep | undefined,
    public failure: Failure | undefined,
  ) {}

  copy(): State<D> {
    return new State(this.cells.copy(), this.locals.copy(), this.domain, this.trace, this.failure);
  }

  /** Equal for states between which no later step can tell the difference; how they came about does not count. */
  key(): string {
    return `${this.locals.key()}#${this.cells.key()}#${this.domain.key}#${this.failure ? `${this.failure.file}:${this.failure.line}` : ""}`;
  }
}

/** One way in which a function ends. */
export interface Outcome<D extends Domain = Domain> {
  readonly state: State<D>;
  readonly value: Value;
}

/** The steps from the first to the last. */
export function steps(trace: TraceStep | undefined): TraceStep[] {
  const list: TraceStep[] = [];
  for (let step = trace; step; step = step.previous) list.push(step);
  return list.reverse();
}

/** Which function, from where: the stack of calls. */
export interface Frame {
  readonly definition: CFunction;
  readonly caller: Frame | undefined;
  readonly depth: number;
}
