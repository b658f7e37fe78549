/**
 * Pointers with `__free(name)` (include/linux/cleanup.h): the function that the end of their scope calls, and how they
 * are taken out of their variable, so that it does not.
 */
import type { Expression, Statement } from "./syntax.js";

type Call = Extract<Expression, { kind: "call" }>;

/** The name under which a file holds what `DEFINE_FREE(name, type, free)` defines. */
export function cleanupFunction(name: string): string {
  return `__free_${name}`;
}

/** The name in DEFINE_FREE() and __free(), of such a function; undefined of others. */
export function cleanupName(definition: string): string | undefined {
  return definition.startsWith("__free_") ? definition.slice("__free_".length) : undefined;
}

/** A call, or the pointer taken that it stands for; `return_ptr(p)` returns one. */
export function takenPointer(call: Call): Expression {
  const { at, callee, arguments: list } = call;
  const [operand] = list;
  if (callee.kind !== "name" || !operand || list.length > 1) return call;
  const taken: Expression = { kind: "postfix", at, operator: "taken", operand };
  if (callee.name === "return_ptr") return { ...call, arguments: [taken] };
  return callee.name === "no_free_ptr" || callee.name === "retain_and_null_ptr" ? taken : call;
}

/** A statement that is an expression, or the return that it stands for. */
export function plainReturn(at: number, expression: Expression): Statement {
  return expression.kind === "call" &&
    expression.callee.kind === "name" &&
    expression.callee.name === "return_ptr"
    ? { kind: "return", at, value: expression.arguments[0] }
    : { kind: "expression", at, expression };
}
