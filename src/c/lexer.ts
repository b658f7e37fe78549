/**
 * Tokens of a C file as the kernel writes it, before the preprocessor. Comments and white space go; conditional
 * directives stay as tokens, so that both branches of an #ifdef reach the parser; #define goes to a table of its
 * own. A text is read as latin1: an offset in it is an offset in the file.
 */

/** What a token is. Operators have a code each, from `T.operators` on. */
export const T = {
  end: 0,
  identifier: 1,
  number: 2,
  string: 3,
  char: 4,
  /** `#if`, `#ifdef`, `#ifndef` */
  ppIf: 5,
  /** `#else`, `#elif` */
  ppElse: 6,
  ppEndif: 7,
  /** A byte that no C token starts with. */
  stray: 8,
  operators: 16,
} as const;

// biome-ignore format: a table reads better than a column
const operatorTexts = [
  "(", ")", "{", "}", "[", "]", ";", ",", ":", "?", ".", "->", "...",
  "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=",
  "+", "-", "*", "/", "%", "&", "|", "^", "~", "!", "<<", ">>",
  "==", "!=", "<", ">", "<=", ">=", "&&", "||", "++", "--", "#", "##",
] as const;

export type Operator = (typeof operatorTexts)[number];

/** The code of an operator. */
export const op = Object.fromEntries(operatorTexts.map((text, i) => [text, T.operators + i])) as Readonly<
  Record<Operator, number>
>;

/** A `#define`, with where its body lies in the text. */
export interface Macro {
  readonly name: string;
  /** Undefined for an object-like macro. */
  readonly parameters: readonly string[] | undefined;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  readonly start: number;
}

export interface Tokens {
  readonly text: string;
  readonly count: number;
  /** Values of `T` or operator codes; one more than `count`, the last is `T.end`. */
  readonly kinds: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly macros: readonly Macro[];
  /** Names in `#include`, with their quotes or angle brackets. */
  readonly includes: readonly string[];
}

const Char = { other: 0, space: 1, letter: 2, digit: 3, quote: 4, punctuation: 5 } as const;

const classes = new Uint8Array(256);
for (const c of " \t\r\n\f\v\\") classes[c.charCodeAt(0)] = Char.space;
for (let c = 0; c < 26; c++) classes[65 + c] = classes[97 + c] = Char.letter;
classes[95] = classes[36] = Char.letter; // _ and $
for (let c = 48; c < 58; c++) classes[c] = Char.digit;
classes[34] = classes[39] = Char.quote;
for (const text of operatorTexts) classes[text.charCodeAt(0)] = Char.punctuation;

/** Whether a byte goes on a word. */
const wordBytes = classes.map((kind) => (kind === Char.letter || kind === Char.digit ? 1 : 0));

const NEWLINE = 10;
const RETURN = 13;
const BACKSLASH = 92;
const SLASH = 47;
const STAR = 42;
const HASH = 35;
const DOUBLE = 34;
const POINT = 46;
const PLUS = 43;
const MINUS = 45;

/** The operators as a trie: a state and the next byte give a state; each state but the first is an operator or a part of one. */
const [trie, codeOf] = trieOfOperators();

function trieOfOperators(): [Uint8Array, Uint8Array] {
  const prefixes = [
    ...new Set(operatorTexts.flatMap((text) => [...text].map((_, i) => text.slice(0, i + 1)))),
  ];
  const next = new Uint8Array(256 * (prefixes.length + 1));
  const codes = new Uint8Array(prefixes.length + 1);
  prefixes.forEach((prefix, i) => {
    const before = prefixes.indexOf(prefix.slice(0, -1)) + 1;
    next[256 * before + prefix.charCodeAt(prefix.length - 1)] = i + 1;
    codes[i + 1] = (op as Record<string, number>)[prefix] ?? 0;
  });
  return [next, codes];
}

/**
 * The bytes of the text that is being read, and its tokens so far: a token has at least one byte. They are kept from
 * one text to the next: a tree has thousands, and memory that was used just now is at hand.
 */
