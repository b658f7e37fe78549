/** Expressions: their values, their side effects, and the calls in them. Each result goes to `emit`, with its state. */

import type { SourceFile } from "../c/source.js";
import type { Expression, InitializerItem } from "../c/syntax.js";
import { bitCell, bitsAfter } from "./bits.js";
import { type Builtin, builtins } from "./builtins.js";
import { cellNumber } from "./cell-names.js";
import { cellOf, globalCell, localCell, objectName, peek, readCell, typeOf } from "./cells.js";
import { predicateNumber, test } from "./condition.js";
import { constantOf, macroConstant } from "./constants.js";
import type { Emit, Executor } from "./executor.js";
import { functionInfo, neverHolds, statementExpressions, wrapsPointer } from "./function.js";
import type { Domain, Frame, State } from "./state.js";
import {
  binary,
  constant,
  negative,
  not,
  one,
  pointer,
  Sign,
  signed,
  unknown,
  type Value,
  zero,
} from "./value.js";

/** Evaluates an expression; emits every value it can have. Takes the state over. */
export function evaluate<D extends Domain>(
  x: Executor<D>,
  e: Expression,
  state: State<D>,
  frame: Frame,
  emit: Emit<D>,
): void {
  switch (e.kind) {
    case "number":
      return emit(state, constant(e.value));
    case "string":
      return emit(state, signed(Sign.positive));
    case "type":
    case "initializer":
      return emit(state, unknown);
    case "name":
      return emit(state, nameValue(x, e.name, state, frame));
    case "cast":
      return evaluate(x, e.operand, state, frame, emit);
    case "member":
      return evaluate(x, e.object, state, frame, (s) => emit(s, memberValue(x, e, s, frame)));
    case "index":
      return evaluate(x, e.index, state, frame, (s) =>
        evaluate(x, e.object, s, frame, (s2) => emit(s2, unknown)),
      );
    case "unary":
      return unary(x, e, state, frame, emit);
    case "postfix":
      return evaluate(x, e.operand, state, frame, (s, value) => {
        assign(x, e.operand, binary(e.operator === "++" ? "+" : "-", withoutCount(value), one), s, frame);
        emit(s, value);
      });
    case "binary":
      if (e.operator === "&&" || e.operator === "||")
        return test(x, e, state, frame, (s, truth) => emit(s, truth ? one : zero));
      return evaluate(x, e.left, state, frame, (s, left) =>
        evaluate(x, e.right, s, frame, (s2, right) =>
          emit(
            s2,
            e.operator === "&" ? masked(x, e, left, right, s2, frame) : binary(e.operator, left, right),
          ),
        ),
      );
    case "assign":
      return assignment(x, e, state, frame, emit);
    case "conditional":
      return test(x, e.condition, state, frame, (s, truth) => {
        if (!truth) return evaluate(x, e.otherwise, s, frame, emit);
        if (e.then) return evaluate(x, e.then, s, frame, emit);
        emit(s, signed(Sign.nonzero)); // a ?: b
      });
    case "comma":
      return sequence(x, e.items, state, frame, emit);
    case "block":
      return sequence(x, statementExpressions(e.body), state, frame, emit);
    case "call":
      return call(x, e, state, frame, emit);
  }
}

/** Evaluates one after the other; the value is the last one's. */
function sequence<D extends Domain>(
  x: Executor<D>,
  items: readonly Expression[],
  state: State<D>,
  frame: Frame,
  emit: Emit<D>,
  from = 0,
  last: Value = unknown,
): void {
  if (from >= items.length) return emit(state, last);
  evaluate(x, items[from]!, state, frame, (s, value) => sequence(x, items, s, frame, emit, from + 1, value));
}

/** A counter's value without its count: loops would never end otherwise. */
function withoutCount(value: Value): Value {
  return value.constant === undefined || value.constant === 0 ? value : signed(value.signs);
}

