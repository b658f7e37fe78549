/** Conditions: which ways a test can go, and what each way teaches about the values in it. */

import { render } from "../c/render.js";
import type { Expression } from "../c/syntax.js";
import { bitCell, comparedBits } from "./bits.js";
import { cellNumber } from "./cell-names.js";
import { cellOf, readCell, typeOf } from "./cells.js";
import { evaluate } from "./evaluate.js";
import type { Executor } from "./executor.js";
import type { Domain, Frame, State } from "./state.js";
import {
  binary,
  mirrored,
  one,
  opposite,
  refine,
  Sign,
  signed,
  signsWhere,
  type Value,
  zero,
} from "./value.js";

export type EmitTruth<D extends Domain> = (state: State<D>, truth: boolean) => void;

/** Evaluates a condition and emits each truth value that it can have, with what is then known. */
export function test<D extends Domain>(
  x: Executor<D>,
  e: Expression,
  state: State<D>,
  frame: Frame,
  emit: EmitTruth<D>,
): void {
  if (e.kind === "binary") {
    if (e.operator === "&&")
      return test(x, e.left, state, frame, (s, truth) =>
        truth ? test(x, e.right, s, frame, emit) : emit(s, false),
      );
    if (e.operator === "||")
      return test(x, e.left, state, frame, (s, truth) =>
        truth ? emit(s, true) : test(x, e.right, s, frame, emit),
      );
    if (opposite[e.operator]) return compare(x, e, state, frame, emit);
    if (e.operator === "&") return testBits(x, e, state, frame, emit);
  }
  if (e.kind === "unary" && e.operator === "!")
    return test(x, e.operand, state, frame, (s, truth) => emit(s, !truth));
  if (e.kind === "call" && e.callee.kind === "name") {
    const asked = questions[e.callee.name];
    const subject = e.arguments[0];
    if (asked !== undefined && subject) {
      return evaluate(x, subject, state, frame, (s, value) =>
        split(x, subject, value, asked, s, frame, emit),
      );
    }
  }
  evaluate(x, e, state, frame, (s, value) =>
    split(x, e, asPointer(x, e, value, frame), Sign.nonzero, s, frame, emit),
  );
}

/** Who asks whether a pointer is NULL takes it for granted that it is no ERR_PTR(). */
function asPointer<D extends Domain>(x: Executor<D>, e: Expression, value: Value, frame: Frame): Value {
  if (!(value.signs & Sign.negative) || !(value.signs & Sign.positive)) return value;
  if (!typeOf(e, frame, x.program)?.pointers) return value;
  const trusted = value.origin !== undefined && x.model.trustsPointers(frame);
  return refine(value, trusted ? Sign.positive : Sign.positive | Sign.zero) ?? value;
}

/** Tests by name that ask for the sign of their argument: include/linux/err.h. */
const questions: Readonly<Record<string, number>> = {
  IS_ERR: Sign.negative,
  IS_ERR_VALUE: Sign.negative,
  IS_ERR_OR_NULL: Sign.negative | Sign.zero,
  likely: Sign.nonzero,
  unlikely: Sign.nonzero,
  WARN_ON: Sign.nonzero,
  WARN_ON_ONCE: Sign.nonzero,
  WARN: Sign.nonzero,
  WARN_ONCE: Sign.nonzero,
  BUG_ON: Sign.nonzero,
  drm_WARN_ON: Sign.nonzero,
};

/** Goes both ways, as far as the value allows; `trueSigns` are those for which the condition holds. */
function split<D extends Domain>(
  x: Executor<D>,
  e: Expression,
  value: Value,
  trueSigns: number,
  state: State<D>,
  frame: Frame,
  emit: EmitTruth<D>,
): void {
  const yes = value.signs & trueSigns;
  const no = value.signs & ~trueSigns;
  if (yes && no) {
    const other = state.copy();
    learn(x, e, value, yes, state, frame);
    emit(state, true);
    learn(x, e, value, no, other, frame);
    emit(other, false);
  } else emit(state, yes !== 0);
}

/** Notes that the value of `e`, as it was evaluated, has only these signs. */
function learn<D extends Domain>(
  x: Executor<D>,
  e: Expression,
  value: Value,
  signs: number,
  state: State<D>,
  frame: Frame,
): void {
  if (value.origin !== undefined) x.refineOrigin(state, value.origin, signs);
  const place = strip(e);
  const cell = cellOf(place, state, frame, x.program);
  if (cell) {
    if (!cell.local && !x.facts.keeps(cell.number)) return;
    const held = readCell(cell, state);
    const refined = refine(held, signs);
    if (refined && refined !== held) (cell.local ? state.locals : state.cells).put(cell.number, refined);
    return;
  }
  // A predicate asked twice answers the same: `if (is_vf(pdev))`. Kept only when asked elsewhere too.
  if (place.kind === "call" && place.callee.kind === "name" && value.origin === undefined) {
    const asked = predicateNumber(place);
    if (x.facts.keeps(asked)) state.cells.put(asked, signed(signs));
  }
}

