/**
 * Which files may contain a name: a Bloom filter of identifiers for each file, built in one pass over its bytes. Words
 * in comments, strings and numbers do not count. A "no" is certain; a "yes" is wrong for about one name in a thousand.
 * Names are ASCII, as C's are. The pass itself is in wasm/names.ts.
 *
 * The filter is blocked (F. Putze, P. Sanders, J. Singler, "Cache-, hash- and space-efficient Bloom filters", 2009):
 * all bits of a name lie in a pair of words, three in each, so that a name costs one access to memory.
 */
import { readFileSync } from "node:fs";

/** Bytes of text for each word of the filter: about fifty bytes of C hold one new identifier. */
const bytesPerWord = 64;
const least = 8;

/** How many words the filter of a text of some size has: a power of two. */
export function wordsFor(size: number): number {
  let words = least;
  while (words * bytesPerWord < size) words *= 2;
  return words;
}

/** wasm/names.ts, as `npm run build` compiled it; the same file for the sources and for what is built of them. */
export const namesProgram = readFileSync(new URL("../../dist/kernel/wasm/names.wasm", import.meta.url));

/** What wasm/names.ts exports. Places are offsets in its memory. */
interface Names {
  readonly memory: WebAssembly.Memory;
  readonly padding: WebAssembly.Global<"i32">;
  addNames(filter: number, words: number, text: number, length: number): void;
  hashName(name: number, length: number, into: number): void;
}

const names = new WebAssembly.Instance(new WebAssembly.Module(namesProgram)).exports as unknown as Names;

/** Behind the program's own few bytes. */
const textAt = 4096;
/** Texts of this size have room; most files of a kernel have a hundredth of it. */
let room = 0;
let atHand: Buffer = makeRoom(1 << 20);

/** Memory for a text and its filter. It may move to a new place. */
function makeRoom(size: number): Buffer {
  room = Math.ceil(size / 8) * 8; // filters are read by the eight bytes
  const needed = filterAt() + 4 * wordsFor(size) - names.memory.buffer.byteLength;
  if (needed > 0) names.memory.grow(Math.ceil(needed / 65_536));
  return Buffer.from(names.memory.buffer, textAt, room);
}

function filterAt(): number {
  return textAt + room + names.padding.value;
}

/** Memory in which a text can be read that then goes to `addTo`: it need not be copied. Do not keep it. */
export function roomForText(): Buffer {
  return atHand;
}

/** Adds the names in a text to a filter, a power of two of 32-bit words. Comments, strings and numbers are read as c/lexer.ts does. */
export function addTo(words: Uint32Array, bytes: Uint8Array): void {
  const { length } = bytes;
  if (length > room) atHand = makeRoom(length);
  if (bytes.buffer !== atHand.buffer || bytes.byteOffset !== textAt) atHand.set(bytes);
  const filter = new Uint32Array(atHand.buffer, filterAt(), words.length);
  filter.set(words);
  names.addNames(filterAt(), words.length, textAt, length);
  words.set(filter);
}

/** A name, hashed once to be asked for in many files. */
export interface HashedName {
  readonly pair: number;
  readonly first: number;
  readonly second: number;
}

export function hashName(name: string): HashedName {
  if (name.length > room) atHand = makeRoom(name.length);
  names.hashName(textAt, atHand.write(name, "latin1"), filterAt());
  const [pair, first, second] = new Int32Array(atHand.buffer, filterAt(), 3);
  return { pair: pair!, first: first!, second: second! };
}

/** Whether the text behind the filter that lies between two places of `words` may contain the name. */
export function mayContain(words: Uint32Array, start: number, end: number, name: HashedName): boolean {
  const at = start + (name.pair & (end - start - 1));
  return (words[at]! & name.first) === name.first && (words[at + 1]! & name.second) === name.second;
}
