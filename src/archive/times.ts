/** When each message was written and received, in memory: what searches order by, without a row of the index a hit. */
import type { Database } from "../base/database.js";
import type { DateRange } from "./query-range.js";

/** Rows read at once. */
const step = 50_000;
/** The earliest and latest time of so many neighbours are known: those that a range cannot touch are passed over. */
const blockSize = 256;
/** Spans that are nearer than this are one: what lies between is looked at sooner than another search begins. */
const nearIds = 1000;
const maxSpans = 8;

export interface TimeRange {
  readonly field: "date" | "received";
  readonly range: DateRange;
}

export class Times {
  /** Seconds since 1970, by the message's id. */
  private received = new Float64Array(1024);
  private date = new Float64Array(1024);
  private readonly blocks = { received: new Blocks(), date: new Blocks() };
  private newest = 0;
  private version: string | undefined;

  constructor(private readonly database: Database) {}

  /**
   * Reads what was added since the last time. Ids only grow (schema.ts), and what a message says of itself stays.
   * @param version of the index
   */
  refresh(version: string): void {
    if (version === this.version) return;
    // An update may be writing: what it adds after this is found at the next search.
    const sql = "SELECT id, received, date FROM message WHERE id > ? ORDER BY id LIMIT ?";
    for (;;) {
      const rows = this.database.tuples(sql, this.newest, step) as readonly (readonly [
        number,
        number,
        number,
      ])[];
      if (rows.length === 0) break;
      this.newest = rows.at(-1)![0];
      this.grow(this.newest + 1);
      for (const [id, received, date] of rows) {
        this.received[id] = received;
        this.date[id] = date;
        this.blocks.received.add(id, received);
        this.blocks.date.add(id, date);
      }
    }
    this.version = version;
  }

  /** The largest id that is known. */
  get last(): number {
    return this.newest;
  }

  of(field: "date" | "received"): Float64Array {
    return field === "date" ? this.date : this.received;
  }

  /**
   * Where the messages of these ranges are, as spans of ids: mails come nearly in the order of their dates, so that a
   * month is a span or a few. Undefined when they are too many to be worth it.
   */
  spans(ranges: readonly TimeRange[]): readonly (readonly [first: number, last: number])[] | undefined {
    const spans: [number, number][] = [];
    // The first range in a loop of its own, and without calls: it is of all messages.
    const [first, ...others] = ranges.map((each) => boundsOf(each));
    const values = this.of(first!.field);
    const { from, to } = first!;
    for (const [start, end] of this.blocks[first!.field].touching(first!)) {
      for (let id = start; id < end && id <= this.newest; id++) {
        const value = values[id]!;
        if (value < from || value > to) continue;
        if (!others.every((each) => isWithin(this.of(each.field)[id]!, each))) continue;
        const span = spans.at(-1);
        if (span && id - span[1] < nearIds) span[1] = id;
        else if (spans.length === maxSpans) return undefined;
        else spans.push([id, id]);
      }
    }
    return spans;
  }

  /** Those of a list that are in a range. */
  within(ids: readonly number[], range: TimeRange): number[] {
    const bounds = boundsOf(range);
    const of = this.of(range.field);
    return ids.filter((id) => isWithin(of[id]!, bounds));
  }

  private grow(size: number): void {
    if (size <= this.received.length) return;
    const grown = (before: Float64Array) => {
      const after = new Float64Array(2 * size);
      after.set(before);
      return after;
    };
    this.received = grown(this.received);
    this.date = grown(this.date);
  }
}

/** What the times of neighbours lie between, by their ids. */
class Blocks {
  private readonly earliest: number[] = [];
  private readonly latest: number[] = [];

  add(id: number, time: number): void {
    const block = Math.floor(id / blockSize);
    while (this.earliest.length <= block) {
      this.earliest.push(Number.POSITIVE_INFINITY);
      this.latest.push(Number.NEGATIVE_INFINITY);
    }
    if (time < this.earliest[block]!) this.earliest[block] = time;
    if (time > this.latest[block]!) this.latest[block] = time;
  }

  *touching({
    from,
    to,
  }: {
    readonly from: number;
    readonly to: number;
  }): Generator<readonly [number, number]> {
    for (let block = 0; block < this.earliest.length; block++)
      if (this.latest[block]! >= from && this.earliest[block]! <= to)
        yield [block * blockSize, (block + 1) * blockSize];
  }
}

const boundsOf = ({ field, range: { from, to } }: TimeRange) => ({
  field,
  from: from ?? Number.NEGATIVE_INFINITY,
  to: to ?? Number.POSITIVE_INFINITY,
});

const isWithin = (value: number, { from, to }: { readonly from: number; readonly to: number }) =>
  value >= from && value <= to;
