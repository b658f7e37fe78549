/**
 * What the pages of a thread are put together from, as one row of bytes: where its mails stand on the shelf
 * (listing.ts), and the lines of its overview. Read as it is: nothing of it is parsed for a page.
 */
import { deflatedPiece, type GzipPiece, joinedCrc, storedPiece } from "../base/gzip-pieces.js";
import { segment } from "../mail/html.js";
import type { Placed } from "../mail/thread.js";
import { articleId } from "./record.js";
import { markedLine, type ThreadItem, threadLines } from "./thread-lines.js";

/** Messages on one page; and bytes of HTML, whatever comes first. A message that is larger has a page of its own. */
const perPage = 100;
const bytesPerPage = 280_000;
/** Of the list of all messages, a line. */
const lineBytes = 160;

/** Where a mail's piece stands on the shelf. */
export interface Place {
  readonly at: number;
  /** Bytes there. */
  readonly packed: number;
  /** Of its HTML. */
  readonly crc: number;
}

/** Neighbours on the shelf. */
export interface Stretch extends Place {
  /** Bytes of HTML. */
  readonly length: number;
}

/** Numbers of a sheet before all others: how many messages, whether there is a patch, and blocks of lines. */
const counts = 3;
/** Numbers for each message, in reading order; texts by where they end. */
const fields = [
  "node",
  /** The place on the shelf, in units of 4 GB and in bytes. */
  "atHigh",
  "at",
  "packed",
  "crc",
  "shown",
  /** The place in reading order of the first, second, … message by date. */
  "byDate",
  "subject",
  /** Its line on a page that shows the message. */
  "here",
  /** Its line on others; of no length when the thread is one page. */
  "elsewhere",
] as const;
type Field = (typeof fields)[number];
const unit = 2 ** 32;
/** Numbers for each block of lines, here and elsewhere. */
const blockFields = 4;

/** So many lines are compressed together, when there are more than twice as many: fewer are sent as they stand. */
const blockLines = 32;

export function sheetOf(
  placed: readonly Placed<ThreadItem>[],
  places: ReadonlyMap<number, Place>,
): Uint8Array {
  const entries = placed.map(({ message }) => message.entry);
  const count = entries.length;
  const whole = fitting(count, 0, (i) => entries[i]!.shownBytes) === count;
  const here = threadLines(placed, ({ hash }) => `#${articleId(hash)}`);
  const elsewhere = whole ? [] : threadLines(placed, ({ messageId }) => `../../${segment(messageId)}/`);
  const blocks = [here, elsewhere].map((lines) => (count > 2 * blockLines ? inBlocks(lines) : []));
  const blockCount = blocks[0]!.length;

  const numbers = new Uint32Array(counts + fields.length * count + blockFields * blockCount);
  const patch = entries.some(({ subject }) => /^\[[^\]]*PATCH/i.test(subject));
  numbers.set([count, patch ? 1 : 0, blockCount]);
  const set = (field: Field, values: readonly number[]) =>
    numbers.set(values, counts + fields.indexOf(field) * count);
  const placeOf = entries.map(({ id }) => places.get(id)!);
  set(
    "node",
    entries.map(({ node }) => node),
  );
  set(
    "atHigh",
    placeOf.map(({ at }) => Math.floor(at / unit)),
  );
  for (const field of ["at", "packed", "crc"] as const)
    set(
      field,
      placeOf.map((place) => place[field] % unit),
    );
  set(
    "shown",
    entries.map(({ shownBytes }) => shownBytes),
  );
  set(
    "byDate",
    entries.map((_, i) => i).sort((a, b) => entries[a]!.date - entries[b]!.date),
  );
  const texts: Uint8Array[] = [];
  let end = 0;
  const ends = (values: readonly Uint8Array[]) =>
    values.map((bytes) => {
      texts.push(bytes);
      end += bytes.length;
      return end;
    });
  const textEnds = (values: readonly string[]) => ends(values.map((text) => Buffer.from(text)));
  set("subject", textEnds(entries.map(({ subject }) => subject)));
  set("here", textEnds(here));
  set("elsewhere", whole ? entries.map(() => end) : textEnds(elsewhere));
  const ofBlocks = counts + fields.length * count;
  for (const [variant, pieces] of blocks.entries()) {
    const at = ofBlocks + 2 * variant * blockCount;
    numbers.set(
      pieces.map(({ crc }) => crc),
      at,
    );
    numbers.set(ends(pieces.map(({ deflated }) => deflated)), at + blockCount);
  }
  return Buffer.concat([new Uint8Array(numbers.buffer), ...texts]);
}

function inBlocks(lines: readonly string[]): GzipPiece[] {
  const pieces: GzipPiece[] = [];
  for (let i = 0; i < lines.length; i += blockLines)
    pieces.push(deflatedPiece(lines.slice(i, i + blockLines).join("")));
  return pieces;
}

/** How many of the messages from a place on fit on one page: one at least. @param bytesOf HTML of one */
function fitting(count: number, offset: number, bytesOf: (at: number) => number): number {
  let bytes = lineBytes * count;
  let fit = 0;
  for (const end = Math.min(count, offset + perPage); offset + fit < end; fit++) {
    bytes += bytesOf(offset + fit);
    if (bytes > bytesPerPage && fit > 0) break;
  }
  return fit;
}

/** A sheet as it was read. Messages are named by their places in reading order. */
export class Sheet {
  readonly count: number;
  /** Whether a patch is among them. */
  readonly patch: boolean;
  private readonly blockCount: number;
  private readonly numbers: Uint32Array;
  private readonly textsFrom: number;
  private readonly bytes: Buffer;

