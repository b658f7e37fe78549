/**
 * Which files may contain a name: a Bloom filter of identifiers for each file, built in one pass over its bytes.
 * A "no" is certain; a "yes" is wrong for about one name in fifty. Names are ASCII, as C's are.
 */

/** Bits for each byte of text: about sixty bytes of C hold one new identifier, and each sets two bits. */
const bytesPerBit = 4;
const least = 256;

/** No identifier hashes to it but by accident, and then it is only missed as a boundary. */
const seed = 0x5bd1e995;

const letter = new Uint8Array(256);
for (let c = 0; c < 256; c++)
  if ((c >= 48 && c < 58) || (c >= 65 && c < 91) || c === 95 || (c >= 97 && c < 123)) letter[c] = 1;

function bitsFor(size: number): number {
  let bits = least;
  while (bits * bytesPerBit < size) bits *= 2;
  return bits;
}

function first(hash: number): number {
  return Math.imul(hash ^ (hash >>> 16), 0x45d9f3b) >>> 5;
}

function second(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 3;
}

/** The filter of a text: 32-bit words, a power of two many. */
export function fingerprint(bytes: Uint8Array): Uint32Array {
  const mask = bitsFor(bytes.length) - 1;
  const words = new Uint32Array((mask + 1) >>> 5);
  const { length } = bytes;
  let hash = seed;
  for (let i = 0; i < length; i++) {
    const c = bytes[i]!;
    if (letter[c] !== 0) hash = ((hash << 5) - hash + c) | 0;
    else if (hash !== seed) {
      const a = first(hash) & mask;
      const b = second(hash) & mask;
      words[a >>> 5]! |= 1 << (a & 31);
      words[b >>> 5]! |= 1 << (b & 31);
      hash = seed;
    }
  }
  return words;
}

/** A name, hashed once to be asked for in many files. */
export interface HashedName {
  readonly first: number;
  readonly second: number;
}

export function hashName(name: string): HashedName {
  let hash = seed;
  for (let i = 0; i < name.length; i++) hash = ((hash << 5) - hash + name.charCodeAt(i)) | 0;
  return { first: first(hash), second: second(hash) };
}

/** Whether the text behind a filter may contain the name. */
export function mayContain(words: Uint32Array, name: HashedName): boolean {
  const mask = words.length * 32 - 1;
  const a = name.first & mask;
  const b = name.second & mask;
  return (words[a >>> 5]! & (1 << (a & 31))) !== 0 && (words[b >>> 5]! & (1 << (b & 31))) !== 0;
}
