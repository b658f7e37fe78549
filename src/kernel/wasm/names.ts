/**
 * Sets the bits of a text's names in a filter; ../identifiers.ts says what for. This is AssemblyScript, compiled to
 * WebAssembly: it looks at sixty-four bytes of text at once.
 *
 * A look may begin at the last byte of a text: `padding` bytes behind it belong to it and are overwritten.
 */
export const padding: u32 = 64;

const NEWLINE: u8 = 10;
const SPACE: u8 = 32;
const STAR: u8 = 42;
const SLASH: u8 = 47;
const NINE: u8 = 57;
const BACKSLASH: u8 = 92;
const BRACE: u8 = 123;

/**
 * Adds the names in a text to a filter. Comments, strings and numbers are left out as c/lexer.ts does.
 * @param filter its slices, one behind the other
 * @param words how many words of 32 bits a slice has: a power of two
 */
export function addNames(filter: usize, words: u32, text: usize, length: u32): void {
  const end = text + length;
  for (let i: u32 = 0; i < padding; i += 16) v128.store(end + i, i8x16.splat(0));
  let at = text;
  while (at < end) {
    const a = classesOf(v128.load(at));
    const b = classesOf(v128.load(at, 16));
    const c = classesOf(v128.load(at, 32));
    const d = classesOf(v128.load(at, 48));
    const special = specialIn(a) | (specialIn(b) << 16) | (specialIn(c) << 32) | (specialIn(d) << 48);
    let inWords = wordsIn(a) | (wordsIn(b) << 16) | (wordsIn(c) << 32) | (wordsIn(d) << 48);
    // Up to what is special; or else up to a word that the end of the look cuts off.
    let limit: u64 = 64;
    if (special !== 0) {
      limit = ctz(special);
      inWords &= ((1 as u64) << limit) - 1;
    } else if (inWords >> 63 !== 0) {
      limit = 64 - clz(~inWords);
      if (limit === 0) {
        at = addLong(filter, words, at);
        continue;
      }
      inWords &= ((1 as u64) << limit) - 1;
    }
    while (inWords !== 0) {
      const from = ctz(inWords);
      const carried = inWords + ((1 as u64) << from); // over the word, to the bit behind it
      const to = ctz(carried & ~inWords);
      add(filter, words, at + (from as usize), (to - from) as u32);
      inWords &= carried;
    }
    at += limit as usize;
    if (special !== 0) at = afterSpecial(at, end);
  }
}

/** Adds a word that fills a whole look. Returns its end. */
function addLong(filter: usize, words: u32, from: usize): usize {
  let to = from + 64;
  while (wordsIn(classesOf(v128.load(to))) & 1) to++;
  add(filter, words, from, (to - from) as u32);
  return to;
}

/** Adds a word, unless it is a number; and once more, as another name, if a brace opens behind it. */
function add(filter: usize, words: u32, name: usize, length: u32): void {
  if (load<u8>(name) <= NINE) return;
  const hash = hashOf(name, length);
  setBits(filter, words, hash);
  if (opensBrace(name + length)) setBits(filter, words, opening(hash));
}

/** Whether nothing but white space is before the next `{`. */
function opensBrace(from: usize): bool {
  let at = from + ((load<u8>(from) === SPACE) as usize); // most often one space or none: no jump to guess
  while (load<u8>(at) <= SPACE && load<u8>(at) !== 0) at++;
  return load<u8>(at) === BRACE;
}

/** Three bits of a word of the filter, and three of the next one. */
function setBits(filter: usize, words: u32, hash: u64): void {
  const at = filter + ((sliceOf(hash) * words + (pairOf(hash) & (words - 1))) << 2);
  store<u64>(at, load<u64>(at) | (bits(hash as u32) as u64) | ((bits((hash as u32) >> 15) as u64) << 32));
}

/** Puts down what filters are asked for a name, or for one that opens a brace: the slice; the pair of words, before their number is known; the bits in both. */
export function hashName(name: usize, length: u32, opens: bool, into: usize): void {
  const hash = opens ? opening(hashOf(name, length)) : hashOf(name, length);
  store<u32>(into, sliceOf(hash));
  store<u32>(into, pairOf(hash), 4);
  store<u32>(into, bits(hash as u32), 8);
  store<u32>(into, bits((hash as u32) >> 15), 12);
}

/** Sixteen bytes that are all set, before sixteen that are not. */
const masks = memory.data<u64>([-1, -1, 0, 0]);

