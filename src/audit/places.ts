/** What stands at a place in a file: a token, the function or the variable around it, the field of an initialiser. */
import { op, T, tokensNamed } from "../c/lexer.js";
import type { CFunction, CVariable, SourceFile } from "../c/source.js";
import type { Expression } from "../c/syntax.js";
import { neverHolds } from "../exec/function.js";
import { placesOf } from "./name-uses.js";

/** The index of the first token that does not start before an offset; the number of tokens when there is none. */
export function tokenAtOrAfter({ tokens: { starts, count } }: SourceFile, at: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a name stands as a token, or in what a macro stands for. */
export interface Mention {
  readonly at: number;
  /** -1 in a macro. */
  readonly token: number;
}

/** Every place in a file where a name means something, in the order of the text. */
export function mentions(file: SourceFile, name: string): Mention[] {
  const { starts } = file.tokens;
  const found: Mention[] = tokensNamed(file.tokens, name).map((token) => ({ at: starts[token]!, token }));
  if (!bodiesOf(file).includes(name)) return found;
  for (const { bodyStart, bodyEnd } of file.macros.values())
    for (const at of placesOf(file.text.slice(bodyStart, bodyEnd), name))
      found.push({ at: bodyStart + at, token: -1 });
  return found.sort((a, b) => a.at - b.at);
}

const bodies = new WeakMap<SourceFile, string>();

/** What all macros of a file stand for. */
function bodiesOf(file: SourceFile): string {
  let known = bodies.get(file);
  if (known === undefined) {
    const macros = [...file.macros.values()];
    known = macros.map(({ bodyStart, bodyEnd }) => file.text.slice(bodyStart, bodyEnd)).join("\n");
    bodies.set(file, known);
  }
  return known;
}

/** The index of the token that starts at an offset, or -1. */
export function tokenAt(file: SourceFile, at: number): number {
  const token = tokenAtOrAfter(file, at);
  return token < file.tokens.count && file.tokens.starts[token] === at ? token : -1;
}

const variablesByPosition = new WeakMap<SourceFile, CVariable[]>();

/** The last variable that begins before an offset: the one whose initialiser the offset may stand in. */
export function variableBefore(file: SourceFile, at: number): CVariable | undefined {
  let sorted = variablesByPosition.get(file);
  if (!sorted) {
    sorted = [...file.variables.values()].sort((a, b) => a.at - b.at);
    variablesByPosition.set(file, sorted);
  }
  return sorted.findLast((variable) => variable.at <= at);
}

const byPosition = new WeakMap<SourceFile, CFunction[]>();

/** The function in whose body a token stands. */
export function functionAt(file: SourceFile, token: number): CFunction | undefined {
  let sorted = byPosition.get(file);
  if (!sorted) {
    sorted = [...file.functions.values()].flat().sort((a, b) => a.open - b.open);
    byPosition.set(file, sorted);
  }
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.open <= token) low = middle + 1;
    else high = middle;
  }
  const candidate = sorted[low - 1];
  return candidate && token < candidate.close ? candidate : undefined;
}

export interface Place {
  readonly field: string | undefined;
  readonly call: { readonly name: string; readonly argument: number } | undefined;
}

/** Where in an initialiser a name stands, at the offset given: its field, or the macro it is an argument of. */
export function placesIn(initial: Expression, name: string, at: number, field?: string): Place[] {
  switch (initial.kind) {
    case "initializer":
      return initial.items.flatMap((item) => placesIn(item.value, name, at, item.path.at(-1) ?? field));
    case "name":
      return initial.name === name && initial.at === at ? [{ field, call: undefined }] : [];
    case "unary":
    case "cast":
      return placesIn(initial.operand, name, at, field);
    case "conditional":
      return [
        ...(initial.then ? placesIn(initial.then, name, at, field) : []),
        ...placesIn(initial.otherwise, name, at, field),
      ];
    case "call": {
      const argument = initial.arguments.findIndex(
        (a) => a.kind === "name" && a.name === name && a.at === at,
      );
      if (argument === -1) return initial.arguments.flatMap((a) => placesIn(a, name, at, field));
      if (neverHolds(initial)) return [];
      const macro = initial.callee.kind === "name" ? initial.callee.name : "";
      // pm_sleep_ptr(function) is the function; SET_SYSTEM_SLEEP_PM_OPS(suspend, resume) are two fields.
      return field !== undefined
        ? [{ field, call: undefined }]
        : [{ field: undefined, call: { name: macro, argument } }];
    }
    default:
      return [];
  }
}

/**
 * The tag of the struct whose field a token names, in `name->field = …`, or in the initialiser `struct tag name = {
 * .field = …` of a variable of a function; undefined when it is not seen from there.
 */
export function structOfField(file: SourceFile, field: number): string | undefined {
  const { kinds } = file.tokens;
  if (kinds[field - 2] === T.identifier && kinds[field - 3] !== op["->"] && kinds[field - 3] !== op["."])
    return structOfVariable(file, field - 2);
  let depth = 0;
  for (let i = field - 2; i > 0 && kinds[i] !== op[";"]; i--) {
    if (kinds[i] === op["}"]) depth++;
    else if (kinds[i] === op["{"] && depth-- === 0)
      return kinds[i - 1] === op["="] ? declaredStruct(file, i - 2) : undefined;
  }
  return undefined;
}

/** The struct that the variable at a token is declared as: in the function around it, or at file level. */
function structOfVariable(file: SourceFile, token: number): string | undefined {
  const around = functionAt(file, token);
  const name = file.text.slice(file.tokens.starts[token], file.tokens.ends[token]);
  for (const place of tokensNamed(file.tokens, name)
    .filter((i) => i < token)
    .reverse()) {
    const within = functionAt(file, place);
    if (within !== undefined && within !== around) continue;
    const struct = declaredStruct(file, place);
    if (struct !== undefined) return struct;
  }
  return undefined;
}

/** `struct tag *name`, with attributes between: the tag before the name at a token. */
function declaredStruct(file: SourceFile, name: number): string | undefined {
  const { kinds, starts, ends } = file.tokens;
  const word = (i: number) => file.text.slice(starts[i], ends[i]);
  let tag = name - 1;
  while (kinds[tag] === op["*"] || /^(__\w+|const|volatile)$/.test(word(tag))) tag--;
  return kinds[tag] === T.identifier && word(tag - 1) === "struct" ? word(tag) : undefined;
}