let scratch = newScratch(1 << 17);
/** Of a text larger than this there are few in a tree: its ninefold is not worth keeping. */
const largestKept = 1 << 20;

function newScratch(size: number) {
  const bytes = new Uint8Array(size);
  return {
    bytes,
    writer: Buffer.from(bytes.buffer),
    kinds: new Uint8Array(size),
    starts: new Int32Array(size),
    ends: new Int32Array(size),
  };
}

/** Lays the bytes out at their places in the text, with an end that no token goes across. */
function scratchFor(text: string, start: number, end: number): typeof scratch {
  let found = scratch;
  if (found.bytes.length <= end) found = newScratch(end < largestKept ? 2 * end : end + 1);
  if (end < largestKept) scratch = found;
  const part = start === 0 && end === text.length ? text : text.slice(start, end);
  found.writer.write(part.replace(beyondLatin1, "\x80"), start, "latin1");
  found.bytes[end] = 0;
  return found;
}

/** What a file read as latin1 does not have, but an edited text may: no token starts with it. */
const beyondLatin1 = /[^\0-\xff]/g;

/**
 * Reads all tokens of a text. Never fails: what is no token becomes `T.stray`.
 * @param start where to begin, and @param end where to stop (macro bodies are read this way)
 */
export function tokenize(text: string, start = 0, end = text.length): Tokens {
  const { bytes, kinds, starts, ends } = scratchFor(text, start, end);
  const macros: Macro[] = [];
  const includes: string[] = [];
  let count = 0;
  let i = start;
  let lineStart = true;
  while (i < end) {
    const from = i;
    const c = bytes[i]!;
    const kind = classes[c];
    let code: number;
    if (kind === Char.space) {
      if (c === NEWLINE) lineStart = true;
      i++;
      continue;
    }
    if (kind === Char.letter) {
      do i++;
      while (wordBytes[bytes[i]!] === 1);
      code = T.identifier;
    } else if (c === SLASH && beginsComment(bytes, i)) {
      i = afterComment(text, bytes, i, end);
      continue;
    } else if (c === HASH && lineStart) {
      i = endOfDirective(text, bytes, from, end);
      const { word, rest } = readDirective(text, bytes, from, i);
      if (word === "define") define(text, bytes, from, rest, i, macros);
      else if (word === "include") {
        const named = /<[^>]*>|"[^"]*"/.exec(text.slice(rest, i)); // a comment may follow
        if (named) includes.push(named[0]);
      }
      const conditional = conditionals.get(word);
      if (conditional === undefined) continue;
      if (word === "if" && /^0\s*(\/[*/]|$)/.test(text.slice(rest, i).trim())) {
        i = skipDead(text, i, end);
        continue;
      }
      code = conditional;
    } else if (kind === Char.punctuation) {
      code = T.stray;
      let state = trie[c]!;
      for (let next = i + 1; state !== 0; state = trie[256 * state + bytes[next++]!]!)
        if (codeOf[state] !== 0) {
          code = codeOf[state]!;
          i = next;
        }
    } else if (kind === Char.digit) {
      i = endOfNumber(bytes, i);
      code = T.number;
    } else if (kind === Char.quote) {
      i = endOfQuoted(bytes, i, end);
      code = c === DOUBLE ? T.string : T.char;
    } else {
      i++;
      code = T.stray;
    }
    lineStart = false;
    kinds[count] = code;
    starts[count] = from;
    ends[count++] = i;
  }
  kinds[count] = T.end;
  starts[count] = ends[count] = end;
  return {
    text,
    count,
    kinds: kinds.slice(0, count + 1),
    starts: starts.slice(0, count + 1),
    ends: ends.slice(0, count + 1),
    macros,
    includes,
  };
}

const conditionals: ReadonlyMap<string, number> = new Map([
  ["if", T.ppIf],
  ["ifdef", T.ppIf],
  ["ifndef", T.ppIf],
  ["else", T.ppElse],
  ["elif", T.ppElse],
  ["endif", T.ppEndif],
]);

interface Directive {
  readonly word: string;
  /** Where what follows the word begins. */
  readonly rest: number;
}

