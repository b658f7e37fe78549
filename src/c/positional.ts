/** Initialisers that name no fields, `{ foo_open, foo_stop }`: their items go into the fields in order. */
import type { Expression } from "./syntax.js";

/**
 * An initialiser with the fields' names at its items, where all can be told: none is named, and none may be a macro that
 * stands for several.
 * @param fields of the struct, in order
 * @param isArray whether the initialiser is that of an array of such structs
 */
export function withFields(initial: Expression, fields: readonly string[], isArray: boolean): Expression {
  if (initial.kind !== "initializer") return initial;
  const { items } = initial;
  if (isArray)
    return {
      ...initial,
      items: items.map(({ path, value }) => ({ path, value: withFields(value, fields, false) })),
    };
  if (items.length > fields.length) return initial;
  if (!items.every(({ path, value }) => path.length === 0 && value.kind !== "call")) return initial;
  return { ...initial, items: items.map(({ value }, i) => ({ path: [fields[i]!], value })) };
}
