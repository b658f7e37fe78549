/**
 * Accesses to atomic variables that order nothing but themselves, as the plain ones that they are: `atomic_set(&x->n, v)`
 * is `x->n = v` (Documentation/atomic_t.txt). To read one is no plain read: others change it meanwhile, and loops wait
 * for them. Only who tells many cases apart by it asks how far he came himself.
 */
import type { Expression } from "./syntax.js";

const reads = /^(?:atomic(?:64|_long)?|refcount)_read(?:_acquire)?$/;
const sets = /^(?:atomic(?:64|_long)?|refcount)_set(?:_release)?$/;

/** A call, or the assignment that it stands for. */
export function plainStore(call: Extract<Expression, { kind: "call" }>): Expression {
  const target = addressed(call, sets);
  const value = call.arguments[1];
  return target && value ? { kind: "assign", at: call.at, operator: "=", target, value } : call;
}

/** The value of a switch: a call, or the variable that it reads. */
export function plainLoad(value: Expression): Expression {
  return (value.kind === "call" && addressed(value, reads)) || value;
}

/** What the first argument of a call is the address of, when the call's name fits. */
function addressed(
  { callee, arguments: [address] }: Extract<Expression, { kind: "call" }>,
  names: RegExp,
): Expression | undefined {
  if (callee.kind !== "name" || !names.test(callee.name)) return undefined;
  return address?.kind === "unary" && address.operator === "&" ? address.operand : undefined;
}
