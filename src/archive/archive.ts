/** An archive to read from: messages, threads, searches. Opened once, used by one thread. */
import { existsSync, statSync } from "node:fs";
import { Database } from "../base/database.js";
import { KnownError } from "../base/errors.js";
import { GrowingFile } from "../base/growing-file.js";
import { type Message, parseMessage } from "../mail/message.js";
import { type Listed, lostShelf, nodesOf, readListing, shelfPath } from "./listing.js";
import { parseQuery } from "./query.js";
import { type ArchiveConfig, indexPath, readConfig } from "./registry.js";
import { type Order, search } from "./search.js";
import { Sheet } from "./sheet.js";
import { openSource, type Source, type SourceSpec } from "./source.js";
import { Times } from "./times.js";

/** What the index knows of a message. */
export interface Entry extends Listed {
  readonly thread: number;
  readonly address: string;
  readonly bytes: number;
  readonly source: number;
  readonly locator: string;
}

/** A thread's sheet, and the message in it that was asked for. */
export interface AskedSheet {
  readonly sheet: Sheet;
  /** -1 when it is beyond what is listed. */
  readonly at: number;
  readonly messageId: string;
  readonly subject: string;
}

export type Hit = Pick<Entry, "messageId" | "subject" | "from" | "date">;

/** About 300 bytes each. */
const maxKnownHits = 50_000;

/** In the order of `toEntry`. */
const entryColumns = `m.id, node.mid, node.thread, m.subject, m.sender, m.address, m.date, m.received, m.bytes,
  m.source, m.locator, m.refs, m.node, m.hash, m.shown`;
const fromMessages = "FROM message m JOIN node ON node.id = m.node";

/** What is read through one opening of the index. */
interface Opened {
  /** Of the file: an index that was made anew is another one. */
  readonly inode: number;
  readonly database: Database;
  readonly shelf: GrowingFile;
  readonly times: Times;
  readonly sources: Map<number, Source>;
  readonly knownHits: Map<number, Hit>;
}

export class Archive {
  private readonly path: string;
  private opened: Opened;
  private openings = 1;

  private constructor(readonly config: ArchiveConfig) {
    this.path = indexPath(config.name);
    this.opened = openIndex(this.path);
  }

  /** @throws KnownError when there is no such archive, or it has no index yet. */
  static open(name: string): Archive {
    const config = readConfig(name);
    if (!existsSync(indexPath(name)))
      throw new KnownError(
        `the archive ${name} has no index of this version`,
        "run `treewide archive update`: it indexes all archives that need it",
      );
    return new Archive(config);
  }

  get name(): string {
    return this.config.name;
  }

  /**
   * Changes whenever the index does: what was computed under another value is stale. Who asks sees from then on an index
   * that was made anew meanwhile.
   */
  version(): string {
    const inode = statSync(this.path, { throwIfNoEntry: false })?.ino;
    if (inode !== undefined && inode !== this.opened.inode) {
      const before = this.opened;
      this.opened = openIndex(this.path);
      this.openings++;
      closeIndex(before);
    }
    return `${this.openings} ${this.database.row("PRAGMA data_version")!.data_version}`;
  }

  count(): number {
    return this.database.row("SELECT count(*) AS n FROM message")!.n as number;
  }

  /** The messages with an id; more than one when different mails carry it. */
  byMessageId(messageId: string): readonly Entry[] {
    const direct = this.entries("WHERE node.mid = ? ORDER BY m.id", messageId);
    if (direct.length > 0) return direct;
    return this.entries(
      "WHERE m.id IN (SELECT message FROM alias JOIN node a ON a.id = alias.node WHERE a.mid = ?) ORDER BY m.id",
      messageId,
    );
  }

  byIds(ids: readonly number[]): readonly Entry[] {
    return this.entries(
      "JOIN json_each(?) asked ON asked.value = m.id ORDER BY asked.key",
      JSON.stringify(ids),
    );
  }

