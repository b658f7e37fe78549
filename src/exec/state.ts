/** What is true at one point of one path. A state has one holder, who may change it; who needs two makes a copy. */
import type { CFunction } from "../c/source.js";
import { joined, mix } from "./hash.js";
import type { Mask } from "./mask.js";
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

/** A failure of which no more is known: too many were to be told apart. */
export const someFailure: Failure = { file: "", line: 0, what: "" };

/** What the subject under analysis adds to the state: immutable, equal when its number is equal. */
export interface Domain {
  readonly number: number;
}

const failures = new Map<string, number>();
const failureNumbers = new WeakMap<Failure, number>();

function numberOf(failure: Failure): number {
  let number = failureNumbers.get(failure);
  if (number === undefined) {
    number = numberByContent(failure);
    failureNumbers.set(failure, number);
  }
  return number;
}

function numberByContent({ file, line, what }: Failure): number {
  const key = `${file}:${line}:${what}`;
  let number = failures.get(key);
  if (number === undefined) {
    number = failures.size + 1;
    failures.set(key, number);
  }
  return number;
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
  key(): number {
    const { low, high } = this.locals.content;
    return this.keyWith(low, high);
  }

  /** As `key`, with something else in the place of the locals. */
  keyWith(low: number, high: number): number {
    const { domain, failure } = this;
    const { content } = this.cells;
    const rest = mix(domain.number, failure === undefined ? 0 : numberOf(failure));
    return joined(mix(mix(low, content.low), rest), mix(mix(high, content.high), rest + 0x5bd1));
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

/** A place in the function that a frame runs. */
export function placeIn({ definition }: Frame, at: number): { file: string; line: number; function: string } {
  const { file } = definition;
  return { file: file.path, line: file.lines.line(at), function: definition.name };
}

/** Which function, from where: the stack of calls. */
export interface Frame {
  readonly definition: CFunction;
  readonly caller: Frame | undefined;
  readonly depth: number;
  /** What is looked at after the call; undefined when nobody can tell. Of a function that is being walked: at its current node. */
  live?: Mask | undefined;
}
