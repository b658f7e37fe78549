/**
 * Finds the tokens of a text; ../lexer.ts says what they are. This is AssemblyScript, compiled to WebAssembly: an audit
 * reads forty megabytes of C in each of its threads, and JavaScript takes a quarter of a second to become fast.
 *
 * The host puts its tables and the text into memory. A zero stands before the text and behind it.
 */

// What a byte can begin, as the host's first table has it.
const SPACE: u8 = 1;
const LETTER: u8 = 2;
const DIGIT: u8 = 3;
const QUOTE: u8 = 4;
const PUNCTUATION: u8 = 5;

// Codes of tokens, as the host has them.
const IDENTIFIER: u8 = 1;
const NUMBER: u8 = 2;
const STRING: u8 = 3;
const CHAR: u8 = 4;
const IF: u8 = 5;
const ELSE: u8 = 6;
const ENDIF: u8 = 7;
const STRAY: u8 = 8;

const NEWLINE: u8 = 10;
const RETURN: u8 = 13;
const DOUBLE: u8 = 34;
const HASH: u8 = 35;
const DOLLAR: u8 = 36;
const STAR: u8 = 42;
const PLUS: u8 = 43;
const MINUS: u8 = 45;
const POINT: u8 = 46;
const SLASH: u8 = 47;
const ZERO: u8 = 48;
const BACKSLASH: u8 = 92;

// Words of directives: their letters are the bytes of a number, the first the lowest.
const DEFINE_WORD: u64 = 0x656e69666564;
const INCLUDE_WORD: u64 = (0x6564756c << 24) | 0x636e69;
const IF_WORD: u64 = 0x6669;
const IFDEF_WORD: u64 = 0x6665646669;
const IFNDEF_WORD: u64 = 0x6665646e6669;
const ELSE_WORD: u64 = 0x65736c65;
const ELIF_WORD: u64 = 0x66696c65;
const ENDIF_WORD: u64 = 0x6669646e65;

/** Where the host's tables are: what bytes begin; whether they go on a word; the trie of operators; the codes of its states. */
let classes: usize = 0;
let wordBytes: usize = 0;
let trie: usize = 0;
let codes: usize = 0;

export function useTables(ofClasses: usize, ofWordBytes: usize, ofTrie: usize, ofCodes: usize): void {
  classes = ofClasses;
  wordBytes = ofWordBytes;
  trie = ofTrie;
  codes = ofCodes;
}

/** How many directives the last text has that define or include something. */
export let directiveCount: u32 = 0;

/**
 * Finds the tokens of a text.
 * @param offset what is added to all places: where the text begins in a larger one
 * @param kinds room for a byte for each byte of the text, and one more; the last token is the end
 * @param starts @param ends room for four bytes for each
 * @param directives gets three places for each #define and #include: its `#`, what follows the word, its end
 * @returns how many tokens there are, without the end
 */
