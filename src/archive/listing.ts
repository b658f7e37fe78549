/** What pages list of a thread, kept as one row: written when a transaction ends, of the threads that it changed. */
import type { Database } from "../base/database.js";

/** What a list shows of a message, and how its thread is ordered. */
export interface Listed {
  readonly id: number;
  readonly node: number;
  readonly messageId: string;
  readonly subject: string;
  /** The author's name, or address without one. */
  readonly from: string;
  /** Seconds since 1970. */
  readonly date: number;
  readonly received: number;
  /** Of what its author wrote (record.ts). */
  readonly hash: string;
  /** Bytes of it on the page of its thread. */
  readonly shownBytes: number;
  /** Nodes of what it refers to, oldest first, the parent last. */
  readonly references: readonly number[];
}

/** Messages of a thread that are listed; more are found by their ids, and in the mbox. */
export const maxListed = 1000;

const write = `INSERT OR REPLACE INTO listing
  SELECT ?1, '[' || group_concat(line, ',' ORDER BY date, id) || ']' FROM (
    SELECT m.id, m.date, json_array(m.id, m.node, node.mid, m.subject, m.sender, m.date, m.received, m.hash, m.shown,
      m.refs) AS line
    FROM message m JOIN node ON node.id = m.node WHERE node.thread = ?1 ORDER BY m.date, m.id LIMIT ${maxListed}
  ) HAVING count(*) > 0`;

/** Threads that changed since the last transaction ended. */
export class Listings {
  private readonly changed = new Set<number>();

  constructor(private readonly database: Database) {}

  change(thread: number): void {
    this.changed.add(thread);
  }

  /** Inside the transaction that changed them. */
  write(): void {
    for (const thread of this.changed) {
      const { changes } = this.database.run(write, thread);
      if (changes === 0) this.database.run("DELETE FROM listing WHERE thread = ?", thread);
    }
    this.changed.clear();
  }
}

type Line = readonly [
  id: number,
  node: number,
  messageId: string,
  subject: string,
  from: string,
  date: number,
  received: number,
  hash: string,
  shownBytes: number,
  refs: string,
];

export function readListing(text: string): readonly Listed[] {
  return (JSON.parse(text) as Line[]).map(
    ([id, node, messageId, subject, from, date, received, hash, shownBytes, refs]) => {
      const references = nodesOf(refs);
      return { id, node, messageId, subject, from, date, received, hash, shownBytes, references };
    },
  );
}

/** `12 34`. */
export const nodesOf = (refs: string): readonly number[] => (refs === "" ? [] : refs.split(" ").map(Number));
