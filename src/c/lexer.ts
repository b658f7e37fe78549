/**
 * Tokens of a C file as the kernel writes it, before the preprocessor. Comments and white space go; conditional
 * directives stay as tokens, so that both branches of an #ifdef reach the parser; #define goes to a table of its
 * own. A text is read as latin1: an offset in it is an offset in the file. The loop over its bytes is in wasm/lexer.ts.
 */
import { readFileSync } from "node:fs";

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
  /** The identifiers, for `tokensNamed`; of a part of a text there are none. */
  readonly names: SortedNames;
  readonly macros: readonly Macro[];
  /** Names in `#include`, with their quotes or angle brackets. */
  readonly includes: readonly string[];
}

/** Token indices by buckets of names, those of a bucket in their order. */
interface SortedNames {
  /** Where each bucket begins, and the end. */
  readonly buckets: Int32Array;
  readonly order: Int32Array;
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

/** What wasm/lexer.ts exports. Places are offsets in its memory. */
interface Program {
  readonly memory: WebAssembly.Memory;
  readonly directiveCount: WebAssembly.Global<"i32">;
  useTables(classes: number, wordBytes: number, trie: number, codes: number): void;
  tokenize(
    text: number,
    length: number,
    offset: number,
    kinds: number,
    starts: number,
    ends: number,
    directives: number,
  ): number;
  sortNames(
    text: number,
    kinds: number,
    starts: number,
    ends: number,
    count: number,
    buckets: number,
    order: number,
  ): void;
}

/** wasm/lexer.ts, as `npm run build` compiled it; the same file for the sources and for what is built of them. */
const program = new WebAssembly.Module(
  readFileSync(new URL("../../dist/c/wasm/lexer.wasm", import.meta.url)),
);

/** An instance of the program, with room for texts of some size and their tokens: a token has at least one byte. */
class Lexer {
  private readonly exports = new WebAssembly.Instance(program).exports as unknown as Program;
  private readonly text: number;
  private readonly kinds: number;
  private readonly starts: number;
  private readonly ends: number;
  private readonly directives: number;
  private readonly buckets: number;
  private readonly order: number;
  private readonly memory: Buffer;

  constructor(readonly room: number) {
    const tables = [classes, wordBytes, trie, codeOf];
    let next = 4096; // behind the program's own
    const place = (size: number) => {
      const at = next;
      next += Math.ceil(size / 8 + 1) * 8; // with a zero before the next
      return at;
    };
    const places = tables.map(({ length }) => place(length));
    this.text = place(room);
    this.kinds = place(room + 1);
    this.starts = place(4 * (room + 1));
    this.ends = place(4 * (room + 1));
    this.directives = place(12 * (room / 7)); // "#define" has seven bytes
    this.buckets = place(4 * 257);
    this.order = place(4 * room);
    const { memory } = this.exports;
    memory.grow(Math.ceil(Math.max(0, next - memory.buffer.byteLength) / 65_536));
    this.memory = Buffer.from(memory.buffer);
    tables.forEach((table, i) => {
      this.memory.set(table, places[i]);
    });
    this.exports.useTables(places[0]!, places[1]!, places[2]!, places[3]!);
  }

  tokenize(text: string, start: number, end: number): Tokens {
    const isWhole = start === 0 && end === text.length;
    const part = isWhole ? text : text.slice(start, end);
    this.memory.write(part.replace(beyondLatin1, "\x80"), this.text, "latin1");
    this.memory.fill(0, this.text + part.length, this.text + part.length + 8);
    const { kinds, starts, ends, directives } = this;
    const count = this.exports.tokenize(this.text, part.length, start, kinds, starts, ends, directives);
    const { buffer } = this.memory;
    const found = new Int32Array(buffer, directives, 3 * this.exports.directiveCount.value);
    return {
      text,
      count,
      kinds: new Uint8Array(buffer, kinds, count + 1).slice(),
      starts: new Int32Array(buffer, starts, count + 1).slice(),
      ends: new Int32Array(buffer, ends, count + 1).slice(),
      names: isWhole ? this.sortNames(count) : noNames,
      ...readDirectives(text, found),
    };
  }

