/**
 * Values as far as paths depend on them. A number is known by its sign, sometimes exactly. A pointer uses the same
 * three signs: NULL is zero, a valid pointer positive, an ERR_PTR() negative (include/linux/err.h), so that
 * `IS_ERR(p)`, `!p` and `ret < 0` are one kind of question.
 */

import type { CFunction, SourceFile } from "../c/source.js";
import type { Expression } from "../c/syntax.js";

export const Sign = { negative: 1, zero: 2, positive: 4, any: 7, nonzero: 5 } as const;

/** What a pointer is known to point to. */
export type Target =
  | { readonly kind: "function"; readonly name: string; readonly definition: CFunction | undefined }
  /** A file-level variable, such as an ops table, or a part of its initialiser. */
  | {
      readonly kind: "data";
      readonly name: string;
      readonly file: SourceFile;
      readonly initial: Expression | undefined;
    }
  /** A device or another object that the analysis tells apart by name. */
  | { readonly kind: "object"; readonly name: string }
  /** A local variable whose address was taken: the cell that holds it. */
  | { readonly kind: "cell"; readonly name: string }
  /** No pointer, but a number of which only its name is known: `FAILED`. Numbers of different names differ. */
  | { readonly kind: "named"; readonly name: string };

export interface Value {
  /** Canonical text: equal values have equal keys. */
  readonly key: string;
  /** Equal values have equal numbers. */
  readonly id: number;
  /** Bits of `Sign` that are possible. */
  readonly signs: number;
  readonly constant: number | undefined;
  readonly target: Target | undefined;
  /** The call whose result this is; values with one origin are refined together. */
  readonly origin: string | undefined;
}

const interned = new Map<string, Value>();
let nextId = 1;

function make(
  signs: number,
  constant: number | undefined,
  target: Target | undefined,
  origin: string | undefined,
): Value {
  const key = `${signs}|${constant ?? ""}|${target ? targetKey(target) : ""}|${origin ?? ""}`;
  let value = interned.get(key);
  if (!value) {
    value = { key, id: nextId++, signs, constant, target, origin };
    interned.set(key, value);
  }
  return value;
}

/** Functions and files are told apart by what they are: another tree, or another #ifdef branch, has the same names. */
const identities = new WeakMap<object, number>();
let nextIdentity = 1;

function identity(of: object): number {
  let number = identities.get(of);
  if (number === undefined) {
    number = nextIdentity++;
    identities.set(of, number);
  }
  return number;
}

function targetKey(target: Target): string {
  switch (target.kind) {
    case "function":
      return `f:${target.definition ? identity(target.definition) : ""}:${target.name}`;
    case "data":
      return `d:${identity(target.file)}:${target.name}`;
    case "object":
      return `o:${target.name}`;
    case "cell":
      return `c:${target.name}`;
    case "named":
      return `n:${target.name}`;
  }
}

export const unknown: Value = make(Sign.any, undefined, undefined, undefined);

const constants = new Map<number, Value>();

export function constant(value: number): Value {
  let known = constants.get(value);
  if (!known) {
    const sign = value < 0 ? Sign.negative : value === 0 ? Sign.zero : Sign.positive;
    known = Number.isNaN(value) ? unknown : make(sign, value, undefined, undefined);
    constants.set(value, known);
  }
  return known;
}

/** A value of which only the possible signs are known. */
export function signed(signs: number, origin?: string): Value {
  const row = rowOf(signedValues, origin);
  row[signs] ??= make(signs, signs === Sign.zero ? 0 : undefined, undefined, origin);
  return row[signs];
}

/** By origin, then by signs. */
const signedValues = new Map<string | undefined, Value[]>();
/** By value, then by the signs that are left of it. */
const refinedValues = new Map<Value, Value[]>();

function rowOf<K>(table: Map<K, Value[]>, key: K): Value[] {
  let row = table.get(key);
  if (!row) {
    row = [];
    table.set(key, row);
  }
  return row;
}

