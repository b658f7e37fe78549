/** Numbers that macros, enumerators and constant expressions come to. */
import { tokenize } from "../c/lexer.js";
import { parseExpression } from "../c/parser.js";
import type { SourceFile } from "../c/source.js";
import type { Expression } from "../c/syntax.js";
import type { Executor } from "./executor.js";
import type { Domain } from "./state.js";
import { binary, constant, negative, one, unknown, type Value, zero } from "./value.js";

/** The value of an object-like macro, when it comes to a number. */
export function macroConstant<D extends Domain>(
  x: Executor<D>,
  name: string,
  file: SourceFile,
  depth = 0,
): Value {
  const found = x.program.macro(name, file);
  if (!found || found.macro.parameters || depth > 8) return unknown;
  const body = macroBody(found.file, found.macro);
  return body ? constantOf(x, body, found.file, depth + 1) : unknown;
}

const macroBodies = new WeakMap<object, Expression | null>();

function macroBody(
  file: SourceFile,
  macro: { readonly bodyStart: number; readonly bodyEnd: number },
): Expression | undefined {
  let body = macroBodies.get(macro);
  if (body === undefined) {
    const tokens = tokenize(file.text, macro.bodyStart, macro.bodyEnd);
    body = parseExpression(tokens, 0, tokens.count) ?? null;
    macroBodies.set(macro, body);
  }
  return body ?? undefined;
}

/** What a constant expression comes to; unknown when a name in it is not known to be a number. */
export function constantOf<D extends Domain>(
  x: Executor<D>,
  e: Expression,
  file: SourceFile,
  depth = 0,
): Value {
  switch (e.kind) {
    case "number":
      return constant(e.value);
    case "name":
      return e.name === "true"
        ? one
        : e.name === "false" || e.name === "NULL"
          ? zero
          : (enumeratorConstant(x, e.name, file) ?? macroConstant(x, e.name, file, depth));
    case "cast":
      return constantOf(x, e.operand, file, depth);
    case "unary":
      if (e.operator === "-" && e.operand.kind === "name" && /^E[A-Z0-9]+$/.test(e.operand.name))
        return negative;
      if (e.operator === "~" || e.operator === "-") {
        const value = constantOf(x, e.operand, file, depth);
        return value.constant === undefined
          ? unknown
          : constant(e.operator === "-" ? -value.constant : -value.constant - 1);
      }
      return unknown;
    case "binary":
      return binary(e.operator, constantOf(x, e.left, file, depth), constantOf(x, e.right, file, depth));
    case "call":
      if (
        e.callee.kind === "name" &&
        (e.callee.name === "BIT" || e.callee.name === "_BITUL") &&
        e.arguments[0]
      )
        return binary("<<", one, constantOf(x, e.arguments[0], file, depth));
      return unknown;
    default:
      return unknown;
  }
}

function enumeratorConstant<D extends Domain>(
  x: Executor<D>,
  name: string,
  file: SourceFile,
): Value | undefined {
  const enumerator = x.program.enumerator(name, file);
  return enumerator === undefined ? undefined : constant(enumerator);
}
