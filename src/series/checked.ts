/** Drivers that a person has looked at, where the program could not convert or decide: one line a file, with the reason. */
import { KnownError } from "../base/errors.js";

/** Reasons by the allocating file's path. */
export type Checked = ReadonlyMap<string, string>;

/**
 * Reads a list of "drivers/foo/bar.c: why it does not rely on the release"; empty lines and those with # are passed over.
 * @param name the list's, for errors
 * @throws KnownError for a line without a path or without a reason: a decision that nobody can follow is none
 */
export function parseChecked(text: string, name: string): Checked {
  const checked = new Map<string, string>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const found = /^\s*([^\s:]+\.c)\s*:\s*(\S.*?)\s*$/.exec(line);
    if (!found)
      throw new KnownError(
        `${name}:${i + 1}: "${line.trim()}": not a file and a reason`,
        "write a line for each: drivers/foo/bar.c: why its vectors need no automatic release",
      );
    checked.set(found[1]!, found[2]!);
  }
  return checked;
}