  private sortNames(count: number): SortedNames {
    this.exports.sortNames(this.text, this.kinds, this.starts, this.ends, count, this.buckets, this.order);
    const { buffer } = this.memory;
    const buckets = new Int32Array(buffer, this.buckets, 257).slice();
    return { buckets, order: new Int32Array(buffer, this.order, buckets[256]!).slice() };
  }
}

const noNames: SortedNames = { buckets: new Int32Array(257), order: new Int32Array() };

/** What a file read as latin1 does not have, but an edited text may: no token starts with it. */
const beyondLatin1 = /[^\0-\xff]/g;

/** Kept from one text to the next: a tree has thousands. */
let lexer = new Lexer(1 << 17);
/** Of a text larger than this there are few in a tree: its tenfold is not worth keeping. */
const largestKept = 1 << 20;

function lexerFor(size: number): Lexer {
  if (size <= lexer.room) return lexer;
  const larger = new Lexer(size < largestKept ? 2 * size : size);
  if (size < largestKept) lexer = larger;
  return larger;
}

/**
 * Reads all tokens of a text. Never fails: what is no token becomes `T.stray`.
 * @param start where to begin, and @param end where to stop (macro bodies are read this way)
 */
export function tokenize(text: string, start = 0, end = text.length): Tokens {
  return lexerFor(end - start).tokenize(text, start, end);
}

/** The indices of the identifiers of a name, in their order. */
export function tokensNamed({ text, starts, ends, names }: Tokens, name: string): number[] {
  const bucket = bucketOf(name);
  const found: number[] = [];
  for (let i = names.buckets[bucket]!; i < names.buckets[bucket + 1]!; i++) {
    const token = names.order[i]!;
    const start = starts[token]!;
    if (ends[token]! - start === name.length && text.startsWith(name, start)) found.push(token);
  }
  return found;
}

/** As wasm/lexer.ts has it. */
function bucketOf(name: string): number {
  const { length } = name;
  const [first, middle, last] = [0, length >> 1, length - 1].map((i) => name.charCodeAt(i));
  return (5 * length + 3 * first! + 7 * middle! + 11 * last!) & 255;
}

/** @param found three places for each: its `#`, what follows the word, its end */
function readDirectives(text: string, found: Int32Array): Pick<Tokens, "macros" | "includes"> {
  const macros: Macro[] = [];
  const includes: string[] = [];
  for (let i = 0; i < found.length; i += 3) {
    const [at, rest, stop] = found.subarray(i, i + 3) as unknown as [number, number, number];
    if (text.startsWith("define", firstLetter(text, at + 1))) {
      const macro = readMacro(text, at, rest, stop);
      if (macro) macros.push(macro);
    } else {
      const named = /<[^>]*>|"[^"]*"/.exec(text.slice(rest, stop)); // a comment may follow
      if (named) includes.push(named[0]);
    }
  }
  return { macros, includes };
}

function firstLetter(text: string, from: number): number {
  let at = from;
  while (text[at] === " " || text[at] === "\t") at++;
  return at;
}

function readMacro(text: string, at: number, from: number, stop: number): Macro | undefined {
  let body = from;
  while (wordBytes[text.charCodeAt(body)] === 1 && text[body] !== "$") body++;
  if (body === from) return undefined;
  const name = text.slice(from, body);
  let parameters: string[] | undefined;
  if (text[body] === "(") {
    const close = text.indexOf(")", body);
    if (close === -1 || close > stop) return undefined;
    parameters = text
      .slice(body + 1, close)
      .split(",")
      .map((p) => p.trim())
      .filter((p) => p !== "");
    body = close + 1;
  }
  return { name, parameters, bodyStart: body, bodyEnd: stop, start: at };
}