function unary<D extends Domain>(
  x: Executor<D>,
  e: Extract<Expression, { kind: "unary" }>,
  state: State<D>,
  frame: Frame,
  emit: Emit<D>,
): void {
  const { operator, operand } = e;
  if (operator === "&") return addressOf(x, operand, state, frame, emit);
  if (operator === "-" && operand.kind === "name" && /^E[A-Z0-9]+$/.test(operand.name)) {
    x.failsAt(state, frame, e.at, `-${operand.name}`);
    return emit(state, negative);
  }
  evaluate(x, operand, state, frame, (s, value) => {
    switch (operator) {
      case "!":
        return emit(s, not(value));
      case "-":
        return emit(
          s,
          value.constant === undefined ? signed(mirror(value.signs)) : constant(-value.constant),
        );
      case "+":
        return emit(s, value);
      case "*": {
        const cell = cellOf(e, s, frame, x.program);
        if (cell) return emit(s, readCell(cell, s));
        return emit(s, value.target ? value : unknown); // *function is the function
      }
      case "++":
      case "--": {
        const next = binary(operator === "++" ? "+" : "-", withoutCount(value), one);
        assign(x, operand, next, s, frame);
        return emit(s, next);
      }
      default:
        return emit(s, value.constant === undefined ? unknown : constant(~value.constant));
    }
  });
}

function mirror(signs: number): number {
  return (
    (signs & Sign.zero) |
    (signs & Sign.positive ? Sign.negative : 0) |
    (signs & Sign.negative ? Sign.positive : 0)
  );
}

function addressOf<D extends Domain>(
  x: Executor<D>,
  operand: Expression,
  state: State<D>,
  frame: Frame,
  emit: Emit<D>,
): void {
  if (operand.kind === "name") {
    if (functionInfo(frame.definition).addressTaken.has(operand.name))
      return emit(state, pointer({ kind: "cell", name: localCell(operand.name, frame).name }));
    return emit(state, nameValue(x, operand.name, state, frame, true));
  }
  evaluate(
    x,
    operand.kind === "member" || operand.kind === "index" ? operand.object : operand,
    state,
    frame,
    (s) => {
      if (operand.kind === "member") {
        const data = memberData(x, operand, s, frame);
        if (data) return emit(s, data);
        // The device inside a pci_dev stands for it: &pdev->dev.
        const holder = objectName(operand.object, s, frame, x.program);
        if (x.model.keepsCell(`${holder}.${operand.field}`))
          return emit(s, pointer({ kind: "object", name: `${holder}.${operand.field}` }));
      }
      emit(s, signed(Sign.positive));
    },
  );
}

function nameValue<D extends Domain>(
  x: Executor<D>,
  name: string,
  state: State<D>,
  frame: Frame,
  address = false,
): Value {
  if (functionInfo(frame.definition).locals.has(name)) {
    const cell = cellOf({ kind: "name", at: 0, name }, state, frame, x.program);
    return cell ? readCell(cell, state) : unknown;
  }
  if (name === "NULL" || name === "false") return zero;
  if (name === "true") return one;
  const { file } = frame.definition;
  const held = state.cells.at(globalCell(name).number);
  if (held && !address) return held;
  return x.once(file, address ? `&${name}` : name, () => fileLevelValue(x, name, file, address));
}

/** What a name that is no local means in a file, before anything was assigned to it. */
function fileLevelValue<D extends Domain>(
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
  return macroConstant(x, name, file);
}

function memberValue<D extends Domain>(
  x: Executor<D>,
  e: Extract<Expression, { kind: "member" }>,
  state: State<D>,
  frame: Frame,
): Value {
  const cell = cellOf(e, state, frame, x.program);
  const held = cell && state.cells.at(cell.number);
  if (held) return held;
  return (
    memberData(x, e, state, frame, true) ??
    (cell ? x.facts.untouched(cell.number, frame.definition.file) : unknown)
  );
}

