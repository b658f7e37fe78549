/** When each message was written and received, in memory: what searches order by, without a row of the index a hit. */
import type { Database } from "../base/database.js";

/** Rows read at once. */
const step = 50_000;

export class Times {
  /** Seconds since 1970, by the message's id. */
  private received = new Float64Array(1024);
  private date = new Float64Array(1024);
  private newest = 0;
  private version: number | undefined;

  constructor(private readonly database: Database) {}

  /**
   * Reads what was added since the last time. Ids only grow (schema.ts), and what a message says of itself stays.
   * @param version of the index
   */
  refresh(version: number): void {
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
