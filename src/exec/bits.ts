/** Bits of a word, `flags & READY`: each has a cell of its own, so that a word need not be known whole. */
import { tokenize } from "../c/lexer.js";
import { parseExpression } from "../c/parser.js";
import { render } from "../c/render.js";
import type { SourceFile } from "../c/source.js";
import type { Expression } from "../c/syntax.js";
import { cellName, cellNumber, fieldOf } from "./cell-names.js";
import type { Cell } from "./cells.js";
import type { Context } from "./code.js";
import { constantOf } from "./constants.js";
import type { Executor } from "./executor.js";
import type { Domain, State } from "./state.js";
import { one, Sign, unknown, type Value, zero } from "./value.js";

/** The cell that holds whether any bit of a mask is set in a word. */
export function bitCell(word: string, mask: Expression): string {
  return `${word}&${render(mask)}`;
}

/** Finds the number of `bitCell` for a word's cell. */
export function suffixed(mask: Expression): (word: Cell) => number {
  return extended(`&${render(mask)}`);
}

/** Finds the number of the cell whose name is a cell's with something behind it. */
export function extended(suffix: string): (word: Cell) => number {
  const known = new Map<Cell, number>();
  return (word) => {
    let number = known.get(word);
    if (number === undefined) {
      number = cellNumber(word.name + suffix);
      known.set(word, number);
    }
    return number;
  };
}

/**
 * The cell that holds how the bits of a mask compare with a constant: `(flags & TYPE) < TYPE_3`. The opposite
 * comparison is the same cell.
 */
export function comparedBits(
  e: Expression,
): { readonly word: Expression; readonly suffix: string; readonly negated: boolean } | undefined {
  if (e.kind !== "binary" || e.left.kind !== "binary" || e.left.operator !== "&") return undefined;
  const negated = opposites[e.operator];
  if (negated === undefined || (e.right.kind !== "name" && e.right.kind !== "number")) return undefined;
  const operator = negated === "" ? e.operator : negated;
  const suffix = `&${render(e.left.right)}${operator}${render(e.right)}`;
  return { word: e.left.left, suffix, negated: negated !== "" };
}

/** Comparisons, with the one of which each is the opposite. */
const opposites: Readonly<Record<string, string | undefined>> = {
  "<": "",
  ">": "",
  "==": "",
  ">=": "<",
  "<=": ">",
  "!=": "==",
};

/**
 * Finds what an assignment to a word makes of the bits that count.
 * @param operator `=`, `|=`, `&=`, …
 * @param e what is assigned, or the operand of `|=`
 * @returns the cells of the bits that are known after it; those of others are to be forgotten
 */
export function bitsAfter<D extends Domain>(
  c: Context<D>,
  operator: string,
  e: Expression,
): (cell: Cell, value: Value, state: State<D>) => ReadonlyMap<number, Value> {
  const source = operator === "=" ? c.place(e) : undefined;
  return (cell, value, state) => {
    const asked = cell.local ? none : c.x.program.bits(fieldOf(cell.name));
    if (asked.length === 0 && state.locals.content.bits === 0 && state.cells.content.bits === 0)
      return nothing;
    return knownAfter(c, operator, e, asked, cell, source?.(state), value, state);
  };
}

/**
 * @param asked the masks that count whatever is known
 * @param from the cell of which the value is a copy
 */
function knownAfter<D extends Domain>(
  c: Context<D>,
  operator: string,
  e: Expression,
  asked: readonly string[],
  cell: Cell,
  from: Cell | undefined,
  value: Value,
  state: State<D>,
): ReadonlyMap<number, Value> {
  const { x, file } = c;
  const { facts } = x;
  const map = cell.local ? state.locals : state.cells;
  const known = new Map<number, Value>(from ? copied(x, cell, from, state) : []);
  const spelt = map.bitsOf(cell.number).map((bit) => cellName(bit).slice(cell.name.length + 1));
  for (const text of spelt.length === 0 ? asked : new Set([...spelt, ...asked])) {
    const bit = cellNumber(`${cell.name}&${text}`);
    if (!cell.local && !facts.keeps(bit)) continue;
    if (known.has(bit) || /[<>=]/.test(text)) continue; // a comparison tells nothing of other values
    const before = map.at(bit) ?? (cell.local ? undefined : facts.untouched(bit, file));
    const after = bitAfter(x, text, operator, e, value, before, file);
    if (after) known.set(bit, after);
    else if (!cell.local && facts.untouched(bit, file) !== unknown) known.set(bit, unknown);
  }
  return known;
}

