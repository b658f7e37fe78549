/** What to look for: words on the command line, or a series of one's own. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { KnownError } from "../base/errors.js";
import { formatPatches } from "../kernel/git.js";
import { diffPaths } from "../mail/diff.js";
import { readMbox } from "../mail/mbox.js";
import { parseMessage } from "../mail/message.js";
import { parsePatch } from "../mail/patch.js";
import { introducedNames } from "./introduces.js";
import type { PriorQuery } from "./prior.js";

/** A word with a slash or a file's ending is a path, everything else a name. */
export function queryOfWords(words: readonly string[]): PriorQuery {
  const isPath = (word: string) => word.includes("/") || /\.(?:[chS]|rst|yaml|dtsi?)$/.test(word);
  return {
    symbols: words.filter((word) => !isPath(word)).map((word) => word.replace(/\(\)$/, "")),
    files: words.filter(isPath).map((path) => path.replace(/^\.\//, "")),
  };
}

/** Paths beyond this say little: a series that touches everything is like every other. */
const maxFiles = 12;

/**
 * The names that a series introduces and the files that it touches.
 * @param series a folder of patches, or a revision range of `repository`.
 * @throws KnownError when it is neither, or holds no patches.
 */
export function queryOfSeries(series: string, repository: string, more: readonly string[]): PriorQuery {
  const given = queryOfWords(more);
  const mails = patchesOf(series, repository).map((raw) => parseMessage(raw));
  const files = mails.flatMap(({ text }) => parsePatch(text).files);
  if (files.length === 0)
    throw new KnownError(`${series}: holds no patches`, "name a folder of patches or a git range");
  const names = introducedNames(files);
  return {
    symbols: [...new Set([...given.symbols, ...names])],
    // A name that did not exist before says all; files only count where there is none.
    files: [...new Set([...given.files, ...(names.length > 0 ? [] : diffPaths(files))])].slice(0, maxFiles),
    except: mails.flatMap(({ ids }) => ids),
  };
}

function patchesOf(series: string, repository: string): Buffer[] {
  if (statSync(series, { throwIfNoEntry: false })?.isDirectory())
    return readdirSync(series)
      .filter((name) => /\.(?:patch|eml|mbox)$/.test(name))
      .sort()
      .map((name) => readFileSync(join(series, name)));
  return [...readMbox(formatPatches(repository, ["--find-renames", "--end-of-options", series]))].map(
    ({ raw }) => raw,
  );
}
