/**
 * The one door through which the program writes files and finds its own folders.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { KnownError, systemErrorCode } from "./errors.js";

/**
 * The user's cache folder for treewide (XDG Base Directory Specification: `$XDG_CACHE_HOME`, else `~/.cache`).
 * `TREEWIDE_CACHE` overrides it. It may not exist yet.
 */
export function cacheFolder(...parts: string[]): string {
  const root =
    process.env.TREEWIDE_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "treewide");
  return join(root, ...parts);
}

/**
 * Makes a folder and those above it.
 * @throws KnownError when it cannot be made.
 */
export function makeFolder(path: string): void {
  try {
    makeMissing(path);
  } catch (error) {
    throw cannotBeWritten(path, error);
  }
}

/**
 * Writes a file so that a reader sees the old content or the new, never a half: a temporary file beside it,
 * then rename(2). Makes missing folders.
 * @throws KnownError when the disk is full or the place cannot be written; nothing is left behind.
 */
export function writeFileAtomic(path: string, content: string | Uint8Array): void {
  const temporary = temporaryBeside(path);
  try {
    makeMissing(dirname(path));
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    if (existsSync(temporary)) rmSync(temporary, { force: true });
    throw cannotBeWritten(path, error);
  }
}

/**
 * Says before a long run whether its result can be written: makes missing folders and a file beside it, which goes again.
 * @throws KnownError as `writeFileAtomic`.
 */
export function requireWritable(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new KnownError(`${path}: cannot be written (it is a folder)`, "name a file");
  const probe = temporaryBeside(path);
  try {
    makeMissing(dirname(path));
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    throw cannotBeWritten(path, error);
  }
}

const temporaryBeside = (path: string) => `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;

export function cannotBeWritten(path: string, error: unknown): KnownError {
  return new KnownError(
    `${path}: cannot be written (${systemErrorCode(error) ?? error})`,
    "check the path, its permissions and the free space",
  );
}

/**
 * Makes a folder and those above it. Not mkdir's `recursive`: Node 20 tries for ever where a parent exists that can
 * hold no folders, such as /proc.
 */
function makeMissing(path: string): void {
  const missing: string[] = [];
  for (let folder = path; !existsSync(folder); folder = dirname(folder)) missing.push(folder);
  for (const folder of missing.reverse())
    try {
      mkdirSync(folder);
    } catch (error) {
      if (systemErrorCode(error) !== "EEXIST") throw error; // another process was faster
    }
}
