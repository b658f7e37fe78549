/**
 * The one door through which the program writes files and finds its own folders.
 */
import { randomBytes } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { KnownError, systemErrorCode } from "./errors.js";

/**
 * The user's cache folder for treewide: below `$XDG_CACHE_HOME`, else `~/.cache`. As in the XDG Base Directory
 * Specification, a variable that is empty is not set, and a path that is not absolute is ignored.
 * `TREEWIDE_CACHE` overrides it. It may not exist yet.
 */
export function cacheFolder(...parts: string[]): string {
  const { TREEWIDE_CACHE: own, XDG_CACHE_HOME: shared = "" } = process.env;
  const root = own || join(isAbsolute(shared) ? shared : join(homedir(), ".cache"), "treewide");
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
 * Writes to where a user said: a file is replaced atomically, behind a symbolic link too; what is no regular file, such as
 * a device or a FIFO, is written through, as open(2) does it.
 * @throws KnownError as `writeFileAtomic`, and for a folder.
 */
export function writeOutput(path: string, content: string | Uint8Array): void {
  const place = placeOfOutput(path);
  if (place.isFile) return writeFileAtomic(place.path, content);
  try {
    writeFileSync(place.path, content);
  } catch (error) {
    throw cannotBeWritten(path, error);
  }
}

/**
 * Says before a long run whether `writeOutput` can write its result: makes missing folders and a file beside it, which
 * goes again. Of what is no regular file it asks nothing: to open a FIFO would wait for its reader.
 * @throws KnownError as `writeOutput`.
 */
export function requireWritable(path: string): void {
  const place = placeOfOutput(path);
  if (!place.isFile) return;
  const probe = temporaryBeside(place.path);
  try {
    makeMissing(dirname(place.path));
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    throw cannotBeWritten(path, error);
  }
}

/** Where a path leads to, and whether a regular file is there, or nothing yet. */
function placeOfOutput(path: string): { readonly path: string; readonly isFile: boolean } {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there && !there.isDirectory() && !there.isFile()) return { path, isFile: false };
    if (!there?.isDirectory()) return { path: behindLinks(path), isFile: true };
  } catch (error) {
    throw cannotBeWritten(path, error);
  }
  throw new KnownError(`${path}: cannot be written (it is a folder)`, "name a file");
}

/** What symbolic links lead to, also when nothing is there yet (symlink(7)). A path that ends in none is left as it is. */
function behindLinks(path: string): string {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return path;
  return behindLinks(resolve(realpathSync(dirname(path)), readlinkSync(path)));
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