/** A valid pointer to something known. */
export function pointer(target: Target): Value {
  return make(Sign.positive, undefined, target, undefined);
}

/** A number of which only its name is known. */
export function named(name: string): Value {
  return make(Sign.any, undefined, { kind: "named", name }, undefined);
}

export const zero = constant(0);
export const one = constant(1);
export const negative = signed(Sign.negative);

/** The value with fewer possible signs; undefined when none is left. */
export function refine(value: Value, signs: number): Value | undefined {
  const left = value.signs & signs;
  if (left === 0) return undefined;
  if (left === value.signs) return value;
  const row = rowOf(refinedValues, value);
  row[left] ??= make(left, left === Sign.zero ? 0 : undefined, value.target, value.origin);
  return row[left];
}

/** Whether a value is one of those that another can be. A pointer to something known is so for its own sake. */
export function isPartOf(value: Value, whole: Value): boolean {
  if (value === whole) return true;
  return (
    (value.signs & ~whole.signs) === 0 &&
    (whole.constant === undefined || whole.constant === value.constant) &&
    whole.target === undefined &&
    whole.origin === undefined &&
    value.target === undefined
  );
}

/** The value without what ties it to the call it came from. */
export function withoutOrigin(value: Value): Value {
  return value.origin === undefined ? value : make(value.signs, value.constant, value.target, undefined);
}

/** `!value`: 0, 1 or either. */
export function not(value: Value): Value {
  if (value.signs === Sign.zero) return one;
  return value.signs & Sign.zero ? signed(Sign.zero | Sign.positive) : zero;
}

// biome-ignore format: a table reads better than a column
function fold(operator: string, a: number, b: number): number | undefined {
  switch (operator) {
    case "+": return a + b;
    case "-": return a - b;
    case "*": return a * b;
    case "/": return b === 0 ? undefined : Math.trunc(a / b);
    case "%": return b === 0 ? undefined : a % b;
    case "<<": return a * 2 ** b;
    case ">>": return Math.floor(a / 2 ** b);
    case "&": return Number(BigInt.asIntN(64, BigInt(a) & BigInt(b)));
    case "|": return Number(BigInt.asIntN(64, BigInt(a) | BigInt(b)));
    case "^": return Number(BigInt.asIntN(64, BigInt(a) ^ BigInt(b)));
    case "==": return Number(a === b);
    case "!=": return Number(a !== b);
    case "<": return Number(a < b);
    case ">": return Number(a > b);
    case "<=": return Number(a <= b);
    case ">=": return Number(a >= b);
    default: return undefined;
  }
}

/**
 * The result of a binary operator on two values.
 * Counters are not counted: the result of `+` on anything but two literals keeps a sign only, so that loops end.
 */
export function binary(operator: string, left: Value, right: Value): Value {
  if (
    left.constant !== undefined &&
    right.constant !== undefined &&
    Number.isSafeInteger(left.constant) &&
    Number.isSafeInteger(right.constant)
  ) {
    const folded = fold(operator, left.constant, right.constant);
    if (folded !== undefined && Number.isSafeInteger(folded)) return constant(folded);
  }
  const decided = compareSigns(operator, left, right);
  if (decided !== undefined) return decided ? one : zero;
  switch (operator) {
    case "==":
    case "!=":
    case "<":
    case ">":
    case "<=":
    case ">=":
      return signed(Sign.zero | Sign.positive);
    case "|":
      if ((left.signs | right.signs) === Sign.positive) return signed(Sign.positive);
      return !(left.signs & Sign.zero) || !(right.signs & Sign.zero) ? signed(Sign.nonzero) : unknown;
    case "&":
      return left.signs === Sign.zero || right.signs === Sign.zero ? zero : signed(Sign.any);
    case "+":
      return signed(sumSigns(left.signs, right.signs));
    default:
      return unknown;
  }
}

