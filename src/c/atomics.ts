/**
 * Accesses to shared variables as the plain ones that they are: `atomic_set(&x->n, v)` is `x->n = v`, and so is what
 * `xchg(&x->n, v)` does (Documentation/atomic_t.txt). To read one is no plain read: others change it meanwhile, and
 * loops wait for them, so that nothing is known of what a read or an exchange gives. Only who tells many cases apart by
 * it asks how far he came himself.
 */
import type { Expression } from "./syntax.js";

type Call = Extract<Expression, { kind: "call" }>;

const reads = /^(?:atomic(?:64|_long)?|refcount)_read(?:_acquire)?$/;
const sets = /^(?:atomic(?:64|_long)?|refcount)_set(?:_release)?$/;
const exchanges = /^(?:atomic(?:64|_long)?_)?(?:cmp)?xchg(?:_relaxed|_acquire|_release)?$/;

/** A call, or the assignment that it stands for; of an exchange the assignment, and then what it gives. */
export function plainStore(call: Call): Expression {
  const { at } = call;
  const value = call.arguments[1];
  const set = value && addressed(call, sets);
  if (set) return { kind: "assign", at, operator: "=", target: set, value };
  const exchanged = value && addressed(call, exchanges);
  if (!exchanged) return call;
  const given: Expression = { ...call, arguments: [] };
  const stores = isConditional(call) ? given : value; // what was there, or what was to be put there
  return {
    kind: "comma",
    at,
    items: [{ kind: "assign", at, operator: "=", target: exchanged, value: stores }, given],
  };
}

/** `cmpxchg(&x->n, old, new)` */
function isConditional({ callee }: Call): boolean {
  return callee.kind === "name" && callee.name.includes("cmpxchg");
}

/** The value of a switch: a call, or the variable that it reads. */
export function plainLoad(value: Expression): Expression {
  return (value.kind === "call" && addressed(value, reads)) || value;
}

/** What the first argument of a call is the address of, when the call's name fits. */
function addressed({ callee, arguments: [address] }: Call, names: RegExp): Expression | undefined {
  if (callee.kind !== "name" || !names.test(callee.name)) return undefined;
  return address?.kind === "unary" && address.operator === "&" ? address.operand : undefined;
}
