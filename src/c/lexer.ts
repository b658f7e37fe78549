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

enum Char {
  other = 0,
  space = 1,
  letter = 2,
  digit = 3,
  quote = 4,
  punctuation = 5,
}

const classes = new Uint8Array(256);
for (const c of " \t\r\n\f\v\\") classes[c.charCodeAt(0)] = Char.space;
for (let c = 0; c < 26; c++) classes[65 + c] = classes[97 + c] = Char.letter;
classes[95] = classes[36] = Char.letter; // _ and $
for (let c = 48; c < 58; c++) classes[c] = Char.digit;
classes[34] = classes[39] = Char.quote;
for (const text of operatorTexts) classes[text.charCodeAt(0)] = Char.punctuation;

const NEWLINE = 10;
const BACKSLASH = 92;
const SLASH = 47;
const STAR = 42;
const HASH = 35;

/** Operators by their first character, longest first. */
const operatorsByFirst: (readonly { text: string; code: number }[])[] = [];
for (const text of [...operatorTexts].sort((a, b) => b.length - a.length)) {
  const first = text.charCodeAt(0);
  operatorsByFirst[first] = [...(operatorsByFirst[first] ?? []), { text, code: op[text] }];
}

/**
 * Reads all tokens of a text. Never fails: what is no token becomes `T.stray`.
 * @param start where to begin, and @param end where to stop (macro bodies are read this way)
 */
export function tokenize(text: string, start = 0, end = text.length): Tokens {
  let capacity = Math.max(64, (end - start) >> 2);
  let kinds = new Uint8Array(capacity);
  let starts = new Int32Array(capacity);
  let ends = new Int32Array(capacity);
  let count = 0;
  const macros: Macro[] = [];
  const includes: string[] = [];

  const push = (kind: number, from: number, to: number) => {
    if (count + 1 >= capacity) {
      capacity *= 2;
      const grow = <A extends Uint8Array | Int32Array>(old: A, fresh: A): A => {
        fresh.set(old as never);
        return fresh;
      };
      kinds = grow(kinds, new Uint8Array(capacity));
      starts = grow(starts, new Int32Array(capacity));
      ends = grow(ends, new Int32Array(capacity));
    }
    kinds[count] = kind;
    starts[count] = from;
    ends[count++] = to;
  };

  let i = start;
  let lineStart = true;
  while (i < end) {
    const c = text.charCodeAt(i);
    const kind = c < 256 ? classes[c] : Char.other;
    if (kind === Char.space) {
      if (c === NEWLINE) lineStart = true;
      i++;
    } else if (kind === Char.letter) {
      const from = i++;
      while (i < end) {
        const next = classes[text.charCodeAt(i)]!;
        if (next !== Char.letter && next !== Char.digit) break;
        i++;
      }
      push(T.identifier, from, i);
      lineStart = false;
    } else if (c === SLASH && text.charCodeAt(i + 1) === STAR) {
      const close = text.indexOf("*/", i + 2);
      i = close === -1 ? end : close + 2;
    } else if (c === SLASH && text.charCodeAt(i + 1) === SLASH) {
      i = endOfDirective(text, i, end);
    } else if (c === HASH && lineStart) {
      i = directive(i);
    } else if (kind === Char.digit) {
      const from = i++;
      while (i < end) {
        const next = text.charCodeAt(i);
        const nextKind = classes[next]!;
        const exponentSign =
          (next === 43 || next === 45) &&
          /[eEpP]/.test(text[i - 1]!) &&
          !/^0[xX]/.test(text.slice(from, from + 2));
        if (nextKind !== Char.letter && nextKind !== Char.digit && next !== 46 && !exponentSign) break;
        i++;
      }
      push(T.number, from, i);
      lineStart = false;
    } else if (kind === Char.quote) {
      const from = i;
      i = endOfQuoted(text, i, end);
      push(c === 34 ? T.string : T.char, from, i);
      lineStart = false;
    } else if (kind === Char.punctuation) {
      const found = operatorsByFirst[c]!.find(
        (candidate) => candidate.text.length === 1 || text.startsWith(candidate.text, i),
      );
      if (found) {
        push(found.code, i, i + found.text.length);
        i += found.text.length;
      } else {
        push(T.stray, i, i + 1);
        i++;
      }
      lineStart = false;
    } else {
      push(T.stray, i, i + 1);
      i++;
      lineStart = false;
    }
  }
  kinds[count] = T.end;
  starts[count] = ends[count] = end;
  return { text, count, kinds, starts, ends, macros, includes };

  /** Reads the directive at `at`; returns where the next line begins. */
  function directive(at: number): number {
    const stop = endOfDirective(text, at, end);
    const match = /^#[ \t]*(\w+)[ \t]*/.exec(text.slice(at, Math.min(stop, at + 80)));
    const word = match?.[1];
    const rest = at + (match?.[0].length ?? 1);
    if (word === "if" || word === "ifdef" || word === "ifndef") {
      if (word === "if" && /^0\s*(\/[*/]|$)/.test(text.slice(rest, stop).trim()))
        return skipDead(text, stop, end);
      push(T.ppIf, at, stop);
    } else if (word === "else" || word === "elif") push(T.ppElse, at, stop);
    else if (word === "endif") push(T.ppEndif, at, stop);
    else if (word === "define") define(at, rest, stop);
    else if (word === "include") includes.push(text.slice(rest, stop).trim());
    return stop;
  }

  function define(at: number, from: number, stop: number): void {
    const name = /^\w+/.exec(text.slice(from, Math.min(stop, from + 200)))?.[0];
    if (!name) return;
    let body = from + name.length;
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
}

/** The end of a line that backslashes may continue; comments that span lines belong to it. */
function endOfDirective(text: string, from: number, end: number): number {
  let i = from;
  while (i < end) {
    const c = text.charCodeAt(i);
    if (c === NEWLINE) {
      const before = text.charCodeAt(i - 1) === 13 ? text.charCodeAt(i - 2) : text.charCodeAt(i - 1);
      if (before !== BACKSLASH) return i;
    } else if (c === SLASH && text.charCodeAt(i + 1) === STAR) {
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

function endOfQuoted(text: string, from: number, end: number): number {
  const quote = text.charCodeAt(from);
  let i = from + 1;
  while (i < end) {
    const c = text.charCodeAt(i);
    if (c === BACKSLASH) i++;
    else if (c === quote) return i + 1;
    else if (c === NEWLINE) return i; // unterminated: the rest of the file is not to be lost
    i++;
  }
  return end;
}
