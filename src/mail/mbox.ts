/**
 * mbox files, read and written. mboxrd (lines that match `>*From ` get one more `>`) is what git and
 * public-inbox write; mboxo escapes only `From `, so that its `>From ` cannot be told from a quoted one.
 */

export type MboxVariant = "mboxrd" | "mboxo";

/** A message in an mbox, with its bytes as sent. */
export interface MboxEntry {
  readonly raw: Buffer;
  /** Where the entry's `From ` line begins, in bytes from the start of the (uncompressed) mbox. */
  readonly offset: number;
  /** Bytes of the entry, with its `From ` line and the empty line that ends it. */
  readonly length: number;
}

const newline = 10;
/** Bytes: an address (RFC 5321 has at most 254) and a date. */
const longestFromLine = 320;
const separator = Buffer.from("\nFrom ");

/**
 * Splits an mbox that is in memory.
 * @param mbox begins with a `From ` line; what stands before the first one is left out.
 * @param base is added to the entries' offsets, for a piece of a larger file.
 */
export function* readMbox(mbox: Buffer, variant: MboxVariant = "mboxrd", base = 0): Generator<MboxEntry> {
  let start = isFromLine(mbox, 0) ? 0 : nextFrom(mbox, 0);
  while (start < mbox.length) {
    const end = nextFrom(mbox, start);
    yield {
      raw: entryMessage(mbox.subarray(start, end), variant),
      offset: base + start,
      length: end - start,
    };
    start = end;
  }
}

/** The message of one entry: without its `From ` line, unescaped, without the empty line that ends the entry. */
export function entryMessage(entry: Buffer, variant: MboxVariant): Buffer {
  const headEnd = entry.indexOf(newline) + 1;
  let end = entry.length;
  if (end >= 2 && entry[end - 1] === newline && entry[end - 2] === newline) end--;
  else if (entry.subarray(-4).equals(Buffer.from("\r\n\r\n"))) end -= 2;
  return unescapeFrom(entry.subarray(headEnd, end), variant);
}

function isFromLine(mbox: Buffer, at: number): boolean {
  return mbox.subarray(at, at + 5).equals(separator.subarray(1));
}

/** Where the next entry begins after `from`, or the length. */
function nextFrom(mbox: Buffer, from: number): number {
  for (let at = mbox.indexOf(separator, from); at !== -1; at = mbox.indexOf(separator, at + 1))
    if (isDated(mbox, at + 1)) return at + 1;
  return mbox.length;
}

/**
 * Whether a line that begins with `From ` ends in a time and a year. A sentence of a commit message does not: `git
 * format-patch` leaves it as it is, and git-mailsplit(1) asks for the date, too (is_from_line()).
 */
function isDated(mbox: Buffer, at: number): boolean {
  const end = mbox.indexOf(newline, at);
  const line = mbox.toString("latin1", at, Math.min(end === -1 ? mbox.length : end, at + longestFromLine));
  return /\d:\d\d:\d\d\b.*\b(?:19|20)\d\d\b/.test(line);
}

function unescapeFrom(message: Buffer, variant: MboxVariant): Buffer {
  if (!message.includes(">From ")) return message;
  const pattern = variant === "mboxrd" ? /^>(>*From )/gm : /^>(From )/gm;
  return Buffer.from(message.toString("latin1").replace(pattern, "$1"), "latin1");
}

/**
 * One mboxrd entry. The `From ` line is public-inbox's: `From mboxrd@z Thu Jan  1 00:00:00 1970`, which tells
 * readers the escaping. CRLF becomes LF, as in every mbox.
 */
export function mboxrdEntry(raw: Uint8Array): Buffer {
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
    .toString("latin1")
    .replaceAll("\r\n", "\n");
  const escaped = text.replace(/^(>*From )/gm, ">$1");
  return Buffer.from(
    `From mboxrd@z Thu Jan  1 00:00:00 1970\n${escaped}${escaped.endsWith("\n") ? "" : "\n"}\n`,
    "latin1",
  );
}
