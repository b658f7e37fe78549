/** Constant expressions of numbers, as enumerators have them. */
import type { Expression } from "./syntax.js";

/**
 * @param numberOf what a name stands for
 * @returns the number; undefined when a part of it is not known, or it is larger than a double holds exactly
 */
export function constantOf(
  e: Expression,
  numberOf: (name: string) => number | undefined,
): number | undefined {
  const value = compute(e, numberOf);
  return value === undefined || !Number.isSafeInteger(value) ? undefined : value;
}

function compute(e: Expression, numberOf: (name: string) => number | undefined): number | undefined {
  switch (e.kind) {
    case "number":
      return e.value;
    case "name":
      return numberOf(e.name);
    case "cast":
      return constantOf(e.operand, numberOf);
    case "unary": {
      const operand = constantOf(e.operand, numberOf);
      if (operand === undefined) return undefined;
      return e.operator === "-" ? -operand : e.operator === "~" ? ~operand : undefined;
    }
    case "binary": {
      const left = constantOf(e.left, numberOf);
      const right = constantOf(e.right, numberOf);
      return left === undefined || right === undefined ? undefined : operations[e.operator]?.(left, right);
    }
    case "call": {
      const bit = e.arguments[0] && constantOf(e.arguments[0], numberOf);
      const isBit = e.callee.kind === "name" && /^BIT(_ULL)?$/.test(e.callee.name);
      return isBit && bit !== undefined ? 2 ** bit : undefined;
    }
    default:
      return undefined;
  }
}

type Operation = (a: number, b: number) => number;

const operations: Readonly<Record<string, Operation | undefined>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "|": (a, b) => Number(BigInt(a) | BigInt(b)),
  "&": (a, b) => Number(BigInt(a) & BigInt(b)),
  "<<": (a, b) => a * 2 ** b,
  ">>": (a, b) => Math.floor(a / 2 ** b),
};
