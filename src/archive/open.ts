/** Opens the archives that a command works on. */
import { KnownError } from "../base/errors.js";
import { Archive } from "./archive.js";
import { archiveNames } from "./registry.js";

/**
 * One archive by name, or all.
 * @throws KnownError when there is none.
 */
export function openArchives(name: string | undefined): readonly Archive[] {
  if (name !== undefined) return [Archive.open(name)];
  const names = archiveNames();
  if (names.length === 0)
    throw new KnownError("there are no archives yet", "add one: treewide archive add NAME SOURCE");
  return names.map((each) => Archive.open(each));
}
