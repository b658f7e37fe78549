/** Expressions: their values and their side effects, made ready as code. */
import type { Expression } from "../c/syntax.js";
import { assignment, storeOf } from "./assign.js";
import { suffixed } from "./bits.js";
import { callCode } from "./calls.js";
import { globalCell, localCell, nameCell, objectNameOf, peekOf, readCell } from "./cells.js";
import { type Code, type Context, sequence, several, single, withValue } from "./code.js";
import { statementExpressions } from "./function.js";
import { fileLevelValue, tableField } from "./names.js";
import type { Domain, State } from "./state.js";
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

type Of<K extends Expression["kind"]> = Extract<Expression, { kind: K }>;

/** Makes an expression ready to be evaluated. */
export function makeCode<D extends Domain>(c: Context<D>, e: Expression): Code<D> {
  switch (e.kind) {
    case "number":
      return fixed(constant(e.value));
    case "string":
      return fixed(signed(Sign.positive));
    case "type":
    case "initializer":
      return fixed(unknown);
    case "name":
      return single(nameValue(c, e.name));
    case "cast":
      return c.code(e.operand);
    case "member": {
      const value = memberValue(c, e);
      return isInert(e.object) ? single(value) : after(c.code(e.object), value);
    }
    case "index":
      return after(sequence([c.code(e.index), c.code(e.object)]), () => unknown);
    case "unary":
      return unary(c, e);
    case "postfix": {
      const store = storeOf(c, e.operand);
      const { operator } = e;
      return withValue(c.code(e.operand), (state, _, value) => {
        store(
          state,
          operator === "taken" ? zero : binary(operator === "++" ? "+" : "-", withoutCount(value), one),
        );
        return value;
      });
    }
    case "binary":
      return binaryCode(c, e);
    case "assign":
      return assignment(c, e);
    case "conditional": {
      const asked = c.test(e.condition);
      return several((state, frame, emit) =>
        asked.each(state, frame, (s, truth) => {
          if (!truth) c.code(e.otherwise).each(s, frame, emit);
          else if (e.then) c.code(e.then).each(s, frame, emit);
          else emit(s, signed(Sign.nonzero)); // a ?: b
        }),
      );
    }
    case "comma":
      return sequence(e.items.map((item) => c.code(item)));
    case "block": {
      const items = statementExpressions(e.body);
      return items.length === 0 ? fixed(unknown) : sequence(items.map((item) => c.code(item)));
    }
    case "call":
      return callCode(c, e);
  }
}

function fixed<D extends Domain>(value: Value): Code<D> {
  return single(() => value);
}

/** The value of something else, once code has run for what it does. */
function after<D extends Domain>(code: Code<D>, value: (state: State<D>) => Value): Code<D> {
  return withValue(code, (state) => value(state));
}

/** Whether evaluating an expression does nothing, so that who does not want its value need not evaluate it. */
function isInert(e: Expression): boolean {
  return (
    e.kind === "name" ||
    e.kind === "number" ||
    e.kind === "string" ||
    (e.kind === "cast" && isInert(e.operand))
  );
}

/** A counter's value without its count: loops would never end otherwise. */
function withoutCount(value: Value): Value {
  return value.constant === undefined || value.constant === 0 ? value : signed(value.signs);
}

function unary<D extends Domain>(c: Context<D>, e: Of<"unary">): Code<D> {
  const { operator, operand } = e;
  if (operator === "&") return addressOf(c, operand);
  if (operator === "-" && operand.kind === "name" && /^E[A-Z0-9]+$/.test(operand.name)) {
    const what = `-${operand.name}`;
    return single((state, frame) => {
      c.x.failsAt(state, frame, e.at, what);
      return negative;
    });
  }
  const inner = c.code(operand);
  switch (operator) {
    case "!":
      // Who is told of the answer later learns of the field as well: `is_pf = !pdev->is_virtfn`.
      if (operand.kind === "member" && c.x.program.observed(operand.field)) {
        const asked = c.test(operand);
        return several((state, frame, emit) =>
          asked.each(state, frame, (after, truth) => emit(after, truth ? zero : one)),
        );
      }
      return withValue(inner, (_s, _f, value) => not(value));
    case "-":
      return withValue(inner, (_s, _f, value) =>
        value.constant === undefined ? signed(mirror(value.signs)) : constant(-value.constant),
      );
    case "+":
      return inner;
    case "*": {
      const place = c.place(e);
      return withValue(inner, (state, _, value) => {
        const cell = place(state);
        if (cell) return readCell(cell, state);
        return value.target ? value : unknown; // *function is the function
      });
    }
    case "++":
    case "--": {
      const store = storeOf(c, operand);
      return withValue(inner, (state, _, value) => {
        const next = binary(operator === "++" ? "+" : "-", withoutCount(value), one);
        store(state, next);
        return next;
      });
    }
    default:
      return withValue(inner, (_s, _f, value) =>
        value.constant === undefined ? unknown : constant(-value.constant - 1),
      );
  }
}

