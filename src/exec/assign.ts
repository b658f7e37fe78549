/** Assignments: what a store changes, and what is known of the bits of the word after it. */
import type { SourceFile } from "../c/source.js";
import type { Expression } from "../c/syntax.js";
import { bitsAfter } from "./bits.js";
import type { CellFacts } from "./cell-facts.js";
import { type Cell, readCell, typeOf } from "./cells.js";
import { type Code, type Context, several, single } from "./code.js";
import type { Domain, State } from "./state.js";
import type { Store } from "./store.js";
import { binary, Sign, signed, unknown, type Value } from "./value.js";

/** Makes an assignment ready: the value, then the target's own side effects (`*next++ = v`, `get(x)->f = v`), then the store. */
export function assignment<D extends Domain>(
  c: Context<D>,
  e: Extract<Expression, { kind: "assign" }>,
): Code<D> {
  const { target, operator } = e;
  const value = c.code(e.value);
  const inner =
    target.kind === "member" || target.kind === "index"
      ? c.code(target.object)
      : target.kind === "unary"
        ? c.code(target.operand)
        : undefined;
  const place = c.place(target);
  const put = storeInto(c, target);
  const bits = bitsAfter(c, operator, e.value);
  const counts = operator === "+=" || operator === "-=";
  const store = (state: State<D>, given: Value): Value => {
    const cell = place(state);
    const known = cell && bits(cell, given, state);
    const next =
      operator === "="
        ? given
        : combined(operator.slice(0, -1), cell ? readCell(cell, state) : unknown, given, counts);
    if (cell) put(cell, state, next, known);
    return next;
  };
  const first = value.one;
  const second = inner ? inner.one : nothing;
  if (first && second)
    return single((state, frame) => {
      const given = first(state, frame);
      second(state, frame);
      return store(state, given);
    });
  return several((state, frame, emit) =>
    value.each(state, frame, (s, given) => {
      if (inner) inner.each(s, frame, (s2) => emit(s2, store(s2, given)));
      else emit(s, store(s, given));
    }),
  );
}

function nothing(): Value {
  return unknown;
}

function combined(operator: string, old: Value, value: Value, counts: boolean): Value {
  // A counter loses its count: loops would never end otherwise.
  const before = counts && old.constant !== undefined && old.constant !== 0 ? signed(old.signs) : old;
  return binary(operator, before, value);
}

/** Stores a value where an lvalue says; of the word's bits nothing is known afterwards. */
export function storeOf<D extends Domain>(c: Context<D>, target: Expression): Storing<D> {
  return storing(c, target, undefined);
}

/** As `storeOf`, of a value that tells no news: what is known of the word's bits stays. */
export function noteOf<D extends Domain>(c: Context<D>, target: Expression): Storing<D> {
  return storing(c, target, "as they are");
}

type Storing<D extends Domain> = (state: State<D>, value: Value) => void;

function storing<D extends Domain>(
  c: Context<D>,
  target: Expression,
  bits: "as they are" | undefined,
): Storing<D> {
  const place = c.place(target);
  const put = storeInto(c, target);
  return (state, value) => {
    const cell = place(state);
    if (cell) put(cell, state, value, bits);
  };
}

/** How to put a value into the cell that a target was found to name. What is known of other bits than those given goes. */
function storeInto<D extends Domain>(
  c: Context<D>,
  target: Expression,
): (
  cell: Cell,
  state: State<D>,
  value: Value,
  bits: ReadonlyMap<number, Value> | "as they are" | undefined,
) => void {
  const { x, file } = c;
  const { facts } = x;
  return (cell, state, value, bits) => {
    const { local, number } = cell;
    if (!local && bits !== "as they are" && x.model.ownsCell?.(cell.name, file)) return;
    const map = local ? state.locals : state.cells;
    if (bits !== "as they are" && (map.content.bits !== 0 || (bits && bits.size > 0)))
      replaceBits(facts, map, number, bits, file);
    if (value.origin !== undefined && (typeOf(target, c, x.program)?.pointers ?? 0) > 0)
      x.origins.isPointer(value.origin);
    const informative = value.signs !== Sign.any || value.target !== undefined || value.origin !== undefined;
    if (!local) facts.untouched(number, file);
    if (informative && (local || facts.keeps(number))) map.put(number, value);
    else if (local) map.drop(number);
    else facts.forget(map, number, file);
  };
}

/** Puts what is known of a word's bits in the place of what was known of them. */
function replaceBits(
  facts: CellFacts,
  map: Store,
  word: number,
  bits: ReadonlyMap<number, Value> | undefined,
  file: SourceFile,
): void {
  for (const bit of map.bitsOf(word)) if (!bits?.has(bit)) facts.forget(map, bit, file);
  if (bits) for (const [bit, known] of bits) map.put(bit, known);
}
