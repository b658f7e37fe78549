/** Brings archives up to date with their sources. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Database } from "../base/database.js";
import type { ProgressListener } from "../base/progress.js";
import { prepare } from "./given.js";
import { type UpdateResult, updateIndex } from "./indexer.js";
import { archiveFolder, indexPath, readConfig, removeIndex } from "./registry.js";
import { ensureSchema } from "./schema.js";

export interface ArchiveUpdate extends UpdateResult {
  readonly name: string;
  /** Messages in the index now. */
  readonly messages: number;
  /** Why the whole index was made anew, when it was. */
  readonly rebuilt: string | undefined;
}

/**
 * Fetches and indexes what is new in an archive.
 * @param rebuild throws the index away first.
 * @throws KnownError when a source cannot be had.
 */
export async function updateArchive(
  name: string,
  rebuild: boolean,
  onProgress: ProgressListener,
): Promise<ArchiveUpdate> {
  const config = readConfig(name);
  const path = indexPath(name);
  const older = oldIndexes(name);
  const rebuilt = rebuild
    ? "asked for"
    : !existsSync(path) && older.length > 0
      ? "it was made by another version of treewide"
      : undefined;
  if (rebuild) removeIndex(name);
  const specs = [];
  for (const given of config.sources) specs.push(...(await prepare(name, given)));
  const database = Database.open(path, "write");
  try {
    ensureSchema(database);
    const result = await updateIndex(database, specs, onProgress);
    for (const file of older) rmSync(file, { force: true });
    return {
      ...result,
      name,
      messages: database.row("SELECT count(*) AS n FROM message")!.n as number,
      rebuilt,
    };
  } finally {
    database.close();
  }
}

function oldIndexes(name: string): string[] {
  const current = indexPath(name);
  return readdirSync(archiveFolder(name))
    .filter((file) => /^index-\d+\.db(?:-wal|-shm)?$/.test(file))
    .map((file) => join(archiveFolder(name), file))
    .filter((file) => !file.startsWith(current));
}