export function tokenize(
  text: usize,
  length: u32,
  offset: u32,
  kinds: usize,
  starts: usize,
  ends: usize,
  directives: usize,
): u32 {
  const end = text + length;
  let count: u32 = 0;
  let at = text;
  let lineStart = true;
  directiveCount = 0;
  while (at < end) {
    const from = at;
    const byte = load<u8>(at);
    const kind = load<u8>(classes + byte);
    let code: u8 = STRAY;
    if (kind === SPACE) {
      if (byte === NEWLINE) lineStart = true;
      at++;
      continue;
    }
    if (kind === LETTER) {
      do at++;
      while (load<u8>(wordBytes + load<u8>(at)));
      code = IDENTIFIER;
    } else if (byte === SLASH && beginsComment(at)) {
      at = afterComment(at, end);
      continue;
    } else if (byte === HASH && lineStart) {
      at = endOfDirective(from, end);
      const word = afterBlanks(from + 1);
      const rest = afterBlanks(endOfWord(word));
      code = conditional(word);
      if (isWord(word, DEFINE_WORD) || isWord(word, INCLUDE_WORD)) {
        const entry = directives + 12 * directiveCount++;
        store<u32>(entry, ((from - text) as u32) + offset);
        store<u32>(entry, ((min(rest, at) - text) as u32) + offset, 4);
        store<u32>(entry, ((at - text) as u32) + offset, 8);
      }
      if (code === STRAY) continue;
      if (isWord(word, IF_WORD) && isZero(rest, at)) {
        at = skipDead(at, end);
        continue;
      }
    } else if (kind === PUNCTUATION) {
      let next = at;
      let state = load<u8>(trie + byte);
      while (state !== 0) {
        next++;
        const found = load<u8>(codes + state);
        if (found !== 0) {
          code = found;
          at = next;
        }
        state = load<u8>(trie + 256 * (state as usize) + load<u8>(next));
      }
    } else if (kind === DIGIT) {
      at = endOfNumber(at);
      code = NUMBER;
    } else if (kind === QUOTE) {
      at = endOfQuoted(at, end);
      code = byte === DOUBLE ? STRING : CHAR;
    } else at++;
    lineStart = false;
    store<u8>(kinds + count, code);
    store<u32>(starts + 4 * count, ((from - text) as u32) + offset);
    store<u32>(ends + 4 * count, ((at - text) as u32) + offset);
    count++;
  }
  store<u8>(kinds + count, 0);
  store<u32>(starts + 4 * count, length + offset);
  store<u32>(ends + 4 * count, length + offset);
  return count;
}

/**
 * Sorts the identifiers of a whole text by what `bucketOf` says, those of one bucket by their places.
 * @param count how many tokens there are
 * @param buckets gets where each of 256 begins in `order`, and the end
 */
export function sortNames(
  text: usize,
  kinds: usize,
  starts: usize,
  ends: usize,
  count: u32,
  buckets: usize,
  order: usize,
): void {
  memory.fill(buckets, 0, 4 * 257);
  for (let i: u32 = 0; i < count; i++) {
    if (load<u8>(kinds + i) !== IDENTIFIER) continue;
    const bucket = buckets + 4 * bucketOf(text, load<u32>(starts + 4 * i), load<u32>(ends + 4 * i));
    store<u32>(bucket, load<u32>(bucket) + 1);
  }
  for (let bucket = buckets; bucket < buckets + 4 * 256; bucket += 4)
    store<u32>(bucket + 4, load<u32>(bucket) + load<u32>(bucket + 4));
  // From the last to the first: each bucket's end moves down to where it begins.
  for (let i = count; i-- > 0; ) {
    if (load<u8>(kinds + i) !== IDENTIFIER) continue;
    const bucket = buckets + 4 * bucketOf(text, load<u32>(starts + 4 * i), load<u32>(ends + 4 * i));
    const place = load<u32>(bucket) - 1;
    store<u32>(bucket, place);
    store<u32>(order + 4 * place, i);
  }
}

/** By its length and three letters; ../lexer.ts has the same. */
function bucketOf(text: usize, from: u32, to: u32): usize {
  const length = to - from;
  const first = load<u8>(text + from) as u32;
  const middle = load<u8>(text + from + (length >> 1)) as u32;
  const last = load<u8>(text + to - 1) as u32;
  return ((5 * length + 3 * first + 7 * middle + 11 * last) & 255) as usize;
}

/** The token of a directive that begins or ends a condition; `STRAY` for another. */
function conditional(word: usize): u8 {
  if (isWord(word, IF_WORD) || isWord(word, IFDEF_WORD) || isWord(word, IFNDEF_WORD)) return IF;
  if (isWord(word, ELSE_WORD) || isWord(word, ELIF_WORD)) return ELSE;
  return isWord(word, ENDIF_WORD) ? ENDIF : STRAY;
}

/** Whether a word of at most seven letters stands at a place. */
function isWord(at: usize, letters: u64): bool {
  const length: usize = (71 - (clz(letters) as usize)) >> 3;
  return endOfWord(at) === at + length && (load<u64>(at) & (((1 as u64) << (8 * length)) - 1)) === letters;
}

