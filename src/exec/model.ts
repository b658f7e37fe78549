/** What the executor is told of its subject: which calls mean something there, and what a state is asked. */
import type { CFunction, SourceFile } from "../c/source.js";
import type { Expression } from "../c/syntax.js";
import type { Executor } from "./executor.js";
import type { Deeds } from "./guards.js";
import type { Domain, Frame, State } from "./state.js";
import type { Value } from "./value.js";

/** A call as a primitive sees it. */
export interface PrimitiveCall<D extends Domain> {
  readonly name: string;
  readonly arguments: readonly Value[];
  readonly expressions: readonly Expression[];
  readonly state: State<D>;
  readonly frame: Frame;
  readonly at: number;
}

export type Emit<D extends Domain> = (state: State<D>, value: Value) => void;

/** What a call does when a row says so, rather than source. */
export type Primitive<D extends Domain> = (
  call: PrimitiveCall<D>,
  emit: Emit<D>,
  executor: Executor<D>,
) => void;

/** The subject's part: which calls are primitives, and which cells always count. */
export interface Model<D extends Domain> {
  primitive(name: string): Primitive<D> | undefined;
  /** The functions that a primitive may call, besides those that its arguments name. */
  callees?(name: string): readonly CFunction[];
  /** Cells that are kept whatever the limits: the subject's own. */
  keepsCell(name: string): boolean;
  /** Cells that the subject's own files alone set: another file that writes one changes nothing. */
  ownsCell?(name: string, writer: SourceFile): boolean;
  /** Whether the subject puts values into fields of that name itself, so that they count as long as they are asked for. */
  givesField?(name: string): boolean;
  /** Whether it matters, in this state, why a path turns to its error handling. */
  tracksFailure(state: State<D>): boolean;
  /** Whether a pointer that a call gave in a frame is taken for valid when it is asked for NULL. */
  trustsPointers(frame: Frame): boolean;
  /** Whether a call that is not followed and hands pointers out, `get(pdev, &priv)`, succeeds in a frame. */
  trustsLookups?(frame: Frame): boolean;
  /** What a primitive does, for branches that guard only an undoing (guards.ts); undefined when it is none of that. */
  deeds?(name: string): Deeds | undefined;
  /** What a state has to undo, and what may be undone for another end than to end. */
  undoes?(state: State<D>): { readonly undone: Deeds; readonly kept: Deeds };
  /** The state in words, for witnesses. */
  describe(state: State<D>): string;
  /** Whether witnesses tell which way each branch went. */
  readonly tellsBranches?: boolean;
}