/** What a table's initialiser puts into a field; NULL where it names the others but not this one. */
function memberData<D extends Domain>(
  x: Executor<D>,
  e: Extract<Expression, { kind: "member" }>,
  state: State<D>,
  frame: Frame,
  read = false,
): Value | undefined {
  const target = (
    e.object.kind === "member"
      ? memberValue(x, e.object, state, frame)
      : e.object.kind === "name"
        ? nameValue(x, e.object.name, state, frame, !e.arrow)
        : peek(e.object, state, frame, x.program)
  ).target;
  if (target?.kind !== "data") return undefined;
  if (target.initial?.kind !== "initializer") return undefined;
  const items = target.initial.items.filter((item) => item.path[0] === e.field);
  const item = items[0];
  if (!item) return read && target.initial.items.every(hasPath) ? zero : undefined;
  if (item.path.length > 1) {
    const rest = items.map((i) => ({ path: i.path.slice(1), value: i.value }));
    return pointer({
      kind: "data",
      name: `${target.name}.${e.field}`,
      file: target.file,
      initial: { kind: "initializer", at: item.value.at, items: rest },
    });
  }
  if (item.value.kind === "initializer")
    return pointer({
      kind: "data",
      name: `${target.name}.${e.field}`,
      file: target.file,
      initial: item.value,
    });
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

/** `word & MASK`, when the bit was set, cleared or tested on this path. */
function masked<D extends Domain>(
  x: Executor<D>,
  e: Extract<Expression, { kind: "binary" }>,
  left: Value,
  right: Value,
  state: State<D>,
  frame: Frame,
): Value {
  const value = binary("&", left, right);
  if (value.constant !== undefined) return value;
  const cell = cellOf(e.left, state, frame, x.program);
  if (!cell) return value;
  const number = cellNumber(bitCell(cell.name, e.right));
  if (cell.local) return state.locals.at(number) ?? value;
  const bit = state.cells.at(number) ?? x.facts.untouched(number, frame.definition.file);
  return bit === unknown ? value : bit;
}

function assignment<D extends Domain>(
  x: Executor<D>,
  e: Extract<Expression, { kind: "assign" }>,
  state: State<D>,
  frame: Frame,
  emit: Emit<D>,
): void {
  evaluate(x, e.value, state, frame, (s1, value) => {
    // The target's own side effects: `*next++ = v`, `get(x)->f = v`.
    const { target } = e;
    const inner =
      target.kind === "member" || target.kind === "index"
        ? target.object
        : target.kind === "unary"
          ? target.operand
          : undefined;
    const store = (s: State<D>) => {
      const cell = cellOf(target, s, frame, x.program);
      const bits = cell && bitsAfter(x, cell, e.operator, e.value, value, s, frame);
      if (e.operator === "=") {
        assign(x, target, value, s, frame, bits);
        return emit(s, value);
      }
      const old = cell ? readCell(cell, s) : unknown;
      const next = binary(
        e.operator.slice(0, -1),
        e.operator === "+=" || e.operator === "-=" ? withoutCount(old) : old,
        value,
      );
      assign(x, target, next, s, frame, bits);
      emit(s, next);
    };
    if (inner) evaluate(x, inner, s1, frame, store);
    else store(s1);
  });
}

/**
 * Stores a value where an lvalue says.
 * @param bits what is known of its bits; what was known of others goes. "as they are": the value tells no news
 */
export function assign<D extends Domain>(
  x: Executor<D>,
  target: Expression,
  value: Value,
  state: State<D>,
  frame: Frame,
  bits?: ReadonlyMap<number, Value> | "as they are",
): void {
  const cell = cellOf(target, state, frame, x.program);
  if (!cell) return;
  const map = cell.local ? state.locals : state.cells;
  if (bits !== "as they are") {
    for (const bit of map.bitsOf(cell.number))
      if (!bits?.has(bit)) x.facts.forget(map, bit, frame.definition.file);
    if (bits) for (const [bit, known] of bits) map.put(bit, known);
  }
  if (value.origin !== undefined && (typeOf(target, frame, x.program)?.pointers ?? 0) > 0)
    x.pointerOrigins.add(value.origin);
  const informative = value.signs !== Sign.any || value.target !== undefined || value.origin !== undefined;
  if (!cell.local) x.facts.untouched(cell.number, frame.definition.file);
  if (informative && (cell.local || x.facts.keeps(cell.number))) map.put(cell.number, value);
  else if (cell.local) map.drop(cell.number);
  else x.facts.forget(map, cell.number, frame.definition.file);
}

// ---- calls

function call<D extends Domain>(
  x: Executor<D>,
  e: Extract<Expression, { kind: "call" }>,
  state: State<D>,
  frame: Frame,
  emit: Emit<D>,
): void {
  const name = e.callee.kind === "name" ? e.callee.name : undefined;
  const builtin = name !== undefined ? builtins[name] : undefined;
  if (builtin) return callBuiltin(x, builtin, e, state, frame, emit);
  const values: Value[] = [];
  const next = (s: State<D>, i: number): void => {
    const argument = e.arguments[i];
    if (!argument) return callWith(x, e, name, [...values], s, frame, emit);
    evaluate(x, argument, s, frame, (after, value) => {
      values.length = i;
      values.push(value);
      next(after, i + 1);
    });
  };
  next(state, 0);
}

function callBuiltin<D extends Domain>(
  x: Executor<D>,
  builtin: Builtin,
  e: Extract<Expression, { kind: "call" }>,
  state: State<D>,
  frame: Frame,
  emit: Emit<D>,
): void {
  const bits = builtin.kind === "bit" ? bitOf(x, e, state, frame) : undefined;
  const evaluateFrom = (s: State<D>, i: number, values: readonly Value[]): void => {
    const argument = e.arguments[i];
    if (argument)
      return evaluate(x, argument, s, frame, (after, value) =>
        evaluateFrom(after, i + 1, [...values, value]),
      );
    switch (builtin.kind) {
      case "argument":
        return emit(s, values[builtin.index] ?? unknown);
      case "value":
        return emit(s, builtin.of(values));
      case "never":
        return; // the path ends
      case "bit": {
        const old = bits === undefined ? undefined : bitBefore(x, bits, s, frame);
        if (bits !== undefined && builtin.sets !== undefined) s.cells.put(bits, builtin.sets ? one : zero);
        if (builtin.tests && old === undefined) {
          const other = s.copy();
          if (bits !== undefined && builtin.sets === undefined) {
            s.cells.put(bits, one);
            other.cells.put(bits, zero);
          }
          emit(s, one);
          return emit(other, zero);
        }
        return emit(s, old ?? unknown);
      }
    }
  };
  evaluateFrom(state, 0, []);
}

function bitBefore<D extends Domain>(
  x: Executor<D>,
  bit: number,
  state: State<D>,
  frame: Frame,
): Value | undefined {
  const value = state.cells.at(bit) ?? x.facts.untouched(bit, frame.definition.file);
  return value === unknown ? undefined : value;
}

/** The cell for bit `NR` of the bitmap in `set_bit(NR, &p->flags)`. */
function bitOf<D extends Domain>(
  x: Executor<D>,
  e: Extract<Expression, { kind: "call" }>,
  state: State<D>,
  frame: Frame,
): number | undefined {
  const [nr, word] = e.arguments;
  if (!nr || !word) return undefined;
  const cell = cellOf(
    word.kind === "unary" && word.operator === "&" ? word.operand : word,
    state,
    frame,
    x.program,
  );
  if (!cell || cell.local) return undefined;
  const bit = cellNumber(bitCell(cell.name, nr));
  return x.facts.keeps(bit) ? bit : undefined;
}

function callWith<D extends Domain>(
  x: Executor<D>,
  e: Extract<Expression, { kind: "call" }>,
  name: string | undefined,
  values: readonly Value[],
  state: State<D>,
  frame: Frame,
  emit: Emit<D>,
): void {
  const { file } = frame.definition;
  if (name !== undefined && !functionInfo(frame.definition).locals.has(name)) {
    const primitive = x.model.primitive(name);
    if (primitive)
      return primitive(
        { name, arguments: values, expressions: e.arguments, state, frame, at: e.at },
        emit,
        x,
      );
    if (x.callEach(x.program.follow(name, file), values, state, frame, e.at, emit)) return;
    return notFollowed(x, e, name, values, state, frame, emit);
  }
  evaluate(x, e.callee, state, frame, (s, callee) => {
    if (callee.target?.kind === "function" || callee.signs === Sign.zero) {
      if (x.callTarget(callee.target, values, s, frame, e.at, emit)) return;
    } else if (e.callee.kind === "member") {
      const tag = typeOf(e.callee.object, frame, x.program)?.name;
      if (x.callEach(x.program.throughField(e.callee.field, tag, file), values, s, frame, e.at, emit)) return;
    }
    notFollowed(x, e, undefined, values, s, frame, emit);
  });
}

/** A call into code that does not matter, or is not there: anything may come back. */
function notFollowed<D extends Domain>(
  x: Executor<D>,
  e: Extract<Expression, { kind: "call" }>,
  name: string | undefined,
  values: readonly Value[],
  state: State<D>,
  frame: Frame,
  emit: Emit<D>,
): void {
  for (const value of values) if (value.target?.kind === "cell") state.cells.delete(value.target.name);
  if (name !== undefined) {
    const asked = predicateNumber(e);
    const answered = state.cells.at(asked);
    if (answered) return emit(state, answered);
    if (x.facts.keeps(asked)) return emit(state, unknown);
  }
  const what = name ?? (e.callee.kind === "member" ? e.callee.field : "call");
  emit(state, signed(Sign.any, x.fresh(state, frame, e.at, what)));
}
