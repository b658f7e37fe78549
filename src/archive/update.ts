/** Brings archives up to date with their sources. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Database } from "../base/database.js";
import type { ProgressListener } from "../base/progress.js";
import { prepare } from "./given.js";
import { type UpdateResult, updateIndex } from "./indexer.js";
import { archiveFolder, indexPath, readConfig, rebuildPath, removeIndex, replaceIndex } from "./registry.js";
import { ensureSchema } from "./schema.js";
import type { SourceSpec } from "./source.js";

export interface ArchiveUpdate extends UpdateResult {
  readonly name: string;
  /** Messages in the index now. */
  readonly messages: number;
  /** Why the whole index was made anew, when it was. */
  readonly rebuilt: string | undefined;
}

/**
 * Fetches and indexes what is new in an archive.
 * @param rebuild makes the index anew.
 * @throws KnownError when a source cannot be had.
 */
export async function updateArchive(
  name: string,
  rebuild: boolean,
  onProgress: ProgressListener,
): Promise<ArchiveUpdate> {
  const config = readConfig(name);
  const older = oldIndexes(name);
  const exists = existsSync(indexPath(name));
  const rebuilt = rebuild
    ? "asked for"
    : !exists && older.length > 0
      ? "it was made by another version of treewide"
      : undefined;
  removeIndex(rebuildPath(name)); // of a run that was killed
  // Readers have the old one until the new one is complete.
  const path = rebuild && exists ? rebuildPath(name) : indexPath(name);
  const specs = [];
  for (const given of config.sources) specs.push(...(await prepare(name, given)));
  const { result, messages } = await update(path, specs, onProgress);
  if (path !== indexPath(name)) replaceIndex(indexPath(name), path);
  for (const file of older) rmSync(file, { force: true });
  return { ...result, name, messages, rebuilt };
}

async function update(path: string, specs: readonly SourceSpec[], onProgress: ProgressListener) {
  const database = Database.open(path, "write");
  try {
    ensureSchema(database);
    const result = await updateIndex(database, specs, onProgress);
    return { result, messages: database.row("SELECT count(*) AS n FROM message")!.n as number };
  } finally {
    database.close();
  }
}

/** Files of indexes of other versions. */
function oldIndexes(name: string): string[] {
  return readdirSync(archiveFolder(name))
    .filter((file) => /^index-\d+\.db(?:-\w+)?$/.test(file))
    .map((file) => join(archiveFolder(name), file))
    .filter((file) => !file.startsWith(indexPath(name)));
}
