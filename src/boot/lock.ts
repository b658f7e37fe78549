/** One build at a time in one folder of the cache. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { KnownError, systemErrorCode } from "../base/errors.js";

/**
 * Takes the lock, also from a process that is gone.
 * @returns a function that gives it back.
 * @throws KnownError when another process that still runs holds it.
 */
export function holdLock(path: string): () => void {
  mkdirSync(dirname(path), { recursive: true });
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (systemErrorCode(error) !== "EEXIST") throw error;
    }
    const holder = Number(readFileSync(path, "utf8"));
    if (holder && isRunning(holder))
      throw new KnownError(
        `${dirname(path)}: another treewide (process ${holder}) builds here`,
        "wait for it, or set TREEWIDE_CACHE to another folder",
      );
    rmSync(path, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === "EPERM";
  }
}
