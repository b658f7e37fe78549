/** The one door to SQLite databases. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSyncInstance } from "@photostructure/sqlite";
import { KnownError } from "./errors.js";

export type Value = null | number | bigint | string | Uint8Array;
export type Row = Readonly<Record<string, Value>>;

/** A database file. Statements are prepared once each and kept. */
export class Database {
  private readonly statements = new Map<string, StatementSyncInstance>();

  private constructor(
    readonly path: string,
    private readonly connection: InstanceType<typeof DatabaseSync>,
  ) {}

  /**
   * Opens a database, for writing (made when missing) or only for reading.
   * In WAL mode with `synchronous=NORMAL` a killed process loses at most its open transaction
   * (https://sqlite.org/wal.html); readers never wait for the writer.
   * @throws KnownError when the file cannot be opened or is no database.
   */
  static open(path: string, mode: "write" | "read"): Database {
    try {
      if (mode === "write") mkdirSync(dirname(path), { recursive: true });
      const connection = new DatabaseSync(path, { readOnly: mode === "read", timeout: 10_000 });
      const database = new Database(path, connection);
      if (mode === "write")
        database.execute("PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
      database.execute("PRAGMA mmap_size=2147418112; PRAGMA temp_store=MEMORY");
      database.row("SELECT count(*) AS n FROM sqlite_master"); // the first read of the file
      return database;
    } catch (error) {
      throw databaseError(path, error);
    }
  }

  /** Runs statements without results. */
  execute(sql: string): void {
    this.guard(() => this.connection.exec(sql));
  }

  /** Runs one statement; returns how many rows it changed and the last rowid that it made. */
  run(sql: string, ...values: readonly Value[]): { readonly changes: number; readonly lastId: number } {
    const result = this.guard(() => this.statement(sql).run(...(values as never[])));
    return { changes: Number(result.changes), lastId: Number(result.lastInsertRowid) };
  }

  /** The first row, or undefined. */
  row(sql: string, ...values: readonly Value[]): Row | undefined {
    return this.guard(() => this.statement(sql).get(...(values as never[]))) as Row | undefined;
  }

  rows(sql: string, ...values: readonly Value[]): readonly Row[] {
    return this.guard(() => this.statement(sql).all(...(values as never[]))) as readonly Row[];
  }

  /** Rows as arrays in the order of the columns: of many rows, objects would cost as much as the query. */
  tuples(sql: string, ...values: readonly Value[]): readonly (readonly Value[])[] {
    return this.guard(() => this.statement(sql, true).all(...(values as never[]))) as unknown as Value[][];
  }

  /** All or nothing: rolls back when `work` throws. */
  transaction<T>(work: () => T): T {
    this.execute("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.execute("COMMIT");
      return result;
    } catch (error) {
      this.execute("ROLLBACK");
      throw error;
    }
  }

  get inTransaction(): boolean {
    return this.connection.isTransaction;
  }

  close(): void {
    this.statements.clear();
    this.connection.close();
  }

  /** @param arrays rows as arrays; a text of SQL is always used with the same value */
  private statement(sql: string, arrays = false): StatementSyncInstance {
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = this.connection.prepare(sql);
      if (arrays) statement.setReturnArrays(true);
      this.statements.set(sql, statement);
    }
    return statement;
  }

  private guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw databaseError(this.path, error);
    }
  }
}

/** SQLite's result codes (https://sqlite.org/rescode.html) that a user can act on; anything else is a bug. */
const knownFailures: readonly (readonly [RegExp, string])[] = [
  [/unable to open/i, "check the path and its permissions"],
  [/readonly/i, "check the file's permissions"],
  [/database is locked|busy/i, "another treewide is writing to it: wait for it to end"],
  [/disk is full|disk I\/O/i, "check the free space of the disk"],
  [/malformed|not a database/i, "remove the file; it is made again from its source"],
];

function databaseError(path: string, error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error);
  const known = knownFailures.find(([pattern]) => pattern.test(message));
  return known ? new KnownError(`${path}: ${message}`, known[1]) : error;
}