function sumSigns(a: number, b: number): number {
  let signs = 0;
  if (a & b & Sign.zero) signs |= Sign.zero;
  if ((a | b) & Sign.positive) signs |= Sign.positive;
  if ((a | b) & Sign.negative) signs |= Sign.negative;
  if ((a & Sign.positive && b & Sign.negative) || (a & Sign.negative && b & Sign.positive)) signs = Sign.any;
  return signs;
}

/** Whether a comparison follows from the signs alone. */
function compareSigns(operator: string, left: Value, right: Value): boolean | undefined {
  const disjoint = (left.signs & right.signs) === 0;
  const bothZero = left.signs === Sign.zero && right.signs === Sign.zero;
  const same = left.origin !== undefined && left.origin === right.origin;
  const sameTarget = left.target && right.target && left.target.kind !== "data" && left.key === right.key;
  const otherName =
    left.target?.kind === "named" && right.target?.kind === "named" && left.target.name !== right.target.name;
  if (operator === "==")
    return disjoint || otherName ? false : bothZero || sameTarget || same ? true : undefined;
  if (operator === "!=")
    return disjoint || otherName ? true : bothZero || sameTarget || same ? false : undefined;
  const below = below0(left.signs, right.signs);
  const above = below0(right.signs, left.signs);
  switch (operator) {
    case "<":
      return below ? true : bothZero || same || atMost(right.signs, left.signs) ? false : undefined;
    case ">":
      return above ? true : bothZero || same || atMost(left.signs, right.signs) ? false : undefined;
    case "<=":
      return below || bothZero || same || atMost(left.signs, right.signs) ? true : above ? false : undefined;
    case ">=":
      return above || bothZero || same || atMost(right.signs, left.signs) ? true : below ? false : undefined;
    default:
      return undefined;
  }
}

/** Whether any number with signs `a` is less than any with signs `b`. */
function below0(a: number, b: number): boolean {
  return (a === Sign.negative && !(b & Sign.negative)) || (!(a & Sign.positive) && b === Sign.positive);
}

/** Whether any number with signs `a` is at most any with signs `b`: only zero can lie between. */
function atMost(a: number, b: number): boolean {
  return !(a & Sign.positive) && !(b & Sign.negative);
}

/**
 * The signs that `value operator bound` being true leaves to value, given what is known of the bound.
 * `ret < 0` leaves negative; `ret >= 1` leaves positive.
 */
export function signsWhere(operator: string, bound: Value): number {
  const { signs, constant: exact } = bound;
  switch (operator) {
    case "==":
      return signs;
    case "!=":
      return exact === 0 ? Sign.nonzero : Sign.any;
    case "<":
      if (exact === 1) return Sign.negative | Sign.zero;
      return signs & Sign.positive ? Sign.any : Sign.negative;
    case "<=":
      if (exact === -1) return Sign.negative;
      return signs & Sign.positive ? Sign.any : signs & Sign.zero ? Sign.negative | Sign.zero : Sign.negative;
    case ">":
      if (exact === -1) return Sign.zero | Sign.positive;
      return signs & Sign.negative ? Sign.any : Sign.positive;
    case ">=":
      if (exact === 1) return Sign.positive;
      return signs & Sign.negative ? Sign.any : signs & Sign.zero ? Sign.zero | Sign.positive : Sign.positive;
    default:
      return Sign.any;
  }
}

/** The operator that `!(a operator b)` comes to. */
export const opposite: Readonly<Record<string, string>> = {
  "==": "!=",
  "!=": "==",
  "<": ">=",
  ">=": "<",
  ">": "<=",
  "<=": ">",
};
/** The operator with its sides exchanged. */
export const mirrored: Readonly<Record<string, string>> = {
  "==": "==",
  "!=": "!=",
  "<": ">",
  ">": "<",
  "<=": ">=",
  ">=": "<=",
};
