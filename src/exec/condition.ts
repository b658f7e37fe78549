/** Conditions: which ways a test can go, and what each way teaches about the values in it. */

import { render } from "../c/render.js";
import type { Expression } from "../c/syntax.js";
import { comparedBits, extended, suffixed } from "./bits.js";
import { cellNumber } from "./cell-names.js";
import { readCell, typeOf } from "./cells.js";
import type { Code, Context, Test, Ways } from "./code.js";
import { functionInfo } from "./function.js";
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

/** Makes a condition ready to be tested. */
export function makeTest<D extends Domain>(c: Context<D>, e: Expression): Test<D> {
  if (e.kind === "binary") {
    if (e.operator === "&&" || e.operator === "||") return both(c, e.left, e.right, e.operator === "&&");
    if (opposite[e.operator]) return compare(c, e);
    if (e.operator === "&") return testBits(c, e);
  }
  if (e.kind === "unary" && e.operator === "!") {
    const inner = c.test(e.operand);
    return forking((state, frame, emit) => inner.each(state, frame, (s, truth) => emit(s, !truth)));
  }
  if (e.kind === "call" && e.callee.kind === "name") {
    const asked = questions[e.callee.name];
    const subject = e.arguments[0];
    if (asked !== undefined && subject) {
      const fork = split(c, subject, asked);
      return onValue(c.code(subject), (state, _, value) => fork(state, value));
    }
  }
  const asPointer = pointerAsked(c, e);
  const fork = split(c, e, Sign.nonzero);
  const learn = learner(c, e);
  return onValue(c.code(e), (state, frame, value) => {
    const taken = asPointer(value, frame);
    if (taken !== value) learn(state, value, taken.signs);
    return fork(state, taken);
  });
}

function forking<D extends Domain>(each: Test<D>["each"]): Test<D> {
  return { ways: undefined, each };
}

/** `left && right`, or `left || right`. */
function both<D extends Domain>(c: Context<D>, left: Expression, right: Expression, and: boolean): Test<D> {
  const first = c.test(left);
  return forking((state, frame, emit) =>
    first.each(state, frame, (s, truth) => {
      if (truth === and) c.test(right).each(s, frame, emit);
      else emit(s, truth);
    }),
  );
}

/** A test of code's value. */
function onValue<D extends Domain>(
  code: Code<D>,
  fork: (state: State<D>, frame: Frame, value: Value) => Ways<D>,
): Test<D> {
  const { one: first } = code;
  return {
    ways: first && ((state, frame) => fork(state, frame, first(state, frame))),
    each: (state, frame, emit) => code.each(state, frame, (s, value) => tell(s, fork(s, frame, value), emit)),
  };
}

/** Emits the ways that a test can go. */
function tell<D extends Domain>(
  state: State<D>,
  ways: Ways<D>,
  emit: (state: State<D>, truth: boolean) => void,
): void {
  if (ways === undefined) return;
  if (typeof ways === "boolean") return emit(state, ways);
  emit(state, true);
  emit(ways, false);
}

/** Who asks whether a pointer is NULL takes it for granted that it is no ERR_PTR(). */
function pointerAsked<D extends Domain>(c: Context<D>, e: Expression): (value: Value, frame: Frame) => Value {
  const { x } = c;
  const isGiven = e.kind === "name" && functionInfo(c.definition).given.has(e.name);
  return (value, frame) => {
    if (!(value.signs & Sign.negative) || !(value.signs & Sign.positive)) return value;
    if (!typeOf(e, c, x.program)?.pointers) return value;
    const trusted = (isGiven || value.origin !== undefined) && x.model.trustsPointers(frame);
    return refine(value, trusted ? Sign.positive : Sign.positive | Sign.zero) ?? value;
  };
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
  c: Context<D>,
  e: Expression,
  trueSigns: number,
): (state: State<D>, value: Value) => Ways<D> {
  const learn = learner(c, e);
  return (state, value) => {
    const yes = value.signs & trueSigns;
    const no = value.signs & ~trueSigns;
    if (!yes || !no) return yes !== 0;
    const other = state.copy();
    learn(state, value, yes);
    learn(other, value, no);
    return other;
  };
}

/** Notes that the value of `e`, as it was evaluated, has only some signs. */
function learner<D extends Domain>(
  c: Context<D>,
  e: Expression,
): (state: State<D>, value: Value, signs: number) => void {
  const { x } = c;
  const named = strip(e);
  const place = c.place(named);
  // A predicate asked twice answers the same: `if (is_vf(pdev))`. Kept only when asked elsewhere too, and no failure.
  const predicate =
    named.kind === "call" && named.callee.kind === "name" ? predicateNumber(named) : undefined;
  return (state, value, signs) => {
    if (predicate !== undefined && x.facts.keeps(predicate)) {
      state.cells.put(predicate, signed(signs));
      return;
    }
    if (value.origin !== undefined) x.origins.refine(state, value.origin, signs);
    const cell = place(state);
    if (cell) {
      if (!cell.local && !x.facts.keeps(cell.number)) return;
      const held = readCell(cell, state);
      const refined = refine(held, signs);
      if (refined && refined !== held) (cell.local ? state.locals : state.cells).put(cell.number, refined);
    }
  };
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
  return cellNumber(predicateCell(call));
}

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

type Comparison = Extract<Expression, { kind: "binary" }>;

