/**
 * What a text does with a name, found at each place where the name stands: one search answers all questions about it.
 * Comments and macros count as well: who sets something by a macro sets it.
 */

export interface FieldUses {
  /** Whether an initialiser names it: `{ .name = …`. */
  readonly isInitialized: boolean;
  /** Whether its address is given away: `f(&x->name, …)`. */
  readonly isPassed: boolean;
  /** Offsets of where it gets another value. */
  readonly changed: readonly number[];
  /** Those of them where it gets all of another: `name = …`. */
  readonly replaced: readonly Replacement[];
}

export interface Replacement {
  readonly at: number;
  /** The name before the last arrow or dot: "adapter" of `adapter->flags = …`, "" of `flags = …`. */
  readonly holder: string;
}

/** What a text does with a field or a global. */
export function fieldUses(text: string, name: string): FieldUses {
  let isInitialized = false;
  let isPassed = false;
  const changed: number[] = [];
  const replaced: Replacement[] = [];
  for (const at of placesOf(text, name)) {
    const next = afterSpace(text, at + name.length);
    const c = text.charCodeAt(next);
    if (c === COMMA || c === CLOSE) isPassed ||= isAddressed(text, at);
    else if (c === EQUALS && text.charCodeAt(next + 1) !== EQUALS) {
      replaced.push({ at, holder: holderBefore(text, at) });
      changed.push(at);
      isInitialized ||= isDesignator(text, at);
      continue;
    } else if (c === EQUALS) isInitialized ||= isDesignator(text, at);
    if (isChangedBefore(text, at) || isChangedAfter(text, next)) changed.push(at);
  }
  return { isInitialized, isPassed, changed, replaced };
}

/** Offsets of what sets or clears a bit: the operator of `flags |= A | BIT`, the name in `set_bit(BIT, …)`. */
export function bitChanges(text: string, bit: string): number[] {
  const found: number[] = [];
  for (const at of placesOf(text, bit)) {
    let i = at - 1;
    while (i >= 0 && text.charCodeAt(i) !== SEMICOLON && text.charCodeAt(i) !== EQUALS) i--;
    const before = text.charCodeAt(i - 1);
    if (text.charCodeAt(i) === EQUALS && (before === OR || before === AND)) found.push(i - 1);
    else if (isArgumentOf(text, at, /^_{0,2}(?:test_and_)?(?:set|clear|change|assign)_bit$/)) found.push(at);
  }
  return found;
}

/** The names through which a word is reached where a bit of it is asked, set or cleared: "adapter" of `adapter->flags & BIT`. */
export function holdersOfBit(text: string, bit: string, word: string): Set<string> {
  const holders = new Set<string>();
  for (const at of placesOf(text, bit)) {
    const from = startOfStatement(text, at);
    const to = endOfStatement(text, at);
    const statement = text.slice(from, to);
    for (const place of placesOf(statement, word)) holders.add(holderBefore(text, from + place));
  }
  return holders;
}

/** Whether a text defines a function that does nothing before it returns: `f(struct x *x) { return …`. */
export function returnsAtOnce(text: string, name: string): boolean {
  return callsOf(text, name).some((at) => {
    const close = text.indexOf(")", at);
    const open = close === -1 ? -1 : afterSpace(text, close + 1);
    if (text.charCodeAt(open) !== BRACE) return false;
    const first = afterSpace(text, open + 1);
    return text.startsWith("return", first) && !isWordCharacter(text.charCodeAt(first + 6));
  });
}

/** Offsets of calls by name. */
export function callsOf(text: string, name: string): number[] {
  return placesOf(text, name).filter((at) => text.charCodeAt(afterSpace(text, at + name.length)) === OPEN);
}

const [OPEN, CLOSE, COMMA, SEMICOLON, EQUALS] = codes("(),;=");
const [AND, OR, XOR, PLUS, MINUS, LESS, GREATER, DOT, BRACE, CLOSING_BRACE] = codes("&|^+-<>.{}");

function codes(characters: string): number[] {
  return [...characters].map((c) => c.charCodeAt(0));
}

