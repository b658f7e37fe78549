/** `x = x + y` is `x += y` (C17 6.5.16.2): what is known of counters, and of the bits of words, is known of both spellings. */
import type { Expression } from "./syntax.js";

type Assignment = Extract<Expression, { kind: "assign" }>;

const operators = new Set(["+", "-", "|", "&", "^"]);

/** An assignment, or the compound one that it stands for. */
export function compound(assignment: Assignment): Assignment {
  const { operator, target, value } = assignment;
  if (operator !== "=" || value.kind !== "binary" || !operators.has(value.operator)) return assignment;
  return isSame(target, value.left)
    ? { ...assignment, operator: `${value.operator}=`, value: value.right }
    : assignment;
}

/** Whether two expressions are one variable, or one field of one. */
function isSame(a: Expression, b: Expression): boolean {
  if (a.kind === "name") return b.kind === "name" && a.name === b.name;
  return a.kind === "member" && b.kind === "member" && a.field === b.field && isSame(a.object, b.object);
}
