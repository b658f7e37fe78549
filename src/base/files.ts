/**
 * The one door through which the program writes files and finds its own folders.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
 * Writes a file so that a reader sees the old content or the new, never a half: a temporary file beside it,
 * then rename(2). Makes missing folders.
 * @throws KnownError when the disk is full or the place cannot be written; nothing is left behind.
 */
export function writeFileAtomic(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new KnownError(
      `${path}: cannot be written (${systemErrorCode(error) ?? error})`,
      "check the path, its permissions and the free space",
    );
  }
}

/**
 * Takes a lock file for this process and returns what gives it back. One left by a process that has died is taken over.
 * @throws KnownError when another process holds it.
 */
export function lockFile(path: string): () => void {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: "wx" });
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
    const holder = Number.parseInt(readFileSync(path, "utf8"), 10);
    if (isRunning(holder))
      throw new KnownError(`${path}: process ${holder} is at work here`, "wait for its end, or stop it");
    rmSync(path);
    return lockFile(path);
  }
  return () => rmSync(path, { force: true });
}

function isRunning(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return systemErrorCode(error) === "EPERM";
  }
}
