/**
 * Where a value lives. The heap is one object for each struct type: `priv->irq` is the cell `foo_priv.irq` whatever
 * pointer led there, for a driver has one of each per device. Objects that must be told apart carry a name of their own.
 */
import type { CFunction } from "../c/source.js";
import type { CType, Expression } from "../c/syntax.js";
import { cellNumber } from "./cell-names.js";
import { functionInfo } from "./function.js";
import type { Program } from "./program.js";
import type { Frame, State } from "./state.js";
import { unknown, type Value } from "./value.js";

export interface Cell {
  readonly name: string;
  /** The name's number (cell-names.ts). */
  readonly number: number;
  readonly local: boolean;
}

/** Types by expression: each stands in one function, and what its declarations say does not change. */
const types = new WeakMap<Expression, CType | null>();

/** The static type of an expression, as far as declarations tell. */
export function typeOf(e: Expression, frame: Frame, program: Program): CType | undefined {
  let type = types.get(e);
  if (type === undefined) {
    type = declaredType(e, frame, program) ?? null;
    types.set(e, type);
  }
  return type ?? undefined;
}

function declaredType(e: Expression, frame: Frame, program: Program): CType | undefined {
  switch (e.kind) {
    case "name": {
      const local = functionInfo(frame.definition).locals.get(e.name);
      if (local && local.name !== "typeof") return local;
      return program.variable(e.name, frame.definition.file)?.type;
    }
    case "member": {
      const object = typeOf(e.object, frame, program);
      return object ? program.struct(object.name, frame.definition.file)?.get(e.field) : undefined;
    }
    case "cast":
      return e.type;
    case "type":
      return e.type;
    case "index":
      return moved(typeOf(e.object, frame, program), -1);
    case "unary":
      if (e.operator === "*") return moved(typeOf(e.operand, frame, program), -1);
      if (e.operator === "&") return moved(typeOf(e.operand, frame, program), 1);
      return undefined;
    case "assign":
      return typeOf(e.target, frame, program);
    case "call": {
      if (e.callee.kind !== "name") return undefined;
      const type = e.arguments[1];
      if (
        /^(container_of|container_of_const|list_entry|list_first_entry|rb_entry)$/.test(e.callee.name) &&
        type?.kind === "type"
      )
        return moved(type.type, 1);
      return program.definition(e.callee.name, frame.definition.file)?.returnType;
    }
    default:
      return undefined;
  }
}

function moved(type: CType | undefined, by: number): CType | undefined {
  return type && { ...type, pointers: Math.max(0, type.pointers + by) };
}

/** The cell of a local whose address was taken. A function is on the stack once: recursion is not followed. */
export function localCell(name: string, { definition }: Frame): Cell {
  let holder = holders.get(definition);
  if (holder === undefined) {
    holder = `${definition.name}@${nextHolder++}`;
    holders.set(definition, holder);
  }
  return memberCell(holder, name);
}

const holders = new WeakMap<CFunction, string>();
let nextHolder = 1;

/** By holder, then by field. A name is spelt once: states are looked up by it millions of times. */
const memberCells = new Map<string, Map<string, Cell>>();
const locals = new Map<string, Cell>();

function memberCell(holder: string, field: string): Cell {
  let fields = memberCells.get(holder);
  if (!fields) {
    fields = new Map();
    memberCells.set(holder, fields);
  }
  let cell = fields.get(field);
  if (!cell) {
    cell = namedCell(`${holder}.${field}`);
    fields.set(field, cell);
  }
  return cell;
}

function namedCell(name: string): Cell {
  return { name, number: cellNumber(name), local: false };
}

/** The cell of a file-level variable. */
export function globalCell(name: string): Cell {
  return memberCell("global", name);
}

function ownCell(name: string): Cell {
  let cell = locals.get(name);
  if (!cell) {
    cell = { name, number: cellNumber(name), local: true };
    locals.set(name, cell);
  }
  return cell;
}

/** The cell that an lvalue names; undefined when it cannot be told (an array's element, a computed address). */
export function cellOf(e: Expression, state: State, frame: Frame, program: Program): Cell | undefined {
  switch (e.kind) {
    case "name": {
      const info = functionInfo(frame.definition);
      if (info.locals.has(e.name))
        return info.addressTaken.has(e.name) ? localCell(e.name, frame) : ownCell(e.name);
      return globalCell(e.name);
    }
    case "member": {
      return memberCell(objectName(e.object, state, frame, program), e.field);
    }
    case "unary": {
      if (e.operator !== "*") return undefined;
      const target = peek(e.operand, state, frame, program).target;
      return target?.kind === "cell" ? namedCell(target.name) : undefined;
    }
    case "cast":
      return cellOf(e.operand, state, frame, program);
    default:
      return undefined;
  }
}

/** The name of the object that `e` is (or points to): its own, or its struct's tag. */
export function objectName(e: Expression, state: State, frame: Frame, program: Program): string {
  const target = peek(e, state, frame, program).target;
  if (target?.kind === "object") return target.name;
  return typeOf(e, frame, program)?.name || "?";
}

/** The value of an expression that has no side effects, as far as cells hold it. */
export function peek(e: Expression, state: State, frame: Frame, program: Program): Value {
  if (e.kind === "cast") return peek(e.operand, state, frame, program);
  if (e.kind === "assign" && e.operator === "=") return peek(e.target, state, frame, program);
  if (e.kind !== "name" && e.kind !== "member" && !(e.kind === "unary" && e.operator === "*")) return unknown;
  const cell = cellOf(e, state, frame, program);
  return cell ? readCell(cell, state) : unknown;
}

export function readCell(cell: Cell, state: State): Value {
  return (cell.local ? state.locals : state.cells).at(cell.number) ?? unknown;
}