/**
 * The cell that remembers a predicate's answer. Constants among the arguments are part of the question, objects are
 * not: a driver has one of each. `pci_msi_domain_supports(dev, MSI_FLAG_PCI_MSIX, …)` says nothing of another flag.
 */
export function predicateCell(call: Extract<Expression, { kind: "call" }>): string {
  return `predicate.${predicateOf(call)}`;
}

/** As `predicateCell`, by number. */
export function predicateNumber(call: Extract<Expression, { kind: "call" }>): number {
  let number = predicates.get(call);
  if (number === undefined) {
    number = cellNumber(predicateCell(call));
    predicates.set(call, number);
  }
  return number;
}

const predicates = new WeakMap<Expression, number>();

/** What a predicate asks: its name, and the constants that it is asked with. */
export function predicateOf(call: Extract<Expression, { kind: "call" }>): string {
  const constants = call.arguments.filter(
    (e) => e.kind === "number" || (e.kind === "name" && /^[A-Z][A-Z0-9_]*$/.test(e.name)),
  );
  return `${render(call.callee)}${constants.length > 0 ? `(${constants.map(render).join(",")})` : ""}`;
}

function strip(e: Expression): Expression {
  if (e.kind === "cast") return strip(e.operand);
  if (e.kind === "assign") return strip(e.target);
  if (e.kind === "comma") return strip(e.items[e.items.length - 1]!);
  return e;
}

function compare<D extends Domain>(
  x: Executor<D>,
  e: Extract<Expression, { kind: "binary" }>,
  state: State<D>,
  frame: Frame,
  emit: EmitTruth<D>,
): void {
  const bits = comparedBits(e);
  evaluate(x, e.left, state, frame, (s1, left) =>
    evaluate(x, e.right, s1, frame, (s2, right) => {
      const asked = bits && cellOf(strip(bits.word), s2, frame, x.program);
      const held = asked && cellNumber(asked.name + bits.suffix);
      const name = held !== undefined && (asked!.local || x.facts.keeps(held)) ? held : undefined;
      const answered = name !== undefined && (asked!.local ? s2.locals : s2.cells).at(name);
      if (answered) return emit(s2, (answered === one) !== bits!.negated);
      const both = (truth: boolean, s: State<D>): boolean => {
        const operator = truth ? e.operator : opposite[e.operator]!;
        const leftSigns = left.signs & signsWhere(operator, right);
        const rightSigns = right.signs & signsWhere(mirrored[operator]!, left);
        const decided = binary(e.operator, left, right);
        if (decided.constant !== undefined && (decided.constant !== 0) !== truth) return false;
        if (!leftSigns || !rightSigns) return false;
        if (leftSigns !== left.signs) learn(x, e.left, left, leftSigns, s, frame);
        if (rightSigns !== right.signs) learn(x, e.right, right, rightSigns, s, frame);
        if (operator === "==") hold(x, e, left, right, s, frame);
        return true;
      };
      const other = s2.copy();
      const note = (s: State<D>, truth: boolean) => {
        if (name !== undefined)
          (asked!.local ? s.locals : s.cells).put(name, truth === bits!.negated ? zero : one);
      };
      if (both(true, s2)) {
        note(s2, true);
        emit(s2, true);
      }
      if (both(false, other)) {
        note(other, false);
        emit(other, false);
      }
    }),
  );
}

/** An equality with a known number gives the number to the side that is not known. */
function hold<D extends Domain>(
  x: Executor<D>,
  e: Extract<Expression, { kind: "binary" }>,
  left: Value,
  right: Value,
  state: State<D>,
  frame: Frame,
): void {
  const [side, exact] = left.constant === undefined ? [e.left, right] : [e.right, left];
  if (exact.constant === undefined || exact.constant === 0 || left.constant === right.constant) return;
  const cell = cellOf(strip(side), state, frame, x.program);
  if (cell && (cell.local || x.facts.keeps(cell.number)))
    (cell.local ? state.locals : state.cells).put(cell.number, exact);
}

function testBits<D extends Domain>(
  x: Executor<D>,
  e: Extract<Expression, { kind: "binary" }>,
  state: State<D>,
  frame: Frame,
  emit: EmitTruth<D>,
): void {
  evaluate(x, e, state, frame, (s, value) => {
    const cell = cellOf(strip(e.left), s, frame, x.program);
    if (
      !cell ||
      !(value.signs & Sign.zero) ||
      value.signs === Sign.zero ||
      !(cell.local || x.facts.keeps(cellNumber(bitCell(cell.name, e.right))))
    )
      return split(x, e, value, Sign.nonzero, s, frame, emit);
    const bit = cellNumber(bitCell(cell.name, e.right));
    const map = (which: State<D>) => (cell.local ? which.locals : which.cells);
    const other = s.copy();
    map(s).put(bit, one);
    emit(s, true);
    map(other).put(bit, zero);
    emit(other, false);
  });
}
