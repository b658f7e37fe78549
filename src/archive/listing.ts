/**
 * What pages show of a thread, written when a transaction ends, of the threads that it changed: one row with what lists
 * of it show; and on the shelf, a file beside the index, its mails as HTML, together and in the order in which they are
 * read. That is no table: a page reads it with one call, to where it is sent from, and without a copy.
 */
import type { Database } from "../base/database.js";
import { KnownError } from "../base/errors.js";
import { GrowingFile } from "../base/growing-file.js";
import type { GzipPiece } from "../base/gzip-pieces.js";
import { type Place, sheetOf } from "./sheet.js";
import { orderedThread } from "./thread-lines.js";

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
const maxListed = 1000;
/** Bytes of mails that wait in memory for the end of a transaction. */
const maxWaiting = 32 << 20;

const linesOf = `SELECT m.id, m.node, node.mid, m.subject, m.sender, m.date, m.received, m.hash, m.shown, m.refs,
    place.at, place.packed, place.crc
  FROM node JOIN message m ON m.node = node.id LEFT JOIN place ON place.message = m.id
  WHERE node.thread = ? ORDER BY m.date, m.id LIMIT ${maxListed}`;

/** The shelf that belongs to an index. */
export const shelfPath = (indexPath: string) => `${indexPath}-shelf`;

export const lostShelf = "make both anew: treewide archive update --rebuild NAME";

/** Threads that changed since the last transaction ended, and mails that are not on the shelf yet. */
export class Listings {
  private readonly changed = new Set<number>();
  private readonly waiting = new Map<number, GzipPiece>();
  private waitingBytes = 0;
  private readonly forgotten: Pick<Place, "at" | "packed">[] = [];
  private readonly shelf: GrowingFile;

  /** @throws KnownError when the shelf was lost. */
  constructor(private readonly database: Database) {
    this.shelf = GrowingFile.open(shelfPath(database.path), "write");
    if (this.shelf.size() < this.bytes()) {
      this.shelf.close();
      throw new KnownError(`${this.shelf.path}: is shorter than its index says`, lostShelf);
    }
  }

  change(thread: number): void {
    this.changed.add(thread);
  }

  /** A mail that was added to a changed thread, as its pages show it. */
  show(message: number, piece: GzipPiece): void {
    this.waiting.set(message, piece);
    this.waitingBytes += piece.deflated.length;
    if (this.waitingBytes > maxWaiting) this.write();
  }

  /** A mail that was taken away. */
  forget(message: number): void {
    this.waiting.delete(message);
    const [place] = this.database.tuples("SELECT at, packed FROM place WHERE message = ?", message);
    if (!place) return;
    this.database.run("DELETE FROM place WHERE message = ?", message);
    this.forgotten.push({ at: place[0] as number, packed: place[1] as number });
  }

  /** Inside the transaction that changed them, at its end: what it refers to is on the disk before it. */
  write(): void {
    const before = this.bytes();
    // When all were taken away (a source that was rewritten), their room is free.
    let end = this.database.row("SELECT 1 FROM place LIMIT 1") ? before : 0;
    for (const thread of this.changed) end = this.writeThread(thread, end);
    end = this.shelve([...this.waiting], end, new Map()); // beyond what is listed
    this.changed.clear();
    this.waiting.clear();
    this.waitingBytes = 0;
    if (end === before) return;
    this.database.run("UPDATE shelf SET bytes = ?", end);
    this.shelf.sync();
  }

  /** After that transaction: of a mail that was taken away nothing stays. */
  wipe(): void {
    for (const { at, packed } of this.forgotten) this.shelf.write(new Uint8Array(packed), at);
    this.forgotten.length = 0;
  }

  close(): void {
    this.shelf.close();
  }

  /** Of the shelf, that count. */
  private bytes(): number {
    return this.database.row("SELECT bytes FROM shelf")!.bytes as number;
  }

  /** Returns where the shelf ends now. */
  private writeThread(thread: number, end: number): number {
    const rows = this.database.tuples(linesOf, thread) as readonly ListedRow[];
    if (rows.length === 0) {
      this.database.run("DELETE FROM listing WHERE thread = ?", thread);
      return end;
    }
    const lines = rows.map((row) => row.slice(0, 10) as unknown as Line);
    const places = new Map<number, Place>();
    for (const [id, , , , , , , , , , at, packed, crc] of rows)
      if (at !== null) places.set(id, { at, packed: packed!, crc: crc! });
    const placed = orderedThread(lines.map(toListed));
    const fresh: (readonly [number, GzipPiece])[] = [];
    for (const { message } of placed) {
      const piece = this.waiting.get(message.entry.id);
      if (piece) fresh.push([message.entry.id, piece]);
      this.waiting.delete(message.entry.id);
    }
    const next = this.shelve(fresh, end, places);
    this.database.run(
      "INSERT OR REPLACE INTO listing VALUES (?, ?, ?)",
      thread,
      sheetOf(placed, places),
      JSON.stringify(lines),
    );
    return next;
  }

  /** Puts mails where the shelf ends, one after the other. Returns where it ends now. */
  private shelve(
    fresh: readonly (readonly [id: number, piece: GzipPiece])[],
    end: number,
    places: Map<number, Place>,
  ): number {
    let at = end;
    for (const [id, { deflated, crc }] of fresh) {
      const packed = deflated.length;
      places.set(id, { at, packed, crc });
      this.database.run("INSERT INTO place VALUES (?, ?, ?, ?)", id, at, packed, crc);
      at += packed;
    }
    if (at > end) this.shelf.write(Buffer.concat(fresh.map(([, { deflated }]) => deflated)), end);
    return at;
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

type ListedRow = readonly [...Line, at: number | null, packed: number | null, crc: number | null];

export function readListing(text: string): readonly Listed[] {
  return (JSON.parse(text) as Line[]).map(toListed);
}

function toListed([
  id,
  node,
  messageId,
  subject,
  from,
  date,
  received,
  hash,
  shownBytes,
  refs,
]: Line): Listed {
  const references = nodesOf(refs);
  return { id, node, messageId, subject, from, date, received, hash, shownBytes, references };
}

/** `12 34`. */
export const nodesOf = (refs: string): readonly number[] => (refs === "" ? [] : refs.split(" ").map(Number));
