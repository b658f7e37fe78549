/** Calls: of builtins, of primitives, of functions that are followed, and of those that are not. */
import type { CFunction } from "../c/source.js";
import type { Expression } from "../c/syntax.js";
import { suffixed } from "./bits.js";
import { type Builtin, builtins } from "./builtins.js";
import { cellNumber } from "./cell-names.js";
import { typeOf } from "./cells.js";
import { allOne, type Code, type Context, eachList, several, single, values } from "./code.js";
import { predicateNumber } from "./condition.js";
import { isPredicate } from "./names.js";
import { originAt } from "./origins.js";
import type { Domain, Frame, State } from "./state.js";
import { one, Sign, signed, unknown, type Value, zero } from "./value.js";

type Call = Extract<Expression, { kind: "call" }>;

/** Makes a call ready. */
export function callCode<D extends Domain>(c: Context<D>, e: Call): Code<D> {
  const name = e.callee.kind === "name" ? e.callee.name : undefined;
  const builtin = name !== undefined ? builtins[name] : undefined;
  if (builtin) return builtinCode(c, builtin, e);
  if (name === undefined || c.isLocal(name)) return throughPointer(c, e);
  const given = e.arguments.map((argument) => c.code(argument));
  const primitive = c.x.model.primitive(name);
  if (primitive)
    return several((state, frame, emit) =>
      eachList(given, state, frame, (s, list) =>
        primitive({ name, arguments: list, expressions: e.arguments, state: s, frame, at: e.at }, emit, c.x),
      ),
    );
  const definitions = c.x.program.follow(name, c.file);
  const otherwise = notFollowed(c, e, name);
  if (definitions.length > 0) return followed(c, e, given, definitions, otherwise);
  const ones = allOne(given);
  if (ones) return single((state, frame) => otherwise(state, frame, values(ones, state, frame)));
  return several((state, frame, emit) =>
    eachList(given, state, frame, (s, list) => emit(s, otherwise(s, frame, list))),
  );
}

type Ending<D extends Domain> = (state: State<D>, frame: Frame, values: readonly Value[]) => Value;

function followed<D extends Domain>(
  c: Context<D>,
  e: Call,
  given: readonly Code<D>[],
  definitions: readonly CFunction[],
  otherwise: Ending<D>,
): Code<D> {
  const ones = allOne(given);
  if (ones)
    return several((state, frame, emit) => {
      const list = values(ones, state, frame);
      if (!c.x.callEach(definitions, list, state, frame, e.at, emit))
        emit(state, otherwise(state, frame, list));
    });
  return several((state, frame, emit) =>
    eachList(given, state, frame, (s, list) => {
      if (!c.x.callEach(definitions, list, s, frame, e.at, emit)) emit(s, otherwise(s, frame, list));
    }),
  );
}

function throughPointer<D extends Domain>(c: Context<D>, e: Call): Code<D> {
  const { x, file } = c;
  const given = e.arguments.map((argument) => c.code(argument));
  const pointer = c.code(e.callee);
  const otherwise = notFollowed(c, e, undefined);
  const throughField = (): readonly CFunction[] =>
    e.callee.kind === "member"
      ? x.program.throughField(e.callee.field, typeOf(e.callee.object, c, x.program)?.name, file)
      : [];
  let definitions: readonly CFunction[] | undefined;
  return several((state, frame, emit) =>
    eachList(given, state, frame, (s, list) =>
      pointer.each(s, frame, (s2, callee) => {
        if (callee.target?.kind === "function" || callee.signs === Sign.zero) {
          if (x.callTarget(callee.target, list, s2, frame, e.at, emit)) return;
        } else {
          definitions ??= throughField();
          if (x.callEach(definitions, list, s2, frame, e.at, emit)) return;
        }
        emit(s2, otherwise(s2, frame, list));
      }),
    ),
  );
}

