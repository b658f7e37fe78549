/** Writes records into the index, in order; the only writer. The same records give the same rows. */
import type { Database, Value } from "../base/database.js";
import { unpackPiece } from "../base/gzip-pieces.js";
import { columns } from "./columns.js";
import { Listings } from "./listing.js";
import { hash48, type MailRecord } from "./record.js";
import { ThreadNodes } from "./thread-nodes.js";

/** A reply without references joins a mail with its subject that is at most this much older (seconds). */
const subjectWindow = 60 * 86400;

const insertMessage = `INSERT INTO message
  (source, locator, node, refs, hash, subject, subject_hash, sender, address, date, received, bytes, shown)
  VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)`;
const insertPatch = "INSERT INTO patch VALUES (?,?,?,?,?,?,?)";
const insertWords = `INSERT INTO words (rowid, ${columns.join(", ")}) VALUES (?${", ?".repeat(columns.length)})`;

export class IndexWriter {
  private readonly listings: Listings;
  private readonly nodes: ThreadNodes;

  constructor(private readonly database: Database) {
    this.listings = new Listings(database);
    this.nodes = new ThreadNodes(database, (thread) => this.listings.change(thread));
  }

  /** Adds a mail, unless the archive has the same mail already. Returns whether it was added. */
  add(source: number, record: MailRecord): boolean {
    const own = this.nodes.node(record.ids[0]);
    if (own.known && this.copies(own.id, record.contentHash).length > 0) return false;
    const references = this.references(record);
    this.nodes.join([...references, own, ...record.ids.slice(1).map((id) => this.nodes.node(id))]);
    this.listings.change(own.thread);
    const { lastId } = this.database.run(
      insertMessage,
      source,
      record.locator,
      own.id,
      references.map(({ id }) => id).join(" "),
      record.contentHash,
      record.subject,
      record.subjectHash,
      record.from,
      record.fromAddress,
      record.date,
      record.received,
      record.bytes,
      record.shownBytes,
    );
    for (const id of record.ids.slice(1))
      this.database.run("INSERT OR IGNORE INTO alias VALUES (?, ?)", this.nodes.node(id).id, lastId);
    const { patch } = record;
    if (patch) {
      const numbers: Value[] = [
        patch.version,
        patch.number ?? null,
        patch.total ?? null,
        patch.changeId ?? null,
      ];
      this.database.run(insertPatch, lastId, patch.title, hash48(patch.title.toLowerCase()), ...numbers);
    }
    this.listings.show(lastId, unpackPiece(record.shown));
    this.database.run(insertWords, lastId, ...columns.map((column) => record.texts[column]));
    return true;
  }

  /** Takes a mail away: by where it was, else by what it says. Returns how many rows went. */
  remove(source: number, locator: string, record: MailRecord | undefined): number {
    const rows = this.database.rows(
      "SELECT id FROM message WHERE locator = ? AND source = ?",
      locator,
      source,
    );
    const found = rows.map(({ id }) => id as number);
    const own = record && found.length === 0 ? this.nodes.find(record.ids[0]) : undefined;
    if (record && own) found.push(...this.copies(own.id, record.contentHash));
    for (const id of found) this.delete(id);
    return found.length;
  }

  /** Inside each transaction, at its end. */
  end(): void {
    this.listings.write();
  }

  /** After each transaction. */
  ended(): void {
    this.listings.wipe();
  }

  close(): void {
    this.listings.close();
  }

  /** Takes away all that came from a source. */
  removeSource(source: number): void {
    for (const { id } of this.database.rows("SELECT id FROM message WHERE source = ?", source))
      this.delete(id as number);
  }

  private delete(id: number): void {
    const sql = "SELECT thread FROM message JOIN node ON node.id = message.node WHERE message.id = ?";
    this.listings.change(this.database.row(sql, id)!.thread as number);
    this.database.run("DELETE FROM words WHERE rowid = ?", id);
    this.listings.forget(id);
    this.database.run("DELETE FROM patch WHERE message = ?", id);
    this.database.run("DELETE FROM alias WHERE message = ?", id);
    this.database.run("DELETE FROM message WHERE id = ?", id);
  }

  private copies(node: number, hash: string): number[] {
    return this.database
      .rows("SELECT id FROM message WHERE node = ? AND hash = ?", node, hash)
      .map(({ id }) => id as number);
  }

  private references(record: MailRecord) {
    if (!record.groupBySubject) return record.references.map((id) => this.nodes.node(id));
    const row = this.database.row(
      `SELECT mid FROM message JOIN node ON node.id = message.node
        WHERE subject_hash = ? AND date BETWEEN ? AND ? ORDER BY date DESC, message.id DESC LIMIT 1`,
      record.subjectHash,
      record.date - subjectWindow,
      record.date,
    );
    return row && row.mid !== record.ids[0] ? [this.nodes.node(row.mid as string)] : [];
  }
}
