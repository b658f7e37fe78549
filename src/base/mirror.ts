/**
 * A second copy of a folder that shares its files by hard links, with some of them replaced.
 * The original is never written: a file that must differ is made anew beside its link.
 */
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { systemErrorCode } from "./errors.js";
import { writeFileAtomic } from "./files.js";

/** Folders that hold no source. */
const SKIPPED = new Set([".git"]);

/** Every file and symbolic link below `root`, by its path from there, in a fixed order. */
function* walk(root: string): Generator<string> {
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (SKIPPED.has(entry.name)) continue;
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.isDirectory()) folders.push(path);
      else yield path;
    }
  }
}

/** Every file and symbolic link of a folder, by its path from there. */
export const listFiles = (root: string): readonly string[] => [...walk(root)];

/**
 * Names a folder's state by the paths, sizes and times of its files; the contents are not read.
 * @param files those that count
 * @returns a hexadecimal hash.
 */
export function folderFingerprint(root: string, files: readonly string[] = listFiles(root)): string {
  const hash = createHash("sha256");
  const lines: string[] = [];
  for (const path of files) {
    const { size, mtimeMs } = lstatSync(join(root, path));
    lines.push(`${path}\0${size}\0${mtimeMs}\n`);
  }
  for (const line of lines.sort()) hash.update(line);
  return hash.digest("hex");
}

/**
 * Makes `copy` equal to `original` with `replaced` on top. Files that are right already keep their times, and
 * one that is put back gets a new time, so that make rebuilds exactly what changed. A new copy that fails is removed.
 * @param replaced new contents by path; `null` removes the file.
 * @param files the files of the original that are copied
 */
export function mirrorFolder(
  original: string,
  copy: string,
  replaced: ReadonlyMap<string, string | null> = new Map(),
  files: readonly string[] = listFiles(original),
): void {
  const isNew = !existsSync(copy);
  try {
    mirror(original, copy, replaced, files);
  } catch (error) {
    if (isNew) rmSync(copy, { recursive: true, force: true });
    throw error;
  }
}

function mirror(
  original: string,
  copy: string,
  replaced: ReadonlyMap<string, string | null>,
  files: readonly string[],
): void {
  mkdirSync(copy, { recursive: true });
  const shared = files.filter((path) => !replaced.has(path));
  const written = [...replaced].filter((entry): entry is [string, string] => entry[1] !== null);
  removeUnwanted(copy, new Set([...shared, ...written.map(([path]) => path)]));
  for (const path of shared) shareFile(join(original, path), join(copy, path));
  for (const [path, content] of written) {
    const target = join(copy, path);
    if (readIfThere(target)?.toString("utf8") !== content) writeFileAtomic(target, content);
  }
}

/**
 * Removes all but some files and the folders that these are in. What was a file or a link and is to be a folder goes,
 * and so does what was a folder and is to be a file or a link: neither can be written over the other.
 */
function removeUnwanted(root: string, wanted: ReadonlySet<string>): void {
  const kept = new Set<string>();
  for (const path of wanted)
    for (let folder = parentOf(path); folder && !kept.has(folder); folder = parentOf(folder))
      kept.add(folder);
  // From the root down: a link is no folder, and what is behind it is not ours.
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (SKIPPED.has(entry.name)) continue;
      if (entry.isDirectory() && kept.has(path)) folders.push(path);
      else if (entry.isDirectory() || !wanted.has(path)) rmSync(join(root, path), { recursive: true });
    }
}

/** The folder that a path is in; "" is the root. */
const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")));

function shareFile(from: string, to: string): void {
  const own = lstatSync(from);
  const there = lstatSync(to, { throwIfNoEntry: false });
  if (there && there.ino === own.ino && there.dev === own.dev) return;
  if (own.isSymbolicLink()) {
    if (there?.isSymbolicLink() && readlinkSync(to) === readlinkSync(from)) return;
    rmSync(to, { force: true });
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(readlinkSync(from), to);
  } else if (!there) {
    mkdirSync(dirname(to), { recursive: true });
    linkOrCopy(from, to);
  } else if (!there.isFile() || there.size !== own.size || !readFileSync(from).equals(readFileSync(to))) {
    rmSync(to, { force: true });
    copyFileSync(from, to); // not a link: the new time tells make
  }
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!["EXDEV", "EPERM", "EMLINK"].includes(systemErrorCode(error) ?? "")) throw error;
    copyFileSync(from, to); // another file system, or one that forbids links
  }
}

function readIfThere(path: string): Buffer | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path) : undefined;
}
