/** An archive to read from: messages, threads, searches. Opened once, used by one thread. */
import { existsSync } from "node:fs";
import { Database, type Row } from "../base/database.js";
import { KnownError } from "../base/errors.js";
import { type GzipPiece, storedPiece, unpackPiece } from "../base/gzip-pieces.js";
import { type Message, parseMessage } from "../mail/message.js";
import { parseQuery } from "./query.js";
import { type ArchiveConfig, indexPath, readConfig } from "./registry.js";
import { type Order, search } from "./search.js";
import { openSource, type Source, type SourceSpec } from "./source.js";

/** What the index knows of a message. */
export interface Entry {
  readonly id: number;
  readonly messageId: string;
  readonly thread: number;
  readonly subject: string;
  /** The author's name, or address without one. */
  readonly from: string;
  readonly address: string;
  /** Seconds since 1970. */
  readonly date: number;
  readonly received: number;
  readonly bytes: number;
  readonly source: number;
  readonly locator: string;
  /** Nodes of what it refers to, oldest first, the parent last. */
  readonly references: readonly number[];
  readonly node: number;
}

const entryColumns = `m.id, node.mid, node.thread, m.subject, m.sender, m.address, m.date, m.received, m.bytes,
  m.source, m.locator, m.refs, m.node`;
const fromMessages = "FROM message m JOIN node ON node.id = m.node";

export class Archive {
  private readonly sources = new Map<number, Source>();

  private constructor(
    readonly config: ArchiveConfig,
    private readonly database: Database,
  ) {}

  /** @throws KnownError when there is no such archive, or it has no index yet. */
  static open(name: string): Archive {
    const config = readConfig(name);
    const path = indexPath(name);
    if (!existsSync(path))
      throw new KnownError(
        `the archive ${name} has no index of this version`,
        `run \`treewide archive update ${name}\``,
      );
    return new Archive(config, Database.open(path, "read"));
  }

  get name(): string {
    return this.config.name;
  }

  /** Changes whenever the index does: what was computed under another value is stale. */
  version(): number {
    return this.database.row("PRAGMA data_version")!.data_version as number;
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
    const rows = this.entries("WHERE m.id IN (SELECT value FROM json_each(?))", JSON.stringify(ids));
    const byId = new Map(rows.map((entry) => [entry.id, entry]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  /** A thread's messages, oldest first, at most `limit`. */
  thread(thread: number, limit = 10_000): readonly Entry[] {
    return this.entries("WHERE node.thread = ? ORDER BY m.date, m.id LIMIT ?", thread, limit);
  }

  /** Messages as pages of their thread show them: HTML, ready to be sent (see record.ts). */
  shown(entries: readonly Entry[]): readonly GzipPiece[] {
    const ids = JSON.stringify(entries.map(({ id }) => id));
    const rows = this.database.rows(
      "SELECT message, piece FROM shown WHERE message IN (SELECT value FROM json_each(?))",
      ids,
    );
    const byId = new Map(rows.map(({ message, piece }) => [message, piece as Uint8Array]));
    return entries.map(({ id }) => {
      const piece = byId.get(id);
      return piece ? unpackPiece(piece) : storedPiece(""); // taken away since the thread was read
    });
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
    const { total, ids } = search(this.database, parseQuery(query), order, offset, count);
    return { total, entries: this.byIds(ids) };
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
    for (const source of this.sources.values()) source.close();
    this.database.close();
  }

  private source(id: number): Source {
    let source = this.sources.get(id);
    if (!source) {
      const row = this.database.row("SELECT kind, location FROM source WHERE id = ?", id)!;
      source = openSource({ kind: row.kind as SourceSpec["kind"], location: row.location as string });
      this.sources.set(id, source);
    }
    return source;
  }

  private entries(rest: string, ...values: (string | number)[]): readonly Entry[] {
    return this.database.rows(`SELECT ${entryColumns} ${fromMessages} ${rest}`, ...values).map(toEntry);
  }
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

function toEntry(row: Row): Entry {
  const refs = row.refs as string;
  return {
    id: row.id as number,
    messageId: row.mid as string,
    thread: row.thread as number,
    subject: row.subject as string,
    from: row.sender as string,
    address: row.address as string,
    date: row.date as number,
    received: row.received as number,
    bytes: row.bytes as number,
    source: row.source as number,
    locator: row.locator as string,
    references: refs === "" ? [] : refs.split(" ").map(Number),
    node: row.node as number,
  };
}
