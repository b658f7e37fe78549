/** The patches of a series, and the states of the core that it goes through. */
import { KnownError } from "../base/errors.js";
import { plural } from "../base/plural.js";
import { readPosting } from "../series/posting.js";
import { changedFiles, type Patch } from "./patches.js";

/** One state of the core on the way through a series. */
export interface CoreState {
  /** What a report calls it: "the tree as it is", or the patch that made it. */
  readonly name: string;
  readonly patches: readonly Patch[];
}

export const AS_IS: CoreState = { name: "the tree as it is", patches: [] };

/** Files that decide who owns the vectors (docs/WORDS.md, "core"). */
const CORE = /^(drivers\/pci\/(devres\.c|pci\.h|msi\/[^/]+)|include\/linux\/pci\.h)$/;

/**
 * The states of the core after each patch of a series that changes it. Other patches of the series are laid on
 * too, unless `coreOnly` is set: a posted series may not be based on the tree at hand, its core patches may.
 */
export function coreStates(series: readonly Patch[], coreOnly: boolean): readonly CoreState[] {
  const changesCore = (patch: Patch) => changedFiles(patch.text).some((file) => CORE.test(file));
  return series.flatMap((patch, n) =>
    changesCore(patch)
      ? [
          {
            name: patch.name,
            patches: series.slice(0, n + 1).filter((one) => !coreOnly || changesCore(one)),
          },
        ]
      : [],
  );
}

/**
 * The states of the core that a series goes through, of an mbox, a Maildir, or a folder of patches.
 * @throws KnownError when there is no patch in it, or none that changes the core.
 */
export function coresOfSeries(path: string, coreOnly: boolean): readonly CoreState[] {
  const { patches } = readPosting(path);
  const series = patches.map(({ message }) => ({ name: message.subject.text, text: message.text }));
  const states = coreStates(series, coreOnly);
  if (states.length === 0)
    throw new KnownError(
      `${path}: of its ${plural(series.length, "patch", "patches")} none changes the core (drivers/pci/devres.c, drivers/pci/msi/, include/linux/pci.h)`,
      "name a series that does; the tree as it is needs no --series",
    );
  return states;
}
