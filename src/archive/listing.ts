/**
 * What pages show of a thread, written when a transaction ends, of the threads that it changed: one row with what lists
 * of it show (`listing`), and a few with its mails as HTML (`shelf`), in the order in which they are read.
 */
import type { Database } from "../base/database.js";
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
export const maxListed = 1000;
/** Bytes of a row of the shelf: pages are read by few rows, and read little that they do not show. */
const rowBytes = 65_536;
/** A thread whose mails came one by one stands in more rows than this: they are written together again. */
const maxRows = 16;
/** Bytes of mails that wait in memory for the end of a transaction. */
const maxWaiting = 32 << 20;

const linesOf = `SELECT m.id, m.node, node.mid, m.subject, m.sender, m.date, m.received, m.hash, m.shown, m.refs,
    place.row, place.at, place.packed, place.crc
  FROM node JOIN message m ON m.node = node.id LEFT JOIN place ON place.message = m.id
  WHERE node.thread = ? ORDER BY m.date, m.id LIMIT ${maxListed}`;

/** Threads that changed since the last transaction ended, and mails that are not on the shelf yet. */
export class Listings {
  private readonly changed = new Set<number>();
  private readonly waiting = new Map<number, GzipPiece>();
  private waitingBytes = 0;

  constructor(private readonly database: Database) {}

  change(thread: number): void {
    this.changed.add(thread);
  }

  /** A mail that was added to a changed thread, as its pages show it. */
  show(message: number, piece: GzipPiece): void {
    this.waiting.set(message, piece);
    this.waitingBytes += piece.deflated.length;
    if (this.waitingBytes > maxWaiting) this.write();
  }

  /** A mail that was taken away: nothing of it stays. */
  forget(message: number): void {
    this.waiting.delete(message);
    const [place] = this.database.tuples("SELECT row, at, packed FROM place WHERE message = ?", message);
    if (!place) return;
    this.database.run("DELETE FROM place WHERE message = ?", message);
    const [row, at, packed] = place as readonly [number, number, number];
    const pieces = Buffer.from(this.piecesOf(row)).fill(0, at, at + packed);
    if (pieces.some((byte) => byte !== 0))
      this.database.run("UPDATE shelf SET pieces = ? WHERE id = ?", pieces, row);
    else this.database.run("DELETE FROM shelf WHERE id = ?", row);
  }

  /** Inside the transaction that changed them. */
  write(): void {
    for (const thread of this.changed) this.writeThread(thread);
    // Beyond what is listed: each for itself, so that a row never holds mails of two threads.
    for (const [id, piece] of this.waiting) this.shelve([[id, piece]], new Map());
    this.changed.clear();
    this.waiting.clear();
    this.waitingBytes = 0;
  }

  private writeThread(thread: number): void {
    const rows = this.database.tuples(linesOf, thread) as readonly ListedRow[];
    if (rows.length === 0) {
      this.database.run("DELETE FROM listing WHERE thread = ?", thread);
      return;
    }
    const lines = rows.map((row) => row.slice(0, 10) as unknown as Line);
    const listed = lines.map(toListed);
    const places = new Map<number, Place>();
    for (const [id, , , , , , , , , , row, at, packed, crc] of rows)
      if (row !== null) places.set(id, { row, at: at!, packed: packed!, crc: crc! });
    const placed = orderedThread(listed);
    const order = placed.map(({ message }) => message.entry);
    if (rows.length < maxListed) this.takeScattered(order, places);
    const fresh: (readonly [number, GzipPiece])[] = [];
    for (const { id } of order) {
      const piece = this.waiting.get(id);
      if (piece) fresh.push([id, piece]);
      this.waiting.delete(id);
    }
    this.shelve(fresh, places);
    this.database.run(
      "INSERT OR REPLACE INTO listing VALUES (?, ?, ?)",
      thread,
      sheetOf(placed, places),
      JSON.stringify(lines),
    );
  }

  /** Takes a thread's mails from the shelf when they stand in too many rows. All of those rows are of this thread. */
  private takeScattered(order: readonly Listed[], places: Map<number, Place>): void {
    const rows = new Set([...places.values()].map(({ row }) => row));
    const bytes = [...places.values()].reduce((sum, { packed }) => sum + packed, 0);
    if (rows.size <= maxRows + (2 * bytes) / rowBytes) return;
    const pieces = new Map([...rows].map((row) => [row, this.piecesOf(row)]));
    for (const { id, shownBytes } of order) {
      const place = places.get(id);
      if (!place) continue;
      const { row, at, packed, crc } = place;
      const deflated = pieces.get(row)!.subarray(at, at + packed);
      this.waiting.set(id, { crc, length: shownBytes, deflated });
      this.database.run("DELETE FROM place WHERE message = ?", id);
    }
    for (const row of rows) this.database.run("DELETE FROM shelf WHERE id = ?", row);
    places.clear();
  }

  private shelve(fresh: readonly (readonly [id: number, piece: GzipPiece])[], places: Map<number, Place>): void {
    for (let i = 0; i < fresh.length; ) {
      const pieces: Uint8Array[] = [];
      const first = i;
      for (let bytes = 0; i < fresh.length && bytes < rowBytes; bytes += pieces.at(-1)!.length)
        pieces.push(fresh[i++]![1].deflated);
      const { lastId: row } = this.database.run("INSERT INTO shelf (pieces) VALUES (?)", Buffer.concat(pieces));
      let at = 0;
      for (const [id, { deflated, crc }] of fresh.slice(first, i)) {
        const packed = deflated.length;
        places.set(id, { row, at, packed, crc });
        this.database.run("INSERT INTO place VALUES (?, ?, ?, ?, ?)", id, row, at, packed, crc);
        at += packed;
      }
    }
  }

  private piecesOf(row: number): Uint8Array {
    return this.database.tuples("SELECT pieces FROM shelf WHERE id = ?", row)[0]![0] as Uint8Array;
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

type ListedRow = readonly [
  ...Line,
  row: number | null,
  at: number | null,
  packed: number | null,
  crc: number | null,
];

export function readListing(text: string): readonly Listed[] {
  return (JSON.parse(text) as Line[]).map(toListed);
}

function toListed([id, node, messageId, subject, from, date, received, hash, shownBytes, refs]: Line): Listed {
  const references = nodesOf(refs);
  return { id, node, messageId, subject, from, date, received, hash, shownBytes, references };
}

/** `12 34`. */
export const nodesOf = (refs: string): readonly number[] => (refs === "" ? [] : refs.split(" ").map(Number));
