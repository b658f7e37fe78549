/**
 * Locks between processes that end with their holder, however it ends: flock(1) holds one for as long as our
 * end of a pipe is open. A file with a process id would outlive a crash, and taking it over is a race.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { runSync, startDialogue } from "./process.js";

/**
 * Takes the lock that a file stands for; makes the file, which stays.
 * @returns what gives the lock back, or undefined when another holds it.
 * @throws KnownError when the file cannot be written, or flock (Debian's essential package util-linux) is missing.
 */
export function tryLock(path: string): (() => void) | undefined {
  runSync("flock", ["--nonblock", "--conflict-exit-code", "0", path, "true"]); // tells what would keep us from it
  const holder = startDialogue("flock", ["--nonblock", path, "cat"]);
  try {
    holder.write("?"); // comes back once the lock is held
    if (holder.read(Buffer.alloc(1), 0, 1) === 1) return () => holder.close();
  } catch {
    // it had ended before it could be asked
  }
  holder.close();
  return undefined;
}

/**
 * Waits for a lock; looks three times a second.
 * @param onWait called each time that another holds it.
 * @throws the signal's reason when that is aborted.
 */
export async function waitForLock(
  path: string,
  onWait: () => void,
  signal?: AbortSignal,
): Promise<() => void> {
  for (;;) {
    signal?.throwIfAborted();
    const unlock = tryLock(path);
    if (unlock) return unlock;
    onWait();
    await sleep(330);
  }
}