  /** A thread's messages, oldest first, at most `limit`. */
  thread(thread: number, limit = 10_000): readonly Entry[] {
    return this.entries("WHERE node.thread = ? ORDER BY m.date, m.id LIMIT ?", thread, limit);
  }

  /** A thread's messages as pages list them, oldest first, at most 1000 (listing.ts). */
  listing(thread: number): readonly Listed[] {
    const [row] = this.database.tuples("SELECT messages FROM listing WHERE thread = ?", thread);
    return row ? readListing(row[0] as string) : [];
  }

  /** What the pages of a message's thread are put together from; undefined when there is no such message. */
  sheet(messageId: string): AskedSheet | undefined {
    const [row] = this.database.tuples(
      "SELECT node.id, listing.sheet FROM node JOIN listing ON listing.thread = node.thread WHERE node.mid = ?",
      messageId,
    );
    if (!row) return undefined;
    const sheet = new Sheet(row[1] as Uint8Array);
    const at = sheet.find(row[0] as number);
    if (at !== -1) return { sheet, at, messageId, subject: sheet.subject(at) };
    const [entry] = this.byMessageId(messageId); // one of several ids, or beyond what is listed
    if (!entry) return undefined;
    return { sheet, at: sheet.find(entry.node), messageId: entry.messageId, subject: entry.subject };
  }

  /** Mails as the pages of their thread show them: HTML, compressed; a sheet says where each stands. */
  readShelf(into: Uint8Array, at: number): void {
    this.opened.shelf.read(into, at);
  }

  /** Messages received before a moment, newest first. */
  newest(before: number, count: number): readonly Entry[] {
    return this.entries("WHERE m.received <= ? ORDER BY m.received DESC, m.id DESC LIMIT ?", before, count);
  }

  /**
   * Messages that match a query.
   * @throws UsageError when the query cannot be read.
   */
  search(
    query: string,
    order: Order = "time",
    offset = 0,
    count = 200,
  ): { total: number; entries: readonly Entry[] } {
    const { total, ids } = this.find(query, order, offset, count);
    return { total, entries: this.byIds(ids) };
  }

