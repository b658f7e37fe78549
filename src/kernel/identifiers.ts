/**
 * Which files may contain a name: a Bloom filter of identifiers for each file, built in one pass over its bytes. Words
 * in comments, strings and numbers do not count. A name with a `{` behind it, as where a struct is declared, is in the
 * filter as such, too. A "no" is certain; a "yes" is wrong for about one name in a thousand.
 * Names are ASCII, as C's are. The pass itself is in wasm/names.ts.
 *
 * The filter is blocked (F. Putze, P. Sanders, J. Singler, "Cache-, hash- and space-efficient Bloom filters", 2009):
 * all bits of a name lie in a pair of words, three in each. It is cut into slices as well, and a name's bits lie in the
 * same slice of every filter: to ask all files for a name is to walk through a small part of the memory, from its one end to the other.
 */
import { readFileSync } from "node:fs";

/** Bytes of text for each word of a filter: about fifty bytes of C hold one new identifier. */
const bytesPerWord = 64;
/** As wasm/names.ts has it. */
const slices = 32;

/** The filters of some texts. Plain data over shared memory: threads can share it. */
export interface Filters {
  /** Where the part of each text begins in a slice; one more than there are texts. */
  readonly starts: Uint32Array;
  /** One slice behind the other. */
  readonly words: Uint32Array;
}

/** Empty filters for texts of some sizes, in bytes. */
export function emptyFilters(sizes: readonly number[]): Filters {
  const starts = new Uint32Array(new SharedArrayBuffer(4 * (sizes.length + 1)));
  sizes.forEach((size, i) => {
    starts[i + 1] = starts[i]! + wordsFor(size);
  });
  return { starts, words: new Uint32Array(new SharedArrayBuffer(4 * slices * starts[sizes.length]!)) };
}

/** How many words of a slice the filter of a text has: a power of two. */
function wordsFor(size: number): number {
  let words = 2;
  while (words * slices * bytesPerWord < size) words *= 2;
  return words;
}

/** wasm/names.ts, as `npm run build` compiled it; the same file for the sources and for what is built of them. */
const program = new WebAssembly.Module(
  readFileSync(new URL("../../dist/kernel/wasm/names.wasm", import.meta.url)),
);

/** What wasm/names.ts exports. Places are offsets in its memory. */
interface Names {
  readonly memory: WebAssembly.Memory;
  readonly padding: WebAssembly.Global<"i32">;
  addNames(filter: number, words: number, text: number, length: number): void;
  hashName(name: number, length: number, opens: boolean, into: number): void;
}

const names = new WebAssembly.Instance(program).exports as unknown as Names;

/** Behind the program's own few bytes. */
const textAt = 4096;
/** Texts of this size have room; most files of a kernel have a hundredth of it. */
let room = 0;
let atHand: Buffer = makeRoom(1 << 20);

/** Memory for a text and its filter. It may move to a new place. */
function makeRoom(size: number): Buffer {
  room = Math.ceil(size / 8) * 8; // filters are read by the eight bytes
  const needed = filterAt() + 4 * slices * wordsFor(size) - names.memory.buffer.byteLength;
  if (needed > 0) names.memory.grow(Math.ceil(needed / 65_536));
  return Buffer.from(names.memory.buffer, textAt, room);
}

function filterAt(): number {
  return textAt + room + names.padding.value;
}

/** Memory in which a text can be read that then goes to `fillFilter`: it need not be copied. Do not keep it. */
export function roomForText(): Buffer {
  return atHand;
}

/** Makes one of the filters that of a text's names. Comments, strings and numbers are read as c/lexer.ts does. */
export function fillFilter({ starts, words }: Filters, i: number, text: Uint8Array): void {
  if (text.length > room) atHand = makeRoom(text.length);
  if (text.buffer !== atHand.buffer || text.byteOffset !== textAt) atHand.set(text);
  const start = starts[i]!;
  const count = starts[i + 1]! - start;
  const filter = new Uint32Array(atHand.buffer, filterAt(), slices * count).fill(0);
  names.addNames(filterAt(), count, textAt, text.length);
  // Most parts are a few words: a loop takes a quarter of the time of as many set()s.
  let from = 0;
  for (let part = start; part < words.length; part += words.length / slices)
    for (let at = part; at < part + count; at++) words[at] = filter[from++]!;
}

/** Copies the filters of some texts, one after the other, to those of texts of the same sizes. */
export function copyFilters(from: Filters, first: number, end: number, to: Filters, at: number): void {
  for (let slice = 0; slice < slices; slice++) {
    const base = (slice * from.words.length) / slices;
    const part = from.words.subarray(base + from.starts[first]!, base + from.starts[end]!);
    to.words.set(part, (slice * to.words.length) / slices + to.starts[at]!);
  }
}

/** A name, hashed once to be asked for in many texts. */
export interface HashedName {
  readonly slice: number;
  readonly pair: number;
  readonly first: number;
  readonly second: number;
}

/** @param opens whether it is asked for with a brace behind it: `name {` */
export function hashName(name: string, opens = false): HashedName {
  if (name.length > room) atHand = makeRoom(name.length);
  names.hashName(textAt, atHand.write(name, "latin1"), opens, filterAt());
  const [slice, pair, first, second] = new Int32Array(atHand.buffer, filterAt(), 4);
  return { slice: slice!, pair: pair!, first: first!, second: second! };
}

/** Which texts may contain a name, of those from a place on up to another. */
export function mayContain(
  { starts, words }: Filters,
  { slice, pair, first, second }: HashedName,
  from: number,
  end: number,
): number[] {
  const base = (slice * words.length) / slices;
  const found: number[] = [];
  for (let i = from; i < end; i++) {
    const start = starts[i]!;
    const at = base + start + (pair & (starts[i + 1]! - start - 1));
    if ((words[at]! & first) === first && (words[at + 1]! & second) === second) found.push(i);
  }
  return found;
}
