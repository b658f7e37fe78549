/** Stopping by Ctrl-C, or because the terminal is closed: the work is told, cleans up, and the program ends with the exit code of an interrupt. */
import { ExitCode, KnownError } from "../base/errors.js";

/**
 * Runs something that stops when its signal is aborted, which SIGINT, SIGTERM and SIGHUP do. A second one ends the program at once.
 * @throws KnownError with exit code 130 when it was stopped.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const abort = () => {
    stop.abort();
    for (const name of names) process.removeListener(name, abort);
  };
  for (const name of names) process.on(name, abort);
  try {
    return await work(stop.signal);
  } catch (error) {
    if (stop.signal.aborted) throw new KnownError("interrupted", undefined, ExitCode.interrupted);
    throw error;
  } finally {
    for (const name of names) process.removeListener(name, abort);
  }
}