const none: readonly string[] = [];
const nothing: ReadonlyMap<number, Value> = new Map();

/** `saved = p->flags`: a copy's bits are the original's. */
function copied<D extends Domain>(
  x: Executor<D>,
  cell: Cell,
  from: Cell,
  state: State<D>,
): [number, Value][] {
  const map = from.local ? state.locals : state.cells;
  return map
    .bitsOf(from.number)
    .map((bit): [number, Value] => [
      cellNumber(cell.name + cellName(bit).slice(from.name.length)),
      map.at(bit)!,
    ])
    .filter(([bit]) => cell.local || x.facts.keeps(bit));
}
function bitAfter<D extends Domain>(
  x: Executor<D>,
  mask: string,
  operator: string,
  e: Expression,
  value: Value,
  before: Value | undefined,
  file: SourceFile,
): Value | undefined {
  switch (operator) {
    case "=": {
      if (value.signs === Sign.zero) return zero;
      const part = overlap(x, mask, e, file);
      return part === "all" || part === "some"
        ? one
        : part === "none" && isNumber(x, e, file)
          ? zero
          : undefined;
    }
    case "|=":
      return overlap(x, mask, e, file) === "none" ? before : one;
    case "&=": {
      const clears = e.kind === "unary" && e.operator === "~";
      const part = overlap(x, mask, clears ? e.operand : e, file);
      if (part === "some") return before?.signs === Sign.zero ? before : undefined;
      if (clears) return part === "all" ? zero : before;
      return part === "all" || before?.signs === Sign.zero ? before : isNumber(x, e, file) ? zero : undefined;
    }
    default:
      return operator === "^=" && overlap(x, mask, e, file) === "none" ? before : undefined;
  }
}

/** Whether the bits of a mask are among those of an expression. Masks whose numbers are not known are the same when spelt so. */
function overlap<D extends Domain>(
  x: Executor<D>,
  mask: string,
  e: Expression,
  file: SourceFile,
): "none" | "some" | "all" {
  if (alternatives(e).includes(mask)) return "all";
  const wanted = numberOf(x, expressionOf(mask), file);
  const there = numberOf(x, e, file);
  if (wanted === undefined || there === undefined) return "none";
  const common = BigInt(wanted) & BigInt(there);
  return common === 0n ? "none" : common === BigInt(wanted) ? "all" : "some";
}

/** The masks in `A | B | C`. */
function alternatives(e: Expression): readonly string[] {
  return e.kind === "binary" && e.operator === "|"
    ? [...alternatives(e.left), ...alternatives(e.right)]
    : [render(e)];
}

function isNumber<D extends Domain>(x: Executor<D>, e: Expression, file: SourceFile): boolean {
  return numberOf(x, e, file) !== undefined;
}

function numberOf<D extends Domain>(
  x: Executor<D>,
  e: Expression | undefined,
  file: SourceFile,
): number | undefined {
  const number = e && constantOf(x, e, file).constant;
  return Number.isSafeInteger(number) ? number : undefined;
}

const expressions = new Map<string, Expression | null>();

function expressionOf(text: string): Expression | undefined {
  let e = expressions.get(text);
  if (e === undefined) {
    const tokens = tokenize(text);
    e = parseExpression(tokens, 0, tokens.count) ?? null;
    expressions.set(text, e);
  }
  return e ?? undefined;
}