/** Where a name stands as a whole word. */
export function placesOf(text: string, name: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + name.length))
    if (!isWordCharacter(text.charCodeAt(at - 1)) && !isWordCharacter(text.charCodeAt(at + name.length)))
      found.push(at);
  return found;
}

/** `++`, `--`, `+=`, `|=`, `<<=` and the like. Nothing multiplies or divides a switch. */
function isChangedAfter(text: string, at: number): boolean {
  const c = text.charCodeAt(at);
  const next = text.charCodeAt(at + 1);
  if ((c === PLUS || c === MINUS) && next === c) return true;
  if (c === PLUS || c === MINUS || c === OR || c === AND || c === XOR)
    return next === EQUALS && text.charCodeAt(at + 2) !== EQUALS;
  return (
    (c === LESS || c === GREATER) &&
    next === c &&
    text.charCodeAt(at + 2) === EQUALS &&
    text.charCodeAt(at + 3) !== EQUALS
  );
}

/** `++x->name`, `--x.name`. */
function isChangedBefore(text: string, at: number): boolean {
  const start = startOfPath(text, at);
  if (text.charCodeAt(start - 1) === PLUS && text.charCodeAt(start - 2) === PLUS) return true;
  return at - start >= 2 && text.slice(start, at).includes("--");
}

/** `&x->name` */
function isAddressed(text: string, at: number): boolean {
  return text.charCodeAt(beforeSpace(text, startOfPath(text, at) - 1)) === AND;
}

/** The name before the arrow or dot before a place; "" when there is none. */
function holderBefore(text: string, at: number): string {
  let end = at - 1;
  if (text.charCodeAt(end) === GREATER && text.charCodeAt(end - 1) === MINUS) end--;
  else if (text.charCodeAt(end) !== DOT) return "";
  let start = end;
  while (isWordCharacter(text.charCodeAt(start - 1))) start--;
  return text.slice(start, end);
}

/** Statements end at a semicolon or a brace. */
function startOfStatement(text: string, at: number): number {
  let i = at;
  while (i > 0 && !endsStatement(text.charCodeAt(i - 1))) i--;
  return i;
}

function endOfStatement(text: string, at: number): number {
  let i = at;
  while (i < text.length && !endsStatement(text.charCodeAt(i))) i++;
  return i;
}

function endsStatement(c: number): boolean {
  return c === SEMICOLON || c === BRACE || c === CLOSING_BRACE;
}

/** `{ .name`, or `, .name` */
function isDesignator(text: string, at: number): boolean {
  if (text.charCodeAt(at - 1) !== DOT) return false;
  const c = text.charCodeAt(beforeSpace(text, at - 2));
  return c === BRACE || c === COMMA;
}

/** Whether a name is the first argument of a call of a function whose name matches. */
function isArgumentOf(text: string, at: number, called: RegExp): boolean {
  const open = beforeSpace(text, at - 1);
  if (text.charCodeAt(open) !== OPEN) return false;
  let start = open;
  while (isWordCharacter(text.charCodeAt(start - 1))) start--;
  return called.test(text.slice(start, open));
}

/** Where the `x->y.` before a name begins. */
function startOfPath(text: string, at: number): number {
  let i = at;
  for (; i > 0; i--) {
    const c = text.charCodeAt(i - 1);
    if (!isWordCharacter(c) && c !== DOT && c !== MINUS && c !== GREATER) break;
  }
  return i;
}

function afterSpace(text: string, at: number): number {
  let i = at;
  while (isSpace(text.charCodeAt(i))) i++;
  return i;
}

function beforeSpace(text: string, at: number): number {
  let i = at;
  while (isSpace(text.charCodeAt(i))) i--;
  return i;
}

function isSpace(c: number): boolean {
  return c === 32 || (c >= 9 && c <= 13) || c === 160;
}

/** False beyond the ends of a text, where a character's code is NaN. */
function isWordCharacter(c: number): boolean {
  return (c >= 97 && c < 123) || (c >= 48 && c < 58) || (c >= 65 && c < 91) || c === 95;
}