function hashOf(name: usize, length: u32): u64 {
  let hash: u64 = 0;
  while (length > 16) {
    hash = mix(hash, v128.load(name));
    name += 16;
    length -= 16;
  }
  hash = mix(hash, v128.and(v128.load(name), v128.load(masks + 16 - length)));
  return hash ^ (hash >> 32);
}

// biome-ignore lint/correctness/noPrecisionLoss: it is a u64
const FIRST: u64 = 0x9e3779b97f4a7c15;
// biome-ignore lint/correctness/noPrecisionLoss: it is a u64
const SECOND: u64 = 0xd6e8feb86659fd93;

/** Two rounds of a multiplicative hash. */
function mix(hash: u64, bytes: v128): u64 {
  const half = (hash ^ i64x2.extract_lane(bytes, 0)) * FIRST;
  return (rotl<u64>(half, 32) ^ i64x2.extract_lane(bytes, 1)) * SECOND;
}

/** The hash of a name that opens a brace, from the name's. */
function opening(hash: u64): u64 {
  const other = hash * FIRST;
  return other ^ (other >> 32);
}

/** One of thirty-two. */
function sliceOf(hash: u64): u32 {
  return (hash >> 59) as u32;
}

function pairOf(hash: u64): u32 {
  return ((hash >> 32) as u32) & ~1;
}

/** Three bits of a word, by three fives of a hash. */
function bits(hash: u32): u32 {
  return (1 << hash) | (1 << (hash >> 5)) | (1 << (hash >> 10));
}

/**
 * What bytes are, by their upper and their lower halves: the AND of the two rows. Letters, digits and `_` have one of
 * the lower bits, one for each row of ASCII; what may begin a comment or a string has the upper one.
 */
function classesOf(text: v128): v128 {
  const byUpper = i8x16(0, 0, -128, 1, 2, 4, 2, 8, 0, 0, 0, 0, 0, 0, 0, 0);
  const byLower = i8x16(13, 15, -113, 15, 15, 15, 15, -113, 15, 15, 14, 2, 2, 2, 2, -122);
  const upper = i8x16.swizzle(byUpper, i8x16.shr_u(text, 4));
  return v128.and(upper, i8x16.swizzle(byLower, v128.and(text, i8x16.splat(15))));
}

/** A bit for each byte that goes on a word. */
function wordsIn(classes: v128): u64 {
  return i8x16.bitmask(i8x16.gt_s(classes, i8x16.splat(0))) as u64;
}

/** A bit for each byte that may begin a comment or a string. */
function specialIn(classes: v128): u64 {
  return i8x16.bitmask(classes) as u64;
}

/** A bit for each byte that equals another. */
function placesOf(byte: u8, text: v128): u32 {
  return i8x16.bitmask(i8x16.eq(text, i8x16.splat(byte)));
}

/** After the comment, string or character that begins here; after the slash when it begins no comment. */
function afterSpecial(from: usize, end: usize): usize {
  const byte = load<u8>(from);
  if (byte !== SLASH) return afterQuoted(from, end, byte);
  const second = load<u8>(from + 1);
  if (second === STAR) return afterComment(from + 2, end);
  return second === SLASH ? afterLine(from + 2, end) : from + 1;
}

/** After the next `*` with a `/` behind it. */
function afterComment(from: usize, end: usize): usize {
  for (let at = from; at < end; at += 16) {
    const stars = placesOf(STAR, v128.load(at));
    if (stars === 0) continue;
    const found = stars & placesOf(SLASH, v128.load(at, 1));
    if (found !== 0) return at + ctz(found) + 2;
  }
  return end;
}

/** At the next end of a line that no backslash continues. */
function afterLine(from: usize, end: usize): usize {
  for (let at = from; at < end; at += 16) {
    const found = placesOf(NEWLINE, v128.load(at)) & ~placesOf(BACKSLASH, v128.load(at - 1));
    if (found !== 0) return at + ctz(found);
  }
  return end;
}

/** After a string or a character; a newline ends what was not closed. */
function afterQuoted(from: usize, end: usize, quote: u8): usize {
  let at = from + 1;
  while (at < end) {
    const text = v128.load(at);
    const found = placesOf(quote, text) | placesOf(BACKSLASH, text) | placesOf(NEWLINE, text);
    if (found === 0) {
      at += 16;
      continue;
    }
    at += ctz(found);
    const byte = load<u8>(at);
    if (byte === quote) return at + 1;
    if (byte === NEWLINE) return at;
    at += 2;
  }
  return end;
}