function afterBlanks(from: usize): usize {
  let at = from;
  while (load<u8>(at) === 32 || load<u8>(at) === 9) at++;
  return at;
}

/** The end of letters, digits and underscores. */
function endOfWord(from: usize): usize {
  let at = from;
  while (load<u8>(wordBytes + load<u8>(at)) && load<u8>(at) !== DOLLAR) at++;
  return at;
}

function beginsComment(slash: usize): bool {
  const second = load<u8>(slash + 1);
  return second === STAR || second === SLASH;
}

function afterComment(from: usize, end: usize): usize {
  return load<u8>(from + 1) === SLASH ? endOfDirective(from, end) : afterBlock(from, end);
}

/** After the comment that a `*` follows the slash of; the end when it is not closed. */
function afterBlock(from: usize, end: usize): usize {
  for (let at = from + 2; at + 1 < end; at++)
    if (load<u8>(at) === STAR && load<u8>(at + 1) === SLASH) return at + 2;
  return end;
}

/** The end of a line that backslashes may continue; comments that span lines belong to it. */
function endOfDirective(from: usize, end: usize): usize {
  let at = from;
  while (at < end) {
    const byte = load<u8>(at);
    if (byte === NEWLINE) {
      const before = load<u8>(at - 1) === RETURN ? load<u8>(at - 2) : load<u8>(at - 1);
      if (before !== BACKSLASH) return at;
    } else if (byte === SLASH && load<u8>(at + 1) === STAR) {
      at = afterBlock(at, end);
      continue;
    }
    at++;
  }
  return end;
}

/** Whether a condition is 0, perhaps with a comment behind it. */
function isZero(from: usize, end: usize): bool {
  let at = afterSpace(from, end);
  if (at >= end || load<u8>(at) !== ZERO) return false;
  at = afterSpace(at + 1, end);
  return at >= end || (at + 1 < end && load<u8>(at) === SLASH && beginsComment(at));
}

function afterSpace(from: usize, end: usize): usize {
  let at = from;
  while (at < end) {
    const byte = load<u8>(at);
    if (byte !== 32 && byte !== 160 && (byte < 9 || byte > 13)) break;
    at++;
  }
  return at;
}

/**
 * After `#if 0`: where its #else or #endif leaves off. The #else branch is live: its #endif is then unmatched, which the
 * parser allows.
 */
function skipDead(from: usize, end: usize): usize {
  let depth = 1;
  let at = from;
  while (at < end) {
    let lineEnd = at;
    while (lineEnd < end && load<u8>(lineEnd) !== NEWLINE) lineEnd++;
    const hash = afterBlanks(at);
    const code = hash < lineEnd && load<u8>(hash) === HASH ? conditional(afterBlanks(hash + 1)) : STRAY;
    if (code === IF) depth++;
    else if (code === ENDIF) depth--;
    if (depth === 0 || (depth === 1 && code === ELSE)) return lineEnd;
    at = lineEnd + 1;
  }
  return end;
}

/** A number may have points, suffixes, and a sign after its exponent: `1.5e-3f`. The `e` of `0xe-1` is a digit. */
function endOfNumber(from: usize): usize {
  const isHexadecimal = load<u8>(from) === ZERO && (load<u8>(from + 1) | 32) === 120;
  for (let at = from + 1; ; at++) {
    const byte = load<u8>(at);
    if (load<u8>(wordBytes + byte) || byte === POINT) continue;
    const before = load<u8>(at - 1) | 32;
    const isExponent = before === 101 || before === 112; // e, p
    if ((byte === PLUS || byte === MINUS) && isExponent && !isHexadecimal) continue;
    return at;
  }
}

/** After a string or a character; a newline ends what was not closed: the rest of the file is not to be lost. */
function endOfQuoted(from: usize, end: usize): usize {
  const quote = load<u8>(from);
  let at = from + 1;
  while (at < end) {
    const byte = load<u8>(at);
    if (byte === BACKSLASH) at++;
    else if (byte === quote) return at + 1;
    else if (byte === NEWLINE) return at;
    at++;
  }
  return end;
}
