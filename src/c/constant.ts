/** Constant expressions of numbers, as enumerators have them. */
import type { Expression } from "./syntax.js";

/**
 * @param valueOf what a name stands for
 * @returns the number; undefined when a part of it is not known, or it is larger than a double holds exactly
 */
export function constantOf(e: Expression, valueOf: (name: string) => number | undefined): number | undefined {
  const value = compute(e, valueOf);
  return value === undefined || !Number.isSafeInteger(value) ? undefined : value;
}

function compute(e: Expression, valueOf: (name: string) => number | undefined): number | undefined {
  switch (e.kind) {
    case "number":
      return e.value;
    case "name":
      return valueOf(e.name);
    case "cast":
      return constantOf(e.operand, valueOf);
    case "unary": {
      const operand = constantOf(e.operand, valueOf);
      if (operand === undefined) return undefined;
      return e.operator === "-" ? -operand : e.operator === "~" ? ~operand : undefined;
    }
    case "binary": {
      const left = constantOf(e.left, valueOf);
      const right = constantOf(e.right, valueOf);
      return left === undefined || right === undefined ? undefined : operations[e.operator]?.(left, right);
    }
    case "call": {
      const bit = e.arguments[0] && constantOf(e.arguments[0], valueOf);
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
