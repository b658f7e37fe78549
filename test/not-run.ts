/** What a test needs that a machine may not have: who lacks it is told, for a test that did not run looks like one that passed. */
import { existsSync } from "node:fs";

/** Says on stderr, past the test reporter, that a test did not run and why. */
export function sayNotRun(what: string, why: string): void {
  process.stderr.write(`NOT RUN: ${what}: ${why}\n`);
}

/** Whether all files and folders are there; says of the first that is not that something did not run. */
export function canRun(what: string, ...paths: readonly string[]): boolean {
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) sayNotRun(what, `no ${missing}`);
  return missing === undefined;
}
