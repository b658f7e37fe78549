/** What names mean at file level, and what the initialisers of tables hold. */
import type { SourceFile } from "../c/source.js";
import type { Expression, InitializerItem } from "../c/syntax.js";
import { constantOf, macroConstant } from "./constants.js";
import type { Executor } from "./executor.js";
import { neverHolds, wrapsPointer } from "./function.js";
import type { Domain } from "./state.js";
import { constant, named, one, pointer, type Target, unknown, type Value, zero } from "./value.js";

/** What a name that is no local means in a file, before anything was assigned to it. */
export function fileLevelValue<D extends Domain>(
  x: Executor<D>,
  name: string,
  file: SourceFile,
  address: boolean,
): Value {
  return x.once(file, address ? `&${name}` : name, () => findValue(x, name, file, address));
}

function findValue<D extends Domain>(
  x: Executor<D>,
  name: string,
  file: SourceFile,
  address: boolean,
): Value {
  const variable = x.program.variable(name, file);
  if (variable) {
    const isTable = address || variable.type.pointers > 0 || variable.initial?.kind === "initializer";
    return isTable
      ? pointer({ kind: "data", name, file: variable.file, initial: variable.initial })
      : unknown;
  }
  const definition = x.program.definition(name, file);
  if (definition || x.model.primitive(name)) return pointer({ kind: "function", name, definition });
  const enumerator = x.program.enumerator(name, file);
  if (enumerator !== undefined) return constant(enumerator);
  const number = macroConstant(x, name, file);
  return number === unknown && !address && isMacroName(name) ? named(name) : number;
}

/** How the kernel spells its constants, and macros that stand for a flag (Documentation/process/coding-style.rst, 12). */
function isMacroName(name: string): boolean {
  return /^[A-Z][A-Z0-9_]*$/.test(name);
}

/** What a table's initialiser puts into a field. @param read NULL where it names the others but not this one */
export function tableField<D extends Domain>(
  x: Executor<D>,
  target: Extract<Target, { kind: "data" }>,
  field: string,
  read: boolean,
): Value | undefined {
  if (target.initial?.kind !== "initializer") return undefined;
  const items = target.initial.items.filter((item) => item.path[0] === field);
  const item = items[0];
  if (!item) return read && target.initial.items.every(hasPath) ? zero : undefined;
  const part = { kind: "data", name: `${target.name}.${field}`, file: target.file } as const;
  if (item.path.length > 1) {
    const rest = items.map((i) => ({ path: i.path.slice(1), value: i.value }));
    return pointer({ ...part, initial: { kind: "initializer", at: item.value.at, items: rest } });
  }
  if (item.value.kind === "initializer") return pointer({ ...part, initial: item.value });
  return staticValue(x, item.value, target.file);
}

function hasPath(item: InitializerItem): boolean {
  return item.path.length > 0;
}

/** The value of an expression in an initialiser. */
function staticValue<D extends Domain>(x: Executor<D>, e: Expression, file: SourceFile): Value {
  if (e.kind === "cast") return staticValue(x, e.operand, file);
  if (e.kind === "unary" && e.operator === "&") return staticValue(x, e.operand, file);
  if (e.kind === "call" && e.callee.kind === "name" && wrapsPointer(e.callee.name)) {
    const last = e.arguments.at(-1);
    return neverHolds(e) || !last ? zero : staticValue(x, last, file);
  }
  if (e.kind !== "name") return constantOf(x, e, file);
  if (e.name === "NULL" || e.name === "false") return zero;
  if (e.name === "true") return one;
  const definition = x.program.definition(e.name, file);
  if (definition || x.model.primitive(e.name)) return pointer({ kind: "function", name: e.name, definition });
  const variable = x.program.variable(e.name, file);
  if (variable)
    return pointer({ kind: "data", name: e.name, file: variable.file, initial: variable.initial });
  const enumerator = x.program.enumerator(e.name, file);
  return enumerator !== undefined ? constant(enumerator) : macroConstant(x, e.name, file);
}

/** Whether a call of that name asks and does nothing, as far as names tell: `DEV_FLAG_ON(dev, …)`, `foo_is_vf(dev)`, `xa_empty(&x)`. */
export function isPredicate(name: string): boolean {
  return isMacroName(name) || /(^|_)(is|has|can)_|_empty$/.test(name);
}