function mirror(signs: number): number {
  return (
    (signs & Sign.zero) |
    (signs & Sign.positive ? Sign.negative : 0) |
    (signs & Sign.negative ? Sign.positive : 0)
  );
}

function addressOf<D extends Domain>(c: Context<D>, operand: Expression): Code<D> {
  const { x } = c;
  if (operand.kind === "name") {
    if (c.isLocal(operand.name) && !nameCell(operand.name, c).local)
      return fixed(pointer({ kind: "cell", name: localCell(operand.name, c).name }));
    return single(nameValue(c, operand.name, true));
  }
  if (operand.kind !== "member") {
    const inner = operand.kind === "index" ? operand.object : operand;
    return withValue(c.code(inner), () => signed(Sign.positive));
  }
  const data = memberData(c, operand);
  const holderOf = objectNameOf(operand.object, c, x.program);
  const value = (state: State<D>): Value => {
    const table = data(state, false);
    if (table) return table;
    // The device inside a pci_dev stands for it: &pdev->dev.
    const part = `${holderOf(state)}.${operand.field}`;
    return x.model.keepsCell(part) ? pointer({ kind: "object", name: part }) : signed(Sign.positive);
  };
  return isInert(operand.object) ? single(value) : after(c.code(operand.object), value);
}

/** Finds what a name stands for, or its address. */
function nameValue<D extends Domain>(
  c: Context<D>,
  name: string,
  address = false,
): (state: State<D>) => Value {
  if (c.isLocal(name)) {
    const { number, local } = nameCell(name, c);
    return local
      ? (state) => state.locals.at(number) ?? unknown
      : (state) => state.cells.at(number) ?? unknown;
  }
  if (name === "NULL" || name === "false") return () => zero;
  if (name === "true") return () => one;
  let lasting: Value | undefined;
  const meant = () => {
    lasting ??= fileLevelValue(c.x, name, c.file, address);
    return lasting;
  };
  if (address) return meant;
  const { number } = globalCell(name);
  return (state) => state.cells.at(number) ?? meant();
}

function memberValue<D extends Domain>(c: Context<D>, e: Of<"member">): (state: State<D>) => Value {
  const { facts } = c.x;
  const place = c.place(e);
  const data = memberData(c, e);
  return (state) => {
    const cell = place(state);
    const held = cell && state.cells.at(cell.number);
    if (held) return held;
    return data(state, true) ?? (cell ? facts.untouched(cell.number, c.file) : unknown);
  };
}

/** Finds what a table's initialiser puts into a field; when it is read, NULL where it names the others but not this one. */
function memberData<D extends Domain>(
  c: Context<D>,
  e: Of<"member">,
): (state: State<D>, read: boolean) => Value | undefined {
  const { object, field } = e;
  const holder =
    object.kind === "member"
      ? memberValue(c, object)
      : object.kind === "name"
        ? nameValue(c, object.name, !e.arrow)
        : peekOf(object, c, c.x.program);
  if (!holder) return () => undefined;
  /** By table; the same expression meets few. */
  const known = new Map<Value, readonly [address: Value | undefined, read: Value | undefined]>();
  return (state, read) => {
    const table = holder(state);
    const { target } = table;
    if (target?.kind !== "data") return undefined;
    let found = known.get(table);
    if (!found) {
      found = [tableField(c.x, target, field, false), tableField(c.x, target, field, true)];
      known.set(table, found);
    }
    return found[read ? 1 : 0];
  };
}

function binaryCode<D extends Domain>(c: Context<D>, e: Of<"binary">): Code<D> {
  const { operator } = e;
  if (operator === "&&" || operator === "||") {
    const asked = c.test(e);
    return several((state, frame, emit) =>
      asked.each(state, frame, (s, truth) => emit(s, truth ? one : zero)),
    );
  }
  const left = c.code(e.left);
  const right = c.code(e.right);
  const combine =
    operator === "&" ? masked(c, e) : (_: State<D>, a: Value, b: Value) => binary(operator, a, b);
  if (left.one && right.one) {
    const [first, second] = [left.one, right.one];
    return single((state, frame) => {
      const a = first(state, frame);
      return combine(state, a, second(state, frame));
    });
  }
  return several((state, frame, emit) =>
    left.each(state, frame, (s, a) => right.each(s, frame, (s2, b) => emit(s2, combine(s2, a, b)))),
  );
}

/** `word & MASK`, when the bit was set, cleared or tested on this path. */
function masked<D extends Domain>(
  c: Context<D>,
  e: Of<"binary">,
): (state: State<D>, left: Value, right: Value) => Value {
  const { facts } = c.x;
  const place = c.place(e.left);
  const bitOf = suffixed(e.right);
  return (state, left, right) => {
    const value = binary("&", left, right);
    if (value.constant !== undefined) return value;
    const cell = place(state);
    if (!cell) return value;
    const number = bitOf(cell);
    if (cell.local) return state.locals.at(number) ?? value;
    const bit = state.cells.at(number) ?? facts.untouched(number, c.file);
    return bit === unknown ? value : bit;
  };
}
