/** The archives that a user has: a folder each, with what was given and the index made of it. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { KnownError, UsageError } from "../base/errors.js";
import { cacheFolder, writeFileAtomic } from "../base/files.js";
import { indexVersion } from "./schema.js";

/** How a source was given. */
export type GivenKind =
  | "inbox"
  | "git"
  | "bundle"
  | "mbox"
  | "mboxo"
  | "gzip"
  | "maildir"
  | "clone"
  | "download";

export interface GivenSource {
  readonly kind: GivenKind;
  /** An absolute path or a URL. */
  readonly location: string;
}

export interface ArchiveConfig {
  readonly schema: "treewide.archive/1";
  readonly name: string;
  /** The list's address, when known: for reply instructions. */
  readonly address?: string;
  readonly sources: readonly GivenSource[];
}

/** Names are path segments of URLs and of the cache. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function archiveFolder(name: string, ...parts: string[]): string {
  if (!namePattern.test(name))
    throw new UsageError(`"${name}" cannot name an archive`, "use letters, digits, dots and dashes");
  return cacheFolder("archives", name, ...parts);
}

export function indexPath(name: string): string {
  return archiveFolder(name, `index-${indexVersion}.db`);
}

export function archiveNames(): readonly string[] {
  const folder = cacheFolder("archives");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => namePattern.test(name) && existsSync(join(folder, name, "archive.json")))
    .sort();
}

/** @throws KnownError when there is no such archive. */
export function readConfig(name: string): ArchiveConfig {
  const path = archiveFolder(name, "archive.json");
  if (!existsSync(path)) {
    const names = archiveNames();
    throw new KnownError(
      `no archive is named ${name}`,
      names.length > 0 ? `there are: ${names.join(", ")}` : "add one with `treewide archive add NAME SOURCE`",
    );
  }
  return JSON.parse(readFileSync(path, "utf8"));
}

export function hasArchive(name: string): boolean {
  return existsSync(archiveFolder(name, "archive.json"));
}

export function writeConfig(config: ArchiveConfig): void {
  writeFileAtomic(archiveFolder(config.name, "archive.json"), `${JSON.stringify(config, undefined, 2)}\n`);
}

/** Removes the index and what was downloaded; sources that are the user's own stay. */
export function removeArchive(name: string): void {
  readConfig(name);
  rmSync(archiveFolder(name), { recursive: true, force: true });
}

/** Where an index is made anew while readers have the old one. */
export function rebuildPath(name: string): string {
  return archiveFolder(name, `rebuild-${indexVersion}.db`);
}

/** Removes the files of an index, if there are any. */
export function removeIndex(path: string): void {
  for (const ending of ["", "-wal", "-shm", "-shelf"]) rmSync(`${path}${ending}`, { force: true });
}

/**
 * Puts an index that is complete in the place of another. The database comes last: who sees it sees its shelf. Whoever
 * has the other one open keeps it until he looks (`Archive.version`).
 */
export function replaceIndex(path: string, by: string): void {
  removeIndex(path);
  renameSync(`${by}-shelf`, `${path}-shelf`);
  renameSync(by, path);
}
