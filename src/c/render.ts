/** Canonical text of an expression, for naming what cannot be evaluated. */
import type { CType, Expression } from "./syntax.js";

export function renderType(type: CType): string {
  return `${type.isStruct ? "struct " : ""}${type.name}${type.pointers > 0 ? ` ${"*".repeat(type.pointers)}` : ""}`;
}

/** C text that means the expression; white space and parentheses are normalized, statements become `{}`. */
export function render(expression: Expression): string {
  switch (expression.kind) {
    case "name":
      return expression.name;
    case "number":
      return String(expression.value);
    case "string":
      return '""';
    case "call":
      return `${render(expression.callee)}(${expression.arguments.map(render).join(", ")})`;
    case "unary":
      return `${expression.operator}${render(expression.operand)}`;
    case "postfix":
      return expression.operator === "taken"
        ? `no_free_ptr(${render(expression.operand)})`
        : `${render(expression.operand)}${expression.operator}`;
    case "binary":
      return `(${render(expression.left)} ${expression.operator} ${render(expression.right)})`;
    case "assign":
      return `${render(expression.target)} ${expression.operator} ${render(expression.value)}`;
    case "conditional":
      return `(${render(expression.condition)} ? ${expression.then ? render(expression.then) : ""} : ${render(expression.otherwise)})`;
    case "member":
      return `${render(expression.object)}${expression.arrow ? "->" : "."}${expression.field}`;
    case "index":
      return `${render(expression.object)}[${render(expression.index)}]`;
    case "cast":
      return `(${renderType(expression.type)})${render(expression.operand)}`;
    case "type":
      return renderType(expression.type);
    case "comma":
      return expression.items.map(render).join(", ");
    case "initializer":
      return `{ ${expression.items.map(({ path, value }) => `${path.map((p) => `.${p}`).join("")}${path.length ? " = " : ""}${render(value)}`).join(", ")} }`;
    case "block":
      return "({})";
  }
}