function readDirective(text: string, bytes: Uint8Array, at: number, stop: number): Directive {
  const from = afterBlanks(bytes, at + 1);
  const to = endOfWord(bytes, from);
  return { word: text.slice(from, to), rest: Math.min(afterBlanks(bytes, to), stop) };
}

function define(
  text: string,
  bytes: Uint8Array,
  at: number,
  from: number,
  stop: number,
  macros: Macro[],
): void {
  let body = endOfWord(bytes, from);
  if (body === from) return;
  const name = text.slice(from, body);
  let parameters: string[] | undefined;
  if (text[body] === "(") {
    const close = text.indexOf(")", body);
    if (close === -1 || close > stop) return;
    parameters = text
      .slice(body + 1, close)
      .split(",")
      .map((p) => p.trim())
      .filter((p) => p !== "");
    body = close + 1;
  }
  macros.push({ name, parameters, bodyStart: body, bodyEnd: stop, start: at });
}

function afterBlanks(bytes: Uint8Array, at: number): number {
  let i = at;
  while (bytes[i] === 32 || bytes[i] === 9) i++;
  return i;
}

/** The end of letters, digits and underscores. */
function endOfWord(bytes: Uint8Array, at: number): number {
  let i = at;
  while (wordBytes[bytes[i]!] === 1 && bytes[i] !== 36) i++;
  return i;
}

function beginsComment(bytes: Uint8Array, slash: number): boolean {
  const second = bytes[slash + 1];
  return second === STAR || second === SLASH;
}

function afterComment(text: string, bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at + 1] === SLASH) return endOfDirective(text, bytes, at, end);
  const close = text.indexOf("*/", at + 2);
  return close === -1 ? end : close + 2;
}

/** The end of a line that backslashes may continue; comments that span lines belong to it. */
function endOfDirective(text: string, bytes: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end) {
    const c = bytes[i];
    if (c === NEWLINE) {
      const before = bytes[i - 1] === RETURN ? bytes[i - 2] : bytes[i - 1];
      if (before !== BACKSLASH) return i;
    } else if (c === SLASH && bytes[i + 1] === STAR) {
      const close = text.indexOf("*/", i + 2);
      i = close === -1 ? end : close + 1;
    }
    i++;
  }
  return end;
}

/** After `#if 0`: where its #else or #endif leaves off. The #else branch is live: its #endif is then unmatched, which the parser allows. */
function skipDead(text: string, from: number, end: number): number {
  let depth = 1;
  let i = from;
  while (i < end) {
    const line = text.indexOf("\n", i);
    const lineEnd = line === -1 ? end : line;
    const word = /^[ \t]*#[ \t]*(if|ifdef|ifndef|else|elif|endif)\b/.exec(
      text.slice(i, Math.min(lineEnd, i + 60)),
    )?.[1];
    if (word?.startsWith("if")) depth++;
    else if (word === "endif") depth--;
    if (depth === 0 || (depth === 1 && (word === "else" || word === "elif"))) return lineEnd;
    i = lineEnd + 1;
  }
  return end;
}

/** A number may have points, suffixes, and a sign after its exponent: `1.5e-3f`. The `e` of `0xe-1` is a digit. */
function endOfNumber(bytes: Uint8Array, from: number): number {
  const isHexadecimal = bytes[from] === 48 && (bytes[from + 1]! | 32) === 120;
  for (let i = from + 1; ; i++) {
    const c = bytes[i]!;
    if (wordBytes[c] === 1 || c === POINT) continue;
    const before = bytes[i - 1]! | 32;
    const isExponent = before === 101 || before === 112; // e, p
    if ((c === PLUS || c === MINUS) && isExponent && !isHexadecimal) continue;
    return i;
  }
}

function endOfQuoted(bytes: Uint8Array, from: number, end: number): number {
  const quote = bytes[from];
  let i = from + 1;
  while (i < end) {
    const c = bytes[i];
    if (c === BACKSLASH) i++;
    else if (c === quote) return i + 1;
    else if (c === NEWLINE) return i; // unterminated: the rest of the file is not to be lost
    i++;
  }
  return end;
}