  /** As `search`, and what a list shows of each. */
  hits(query: string, order: Order, offset: number, count: number): { total: number; hits: readonly Hit[] } {
    const { total, ids } = this.find(query, order, offset, count);
    // Searches find the same messages again and again, and what is shown of one never changes.
    const { knownHits } = this.opened;
    if (knownHits.size > maxKnownHits) knownHits.clear();
    const rows = this.database.tuples(
      `SELECT m.id, node.mid, m.subject, m.sender, m.date ${fromMessages}
        WHERE m.id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(ids.filter((id) => !knownHits.has(id))),
    ) as readonly (readonly [number, string, string, string, number])[];
    for (const [id, messageId, subject, from, date] of rows)
      knownHits.set(id, { messageId, subject, from, date });
    return { total, hits: ids.flatMap((id) => knownHits.get(id) ?? []) };
  }

  /** Reads what the first search would have to read: the times of all messages. */
  prepareSearch(): void {
    const version = this.version();
    this.opened.times.refresh(version);
  }

  private find(query: string, order: Order, offset: number, count: number) {
    const parsed = parseQuery(query);
    this.prepareSearch();
    const { database, times } = this.opened;
    return search(database, times, parsed, order, offset, count);
  }

  /** Patches (not replies) that have one of these titles (see record.ts), and those with the same change ids. */
  relatedPatches(titleHashes: readonly number[]): readonly Entry[] {
    return this.entries(
      `JOIN patch ON patch.message = m.id
        WHERE patch.title_hash IN (SELECT value FROM json_each(?1))
          OR patch.change_id IN (SELECT change_id FROM patch WHERE title_hash IN (SELECT value FROM json_each(?1)))
        ORDER BY m.date LIMIT 2000`,
      JSON.stringify(titleHashes),
    );
  }

  /**
   * A mail's bytes as received.
   * @throws KnownError when the source changed since it was indexed.
   */
  raw(entry: Entry): Buffer {
    return this.raws([entry]).next().value!;
  }

  message(entry: Entry): Message {
    return parseMessage(this.raw(entry), entry.received);
  }

  /** As `raw`, of many: asks the sources for several at once, and for no more than are taken. */
  *raws(entries: readonly Entry[]): Generator<Buffer, undefined> {
    for (const some of readAhead(entries)) {
      const read = this.source(some[0]!.source).read(some.map(({ locator }) => locator));
      for (const [i, entry] of some.entries()) {
        const raw = read[i];
        if (!raw)
          throw new KnownError(
            `${entry.messageId}: its source no longer has it`,
            `run \`treewide archive update ${this.name}\``,
          );
        yield raw;
      }
    }
  }

  *messages(entries: readonly Entry[]): Generator<Message, undefined> {
    let i = 0;
    for (const raw of this.raws(entries)) yield parseMessage(raw, entries[i++]!.received);
  }

  /** Repositories of the archive, for clones over HTTP, in the order of their epochs. */
  repositories(): readonly string[] {
    return this.database
      .rows("SELECT location FROM source WHERE kind = 'git' ORDER BY id")
      .map(({ location }) => location as string);
  }

  close(): void {
    closeIndex(this.opened);
  }

  private get database(): Database {
    return this.opened.database;
  }

  private source(id: number): Source {
    let source = this.opened.sources.get(id);
    if (!source) {
      const row = this.database.row("SELECT kind, location FROM source WHERE id = ?", id)!;
      source = openSource({ kind: row.kind as SourceSpec["kind"], location: row.location as string });
      this.opened.sources.set(id, source);
    }
    return source;
  }

  private entries(rest: string, ...values: (string | number)[]): readonly Entry[] {
    const rows = this.database.tuples(`SELECT ${entryColumns} ${fromMessages} ${rest}`, ...values);
    return rows.map((row) => toEntry(row as EntryRow));
  }
}

function openIndex(path: string): Opened {
  if (!existsSync(shelfPath(path))) throw new KnownError(`${shelfPath(path)}: is not there`, lostShelf);
  const inode = statSync(path).ino;
  const database = Database.open(path, "read");
  const shelf = GrowingFile.open(shelfPath(path), "read");
  return { inode, database, shelf, times: new Times(database), sources: new Map(), knownHits: new Map() };
}

function closeIndex({ database, shelf, sources }: Opened): void {
  for (const source of sources.values()) source.close();
  database.close();
  shelf.close();
}

/** Mails, and bytes of them, that are read at once. */
const aheadCount = 64;
const aheadBytes = 4 << 20;

/** Neighbours of one source, as many as may be read at once. */
function* readAhead(entries: readonly Entry[]): Generator<readonly Entry[]> {
  let some: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const full = some.length === aheadCount || bytes + entry.bytes > aheadBytes;
    if (some.length > 0 && (full || some[0]!.source !== entry.source)) {
      yield some;
      some = [];
      bytes = 0;
    }
    some.push(entry);
    bytes += entry.bytes;
  }
  if (some.length > 0) yield some;
}

type EntryRow = readonly [
  id: number,
  messageId: string,
  thread: number,
  subject: string,
  from: string,
  address: string,
  date: number,
  received: number,
  bytes: number,
  source: number,
  locator: string,
  refs: string,
  node: number,
  hash: string,
  shownBytes: number,
];

function toEntry(row: EntryRow): Entry {
  const [id, messageId, thread, subject, from, address, date, received, bytes, source, locator] = row;
  const [, , , , , , , , , , , refs, node, hash, shownBytes] = row;
  const references = nodesOf(refs);
  const place = { source, locator, references, node, hash, shownBytes };
  return { id, messageId, thread, subject, from, address, date, received, bytes, ...place };
}
