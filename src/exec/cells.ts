/**
 * Where a value lives. The heap is one object for each struct type: `priv->irq` is the cell `foo_priv.irq` whatever
 * pointer led there, for a driver has one of each per device. Objects that must be told apart carry a name of their own.
 */
import type { CFunction } from "../c/source.js";
import type { CType, Expression } from "../c/syntax.js";
import { cellNumber } from "./cell-names.js";
import { functionInfo } from "./function.js";
import type { Program } from "./program.js";
import type { State } from "./state.js";
import { unknown, type Value } from "./value.js";

export interface Cell {
  readonly name: string;
  /** The name's number (cell-names.ts). */
  readonly number: number;
  readonly local: boolean;
}

/** The function in which an expression stands. */
export interface Within {
  readonly definition: CFunction;
}

/** Types by expression: each stands in one function, and what its declarations say does not change. */
const types = new WeakMap<Expression, CType | null>();

/** The static type of an expression, as far as declarations tell. */
export function typeOf(e: Expression, within: Within, program: Program): CType | undefined {
  let type = types.get(e);
  if (type === undefined) {
    type = declaredType(e, within, program) ?? null;
    types.set(e, type);
  }
  return type ?? undefined;
}

function declaredType(e: Expression, within: Within, program: Program): CType | undefined {
  const { definition } = within;
  switch (e.kind) {
    case "name": {
      const local = functionInfo(definition).locals.get(e.name);
      if (local && local.name !== "typeof") return local;
      return program.variable(e.name, definition.file)?.type;
    }
    case "member": {
      const object = typeOf(e.object, within, program);
      return object ? program.struct(object.name, definition.file)?.get(e.field) : undefined;
    }
    case "cast":
      return e.type;
    case "type":
      return e.type;
    case "index":
      return moved(typeOf(e.object, within, program), -1);
    case "unary":
      if (e.operator === "*") return moved(typeOf(e.operand, within, program), -1);
      if (e.operator === "&") return moved(typeOf(e.operand, within, program), 1);
      return undefined;
    case "assign":
      return typeOf(e.target, within, program);
    case "call": {
      if (e.callee.kind !== "name") return undefined;
      const type = e.arguments[1];
      if (
        /^(container_of|container_of_const|list_entry|list_first_entry|rb_entry)$/.test(e.callee.name) &&
        type?.kind === "type"
      )
        return moved(type.type, 1);
      return program.definition(e.callee.name, definition.file)?.returnType;
    }
    default:
      return undefined;
  }
}

function moved(type: CType | undefined, by: number): CType | undefined {
  return type && { ...type, pointers: Math.max(0, type.pointers + by) };
}

/** The cell of a local whose address was taken. A function is on the stack once: recursion is not followed. */
export function localCell(name: string, { definition }: Within): Cell {
  let holder = holders.get(definition);
  if (holder === undefined) {
    holder = `${definition.name}@${nextHolder++}`;
    holders.set(definition, holder);
  }
  return memberCell(holder, name);
}

const holders = new WeakMap<CFunction, string>();
let nextHolder = 1;

const cells = new Map<string, Cell>();
/** By holder, then by field: a member's name is spelt once. */
const memberCells = new Map<string, Map<string, Cell>>();
const locals = new Map<string, Cell>();

function namedCell(name: string): Cell {
  let cell = cells.get(name);
  if (!cell) {
    cell = { name, number: cellNumber(name), local: false };
    cells.set(name, cell);
  }
  return cell;
}

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

/** The cell that a name stands for in a function. */
export function nameCell(name: string, within: Within): Cell {
  const info = functionInfo(within.definition);
  if (!info.locals.has(name)) return globalCell(name);
  return info.addressTaken.has(name) ? localCell(name, within) : ownCell(name);
}

/** Finds the cell that an lvalue names in a state; undefined when it cannot be told (an array's element, a computed address). */
export type Place = (state: State) => Cell | undefined;

/** Places by expression, as types. */
const places = new WeakMap<Expression, Place>();

/** How to find the cell that an lvalue names. */
export function placeOf(e: Expression, within: Within, program: Program): Place {
  let place = places.get(e);
  if (!place) {
    place = makePlace(e, within, program);
    places.set(e, place);
  }
  return place;
}

const nowhere: Place = () => undefined;

function makePlace(e: Expression, within: Within, program: Program): Place {
  switch (e.kind) {
    case "name": {
      const cell = nameCell(e.name, within);
      return () => cell;
    }
    case "member": {
      const { field } = e;
      const usual = memberCell(typeTag(e.object, within, program), field);
      const object = peekOf(e.object, within, program);
      if (!object) return () => usual;
      return (state) => {
        const { target } = object(state);
        return target?.kind === "object" ? memberCell(target.name, field) : usual;
      };
    }
    case "unary": {
      const pointer = e.operator === "*" ? peekOf(e.operand, within, program) : undefined;
      if (!pointer) return nowhere;
      return (state) => {
        const { target } = pointer(state);
        return target?.kind === "cell" ? namedCell(target.name) : undefined;
      };
    }
    case "cast":
      return placeOf(e.operand, within, program);
    default:
      return nowhere;
  }
}

/** The cell that an lvalue names in a state. */
export function cellOf(e: Expression, state: State, within: Within, program: Program): Cell | undefined {
  return placeOf(e, within, program)(state);
}

/** Finds the name of the object that `e` is (or points to): its own, or its struct's tag. */
export function objectNameOf(e: Expression, within: Within, program: Program): (state: State) => string {
  const usual = typeTag(e, within, program);
  const object = peekOf(e, within, program);
  if (!object) return () => usual;
  return (state) => {
    const { target } = object(state);
    return target?.kind === "object" ? target.name : usual;
  };
}

function typeTag(e: Expression, within: Within, program: Program): string {
  return typeOf(e, within, program)?.name || "?";
}

/**
 * Finds the value of an expression that has no side effects, as far as cells hold it; undefined for an expression of
 * which nothing is ever held.
 */
export function peekOf(
  e: Expression,
  within: Within,
  program: Program,
): ((state: State) => Value) | undefined {
  if (e.kind === "cast") return peekOf(e.operand, within, program);
  if (e.kind === "assign" && e.operator === "=") return peekOf(e.target, within, program);
  if (e.kind !== "name" && e.kind !== "member" && !(e.kind === "unary" && e.operator === "*"))
    return undefined;
  const place = placeOf(e, within, program);
  if (e.kind === "name") {
    const { number, local } = nameCell(e.name, within);
    return local
      ? (state) => state.locals.at(number) ?? unknown
      : (state) => state.cells.at(number) ?? unknown;
  }
  return (state) => {
    const cell = place(state);
    return cell ? readCell(cell, state) : unknown;
  };
}

export function readCell(cell: Cell, state: State): Value {
  return (cell.local ? state.locals : state.cells).at(cell.number) ?? unknown;
}