  constructor(bytes: Uint8Array) {
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
    this.bytes = Buffer.from(aligned.buffer, aligned.byteOffset, aligned.length);
    const [count, patch, blocks] = new Uint32Array(aligned.buffer, aligned.byteOffset, counts) as unknown as [
      number,
      number,
      number,
    ];
    this.count = count;
    this.patch = patch === 1;
    this.blockCount = blocks;
    const length = counts + fields.length * count + blockFields * blocks;
    this.numbers = new Uint32Array(aligned.buffer, aligned.byteOffset, length);
    this.textsFrom = 4 * length;
  }

  private number(field: Field, at: number): number {
    return this.numbers[counts + fields.indexOf(field) * this.count + at]!;
  }

  private all(field: Field): Uint32Array {
    const from = counts + fields.indexOf(field) * this.count;
    return this.numbers.subarray(from, from + this.count);
  }

  /** All messages by date. */
  byDate(): ArrayLike<number> {
    return this.all("byDate");
  }

  /** The message with a Message-ID's node, the first by date when there are several; -1 when there is none. */
  find(node: number): number {
    const nodes = this.all("node");
    const at = nodes.indexOf(node);
    if (at === -1 || nodes.indexOf(node, at + 1) === -1) return at;
    return this.all("byDate").find((each) => nodes[each] === node)!;
  }

  /**
   * Where on the shelf messages stand, those that stand together as one.
   * @param order of the messages, when it is not that of reading
   */
  stretches(order: ArrayLike<number> | undefined, from: number, to: number): Stretch[] {
    const [high, low, size] = [this.all("atHigh"), this.all("at"), this.all("packed")];
    const [crcs, shown] = [this.all("crc"), this.all("shown")];
    const stretches: Stretch[] = [];
    for (let i = from; i < to; ) {
      let message = order ? order[i]! : i;
      const at = high[message]! * unit + low[message]!;
      let [packed, crc, length] = [size[message]!, crcs[message]!, shown[message]!];
      for (i++; i < to; i++) {
        message = order ? order[i]! : i;
        if (high[message]! * unit + low[message]! !== at + packed) break;
        packed += size[message]!;
        crc = joinedCrc(crc, crcs[message]!, shown[message]!);
        length += shown[message]!;
      }
      stretches.push({ at, packed, crc, length });
    }
    return stretches;
  }

  subject(at: number): string {
    const from = at === 0 ? 0 : this.number("subject", at - 1);
    return this.text(from, this.number("subject", at)).toString();
  }

  /** Whether one page shows the whole thread. */
  get isOnePage(): boolean {
    return this.number("here", this.count - 1) === this.number("elsewhere", this.count - 1);
  }

  /** How many messages a page shows from a place on. @param order of the messages, when it is not that of reading */
  fitting(order: ArrayLike<number> | undefined, offset: number): number {
    const shown = this.all("shown");
    return fitting(this.count, offset, (i) => shown[order ? order[i]! : i]!);
  }

  /**
   * The overview's lines.
   * @param marked the message whose line is marked; -1 for none
   * @param isHere which messages the page shows; undefined: all
   */
  lines(marked: number, isHere: Uint8Array | undefined): GzipPiece[] {
    const pieces: GzipPiece[] = [];
    for (let from = 0; from < this.count; ) {
      const here = !isHere || isHere[from] === 1;
      let to = from + 1;
      while (to < this.count && (!isHere || (isHere[to] === 1) === here)) to++;
      if (!isHere) to = this.count;
      const field = here ? "here" : "elsewhere";
      if (marked >= from && marked < to) {
        this.addLines(pieces, field, from, marked);
        const line = this.linesText(field, marked, marked + 1).toString();
        pieces.push(storedPiece(markedLine(line)));
        this.addLines(pieces, field, marked + 1, to);
      } else this.addLines(pieces, field, from, to);
      from = to;
    }
    return pieces;
  }

  /** Whole blocks as they are compressed, what is left as it stands. */
  private addLines(pieces: GzipPiece[], field: "here" | "elsewhere", from: number, to: number): void {
    if (from >= to) return;
    const first = Math.ceil(from / blockLines);
    const last = Math.min(this.blockCount, to === this.count ? this.blockCount : Math.floor(to / blockLines));
    if (first >= last) {
      pieces.push(storedPiece(this.linesText(field, from, to)));
      return;
    }
    if (from < first * blockLines) pieces.push(storedPiece(this.linesText(field, from, first * blockLines)));
    for (let block = first; block < last; block++) pieces.push(this.block(field, block));
    if (last * blockLines < to) pieces.push(storedPiece(this.linesText(field, last * blockLines, to)));
  }

  private block(field: "here" | "elsewhere", block: number): GzipPiece {
    const ofBlocks = counts + fields.length * this.count;
    const at = ofBlocks + (field === "here" ? 0 : 2 * this.blockCount);
    const end = (number: number) => this.numbers[at + this.blockCount + number]!;
    // The first block of a kind begins where what is before it ends.
    const from =
      block > 0
        ? end(block - 1)
        : field === "here"
          ? this.number("elsewhere", this.count - 1)
          : this.numbers[ofBlocks + 2 * this.blockCount - 1]!;
    const [first, last] = [block * blockLines, Math.min(this.count, (block + 1) * blockLines)];
    return {
      crc: this.numbers[at + block]!,
      length: this.linesText(field, first, last).length,
      deflated: this.text(from, end(block)),
    };
  }

  private linesText(field: "here" | "elsewhere", from: number, to: number): Buffer {
    const before = field === "here" ? "subject" : "here";
    const start = from === 0 ? this.number(before, this.count - 1) : this.number(field, from - 1);
    return this.text(start, this.number(field, to - 1));
  }

  private text(from: number, to: number): Buffer {
    return this.bytes.subarray(this.textsFrom + from, this.textsFrom + to);
  }
}
