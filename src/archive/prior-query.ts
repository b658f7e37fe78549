/** What to look for: words on the command line, or a series of one's own. */
import { existsSync } from "node:fs";
import { KnownError } from "../base/errors.js";
import { formatPatches, git } from "../kernel/git.js";
import { diffPaths } from "../mail/diff.js";
import { readMbox } from "../mail/mbox.js";
import { parseMessage } from "../mail/message.js";
import { parsePatch } from "../mail/patch.js";
import { postedMails } from "../series/posting.js";
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
 * @param series an mbox, a Maildir, a folder of patches, or a revision range of `repository`.
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
  if (existsSync(series)) return postedMails(series);
  const asked = git(repository, ["rev-list", "-1", "--end-of-options", series, "--"], { accept: "any" });
  if (asked.status !== 0) {
    const why = asked.stderr.toString("utf8").split("\n")[0];
    throw new KnownError(
      `${series}: no such file or folder, and no range of commits in ${repository}: ${why}`,
      "name an mbox, a Maildir, a folder of patches, or a range A..B of --repository",
    );
  }
  return [...readMbox(formatPatches(repository, ["--find-renames", "--end-of-options", series]))].map(
    ({ raw }) => raw,
  );
}