function compare<D extends Domain>(c: Context<D>, e: Comparison): Test<D> {
  const left = c.code(e.left);
  const right = c.code(e.right);
  const fork = comparison(c, e);
  const known = comparedBefore(c, e);
  const answer = (state: State<D>, a: Value, b: Value): Ways<D> => {
    const before = known?.(state);
    if (!before) return fork(state, a, b);
    if (before.answer !== undefined) return before.answer;
    const ways = fork(state, a, b);
    if (ways !== undefined) before.note(state, ways !== false);
    if (typeof ways === "object") before.note(ways, false);
    return ways;
  };
  if (left.one && right.one) {
    const first = left.one;
    const second = right.one;
    const ways = (state: State<D>, frame: Frame): Ways<D> => {
      const a = first(state, frame);
      return answer(state, a, second(state, frame));
    };
    return { ways, each: (state, frame, emit) => tell(state, ways(state, frame), emit) };
  }
  return forking((state, frame, emit) =>
    left.each(state, frame, (s, a) => right.each(s, frame, (s2, b) => tell(s2, answer(s2, a, b), emit))),
  );
}

/** What is known of a comparison of bits that was made before on this path, and how to note what it comes to. */
interface Before<D extends Domain> {
  readonly answer: boolean | undefined;
  note(state: State<D>, truth: boolean): void;
}

function comparedBefore<D extends Domain>(
  c: Context<D>,
  e: Comparison,
): ((state: State<D>) => Before<D> | undefined) | undefined {
  const bits = comparedBits(e);
  if (!bits) return undefined;
  const place = c.place(strip(bits.word));
  const find = extended(bits.suffix);
  const { negated } = bits;
  return (state) => {
    const word = place(state);
    if (!word) return undefined;
    const cell = find(word);
    if (!word.local && !c.x.facts.keeps(cell)) return undefined;
    const held = (word.local ? state.locals : state.cells).at(cell);
    return {
      answer: held && (held === one) !== negated,
      note: (s, truth) => (word.local ? s.locals : s.cells).put(cell, truth === negated ? zero : one),
    };
  };
}

/** Goes the ways that two values allow to a comparison, and notes what each teaches about them. */
function comparison<D extends Domain>(
  c: Context<D>,
  e: Comparison,
): (state: State<D>, left: Value, right: Value) => Ways<D> {
  const { operator } = e;
  const contrary = opposite[operator]!;
  const learnLeft = learner(c, e.left);
  const learnRight = learner(c, e.right);
  const hold = holder(c, e);
  // `for (i = 0; i < n; i++)`: what an index is compared with is a count, and no count is negative.
  const counts = operator === "<" && e.left.kind === "name";
  const allows = (asked: string, left: Value, right: Value): boolean =>
    !(asked === "<" && c.x.origins.isAtLeast(left, right)) &&
    (left.signs & signsWhere(asked, right)) !== 0 &&
    (right.signs & signsWhere(mirrored[asked]!, left)) !== 0;
  const teach = (asked: string, left: Value, right: Value, state: State<D>): void => {
    const leftSigns = left.signs & signsWhere(asked, right);
    const rightSigns = right.signs & signsWhere(mirrored[asked]!, left);
    if (leftSigns !== left.signs) learnLeft(state, left, leftSigns);
    if (rightSigns !== right.signs) learnRight(state, right, rightSigns);
    if (asked === "==") hold(state, left, right);
  };
  return (state, left, limit) => {
    const right = counts && left.constant === 0 ? (refine(limit, ~Sign.negative) ?? limit) : limit;
    const decided = binary(operator, left, right).constant;
    const yes = (decided === undefined || decided !== 0) && allows(operator, left, right);
    const no = (decided === undefined || decided === 0) && allows(contrary, left, right);
    if (!yes && !no) return undefined;
    const other = yes && no ? state.copy() : state;
    if (yes) teach(operator, left, right, state);
    if (no) teach(contrary, left, right, other);
    return yes && no ? other : yes;
  };
}

/** An equality with a known number gives the number to the side that is not known. */
function holder<D extends Domain>(
  c: Context<D>,
  e: Comparison,
): (state: State<D>, left: Value, right: Value) => void {
  const leftPlace = c.place(strip(e.left));
  const rightPlace = c.place(strip(e.right));
  return (state, left, right) => {
    const isRight = left.constant === undefined;
    const exact = isRight ? right : left;
    if (exact.constant === undefined || exact.constant === 0 || left.constant === right.constant) return;
    const cell = (isRight ? leftPlace : rightPlace)(state);
    if (cell && (cell.local || c.x.facts.keeps(cell.number)))
      (cell.local ? state.locals : state.cells).put(cell.number, exact);
  };
}

function testBits<D extends Domain>(c: Context<D>, e: Comparison): Test<D> {
  const place = c.place(strip(e.left));
  const bitOf = suffixed(e.right);
  const fork = split(c, e, Sign.nonzero);
  return onValue(c.code(e), (state, _, value) => {
    if (!(value.signs & Sign.zero) || value.signs === Sign.zero) return fork(state, value);
    const cell = place(state);
    const bit = cell && bitOf(cell);
    if (bit === undefined || !(cell!.local || c.x.facts.keeps(bit))) return fork(state, value);
    const other = state.copy();
    // A word with a bit set is not 0.
    const word = refine(readCell(cell!, state), Sign.nonzero);
    if (word && (cell!.local || c.x.facts.keeps(cell!.number)))
      (cell!.local ? state.locals : state.cells).put(cell!.number, word);
    (cell!.local ? state.locals : state.cells).put(bit, one);
    (cell!.local ? other.locals : other.cells).put(bit, zero);
    return other;
  });
}