/** A call into code that does not matter, or is not there: anything may come back. */
function notFollowed<D extends Domain>(c: Context<D>, e: Call, name: string | undefined): Ending<D> {
  const { x } = c;
  const what = name ?? (e.callee.kind === "member" ? e.callee.field : "call");
  const anything = signed(Sign.any, originAt(c.definition, e.at));
  const asked = name === undefined ? undefined : predicateNumber(e);
  const isQuestion = name !== undefined && isPredicate(name) && asked !== undefined && x.facts.keeps(asked);
  const looksUp = e.arguments.some((argument) => handsOut(c, argument));
  return (state, frame, list) => {
    for (const { target } of list) if (target?.kind === "cell") state.cells.drop(cellNumber(target.name));
    if (looksUp && x.model.trustsLookups?.(frame)) return zero;
    const answered = asked === undefined ? undefined : state.cells.at(asked);
    if (answered) return answered;
    if (isQuestion) return signed(Sign.any, x.origins.asks(asked, state, frame, e.at, name));
    x.origins.fresh(state, frame, e.at, what);
    return anything;
  };
}

/** `&priv` of a local that is a pointer. */
function handsOut<D extends Domain>(c: Context<D>, argument: Expression): boolean {
  if (argument.kind !== "unary" || argument.operator !== "&" || argument.operand.kind !== "name")
    return false;
  return c.isLocal(argument.operand.name) && (typeOf(argument.operand, c, c.x.program)?.pointers ?? 0) > 0;
}

function builtinCode<D extends Domain>(c: Context<D>, builtin: Builtin, e: Call): Code<D> {
  const given = e.arguments.map((argument) => c.code(argument));
  switch (builtin.kind) {
    case "argument":
      return combined(given, (list) => list[builtin.index] ?? unknown);
    case "value":
      return combined(given, builtin.of);
    case "never":
      return several((state, frame) => eachList(given, state, frame, () => {})); // the path ends
    case "bit":
      return bitCode(c, builtin, e, given);
  }
}

function combined<D extends Domain>(
  given: readonly Code<D>[],
  combine: (values: readonly Value[]) => Value,
): Code<D> {
  const ones = allOne(given);
  if (ones) return single((state, frame) => combine(values(ones, state, frame)));
  return several((state, frame, emit) => eachList(given, state, frame, (s, list) => emit(s, combine(list))));
}

function bitCode<D extends Domain>(
  c: Context<D>,
  { tests, sets }: Extract<Builtin, { kind: "bit" }>,
  e: Call,
  given: readonly Code<D>[],
): Code<D> {
  const { facts } = c.x;
  const bitIn = bitOf(c, e);
  const before = (state: State<D>, bit: number): Value | undefined => {
    const value = state.cells.at(bit) ?? facts.untouched(bit, c.file);
    return value === unknown ? undefined : value;
  };
  const ones = tests ? undefined : allOne(given);
  if (ones)
    return single((state, frame) => {
      const bit = bitIn(state);
      values(ones, state, frame);
      const old = bit === undefined ? undefined : before(state, bit);
      if (bit !== undefined && sets !== undefined) state.cells.put(bit, sets ? one : zero);
      return old ?? unknown;
    });
  return several((start, frame, emit) => {
    const bit = bitIn(start);
    eachList(given, start, frame, (state) => {
      const old = bit === undefined ? undefined : before(state, bit);
      if (bit !== undefined && sets !== undefined) state.cells.put(bit, sets ? one : zero);
      if (!tests || old !== undefined) return emit(state, old ?? unknown);
      const other = state.copy();
      if (bit !== undefined && sets === undefined) {
        state.cells.put(bit, one);
        other.cells.put(bit, zero);
      }
      emit(state, one);
      emit(other, zero);
    });
  });
}

/** Finds the cell for bit `NR` of the bitmap in `set_bit(NR, &p->flags)`. */
function bitOf<D extends Domain>(c: Context<D>, e: Call): (state: State<D>) => number | undefined {
  const [nr, word] = e.arguments;
  if (!nr || !word) return () => undefined;
  const place = c.place(word.kind === "unary" && word.operator === "&" ? word.operand : word);
  const bitIn = suffixed(nr);
  return (state) => {
    const cell = place(state);
    if (!cell || cell.local) return undefined;
    const bit = bitIn(cell);
    return c.x.facts.keeps(bit) ? bit : undefined;
  };
}
