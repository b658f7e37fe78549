/**
 * Which files may contain a name: a Bloom filter of identifiers for each file, built in one pass over its bytes. Words
 * in comments, strings and numbers do not count. A "no" is certain; a "yes" is wrong for about one name in a thousand.
 * Names are ASCII, as C's are.
 *
 * The filter is blocked (F. Putze, P. Sanders, J. Singler, "Cache-, hash- and space-efficient Bloom filters", 2009):
 * all bits of a name lie in a pair of words, three in each, so that a name costs one access to memory.
 */

/** Bytes of text for each word of the filter: about fifty bytes of C hold one new identifier. */
const bytesPerWord = 64;
const least = 8;

const Kind = { other: 0, letter: 1, digit: 2, quote: 3, slash: 4 } as const;

/** What a byte begins. */
const kinds = new Uint8Array(256);
for (let c = 48; c < 58; c++) kinds[c] = Kind.digit;
for (let c = 0; c < 26; c++) kinds[65 + c] = kinds[97 + c] = Kind.letter;
kinds[95] = Kind.letter; // _
kinds[34] = kinds[39] = Kind.quote;
kinds[47] = Kind.slash;

/** Whether a byte can go on a word. */
const wordBytes = kinds.map((kind) => (kind === Kind.letter || kind === Kind.digit ? 1 : 0));

const NEWLINE = 10;
const STAR = 42;
const SLASH = 47;
const BACKSLASH = 92;

/** How many words the filter of a text of some size has: a power of two. */
export function wordsFor(size: number): number {
  let words = least;
  while (words * bytesPerWord < size) words *= 2;
  return words;
}

function scramble(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return h ^ (h >>> 15);
}

/** Three bits of a word, by three fives of a hash. */
function bits(hash: number): number {
  return (1 << hash) | (1 << (hash >>> 5)) | (1 << (hash >>> 10));
}

/** The first word of a name's pair, before the filter's size is known. */
function pair(hash: number): number {
  return (Math.imul(hash, 0x2c1b3c6d) >>> 12) & ~1;
}

/** Adds the names in a text to a filter, a power of two of 32-bit words. Comments, strings and numbers are read as c/lexer.ts does. */
export function addTo(words: Uint32Array, bytes: Uint8Array): void {
  const mask = words.length - 1;
  const { length } = bytes;
  let i = 0;
  while (i < length) {
    let c = bytes[i]!;
    const kind = kinds[c];
    if (kind === Kind.other) i++;
    else if (kind === Kind.letter) {
      let hash = 0;
      do {
        hash = (Math.imul(hash, 31) + c) | 0;
        if (++i === length) break;
        c = bytes[i]!;
      } while (wordBytes[c] === 1);
      const mixed = scramble(hash);
      const word = pair(mixed) & mask;
      words[word]! |= bits(mixed);
      words[word + 1]! |= bits(mixed >>> 15);
    } else if (kind === Kind.digit) {
      do i++;
      while (i < length && wordBytes[bytes[i]!] === 1);
    } else if (kind === Kind.slash) i = afterComment(bytes, i);
    else i = afterQuoted(bytes, i);
  }
}

/** After the comment that begins at a slash, or after the slash when none does. */
function afterComment(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  const second = bytes[from + 1];
  let i = from + 2;
  if (second === STAR) {
    while (i < length && !(bytes[i] === SLASH && bytes[i - 1] === STAR && i > from + 2)) i++;
    return i + 1;
  }
  if (second !== SLASH) return from + 1;
  while (i < length && !(bytes[i] === NEWLINE && bytes[i - 1] !== BACKSLASH)) i++;
  return i;
}

/** After a string or a character; a newline ends what was not closed. */
function afterQuoted(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  const quote = bytes[from];
  let i = from + 1;
  while (i < length) {
    const c = bytes[i];
    if (c === BACKSLASH) i++;
    else if (c === quote) return i + 1;
    else if (c === NEWLINE) return i;
    i++;
  }
  return i;
}

/** A name, hashed once to be asked for in many files. */
export interface HashedName {
  readonly pair: number;
  readonly first: number;
  readonly second: number;
}

export function hashName(name: string): HashedName {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0;
  const mixed = scramble(hash);
  return { pair: pair(mixed), first: bits(mixed), second: bits(mixed >>> 15) };
}

/** Whether the text behind the filter that lies between two places of `words` may contain the name. */
export function mayContain(words: Uint32Array, start: number, end: number, name: HashedName): boolean {
  const at = start + (name.pair & (end - start - 1));
  return (words[at]! & name.first) === name.first && (words[at + 1]! & name.second) === name.second;
}
