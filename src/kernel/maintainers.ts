/**
 * Reads MAINTAINERS: sections and their entries, as its own head ("Descriptions of section entries") and
 * scripts/get_maintainer.pl define them. Broken sections are reported, never repaired by guessing.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { KnownError, systemErrorCode } from "../base/errors.js";
import { printable } from "../base/printable.js";

/** One line `K: value` of a section. */
export interface Entry {
  /** The capital letter before the colon: M, R, L, S, F, X, N, K and others. */
  readonly key: string;
  readonly value: string;
  /** 1-based, in MAINTAINERS. */
  readonly line: number;
}

export interface Section {
  readonly name: string;
  /** The line of its name. */
  readonly line: number;
  readonly entries: readonly Entry[];
}

/** Something in MAINTAINERS that routes mail to nobody, or to the wrong people. */
export interface Problem {
  readonly line: number;
  readonly what: string;
}

export interface Maintainers {
  readonly sections: readonly Section[];
  readonly problems: readonly Problem[];
}

/** The list that every patch goes to by default; its section's name is not worth printing as a role. */
export const REST = "THE REST";

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/**
 * Parses the text of a MAINTAINERS file. An entry is a line `^[A-Z]:`; a line that is neither an entry, nor blank,
 * nor a comment names the section of the entries that follow it (get_maintainer.pl, read_maintainer_file and
 * find_starting_index). Blank lines do not end a section.
 */
export function parseMaintainers(text: string): Maintainers {
  const sections: Section[] = [];
  const problems: Problem[] = [];
  let current: { name: string; line: number; entries: Entry[] } | undefined;
  let blankBefore = true;
  text.split("\n").forEach((raw, index) => {
    const line = index + 1;
    if (/^\s*(#|$)/.test(raw)) {
      blankBefore = true;
      return;
    }
    const entry = /^([A-Z]):\s*(.*?)\s*$/.exec(raw);
    if (raw.includes("\ufffd")) problems.push({ line, what: "is not UTF-8" });
    const unsafe = CONTROL.test(raw.replace(/\r$/, ""));
    if (unsafe && entry) {
      problems.push({ line, what: "control characters: the line is left out" });
    } else if (unsafe) {
      // The section stays: its entries must not fall to the one before.
      problems.push({ line, what: "control characters in a section's name" });
      current = { name: printable(raw.trimEnd()), line, entries: [] };
    } else if (!entry) {
      if (current?.entries.length && !blankBefore)
        problems.push({
          line,
          what: `"${raw.trim()}" is no entry and cuts ${current.name} in two: what follows is taken as a section of that name`,
        });
      current = { name: raw.trimEnd(), line, entries: [] };
    } else if (!current) {
      problems.push({ line, what: `${entry[1]}: stands before the first section and is left out` });
    } else {
      if (current.entries.length === 0) sections.push(current);
      current.entries.push({ key: entry[1]!, value: entry[2]!, line });
    }
    blankBefore = false;
  });
  return { sections, problems };
}

/**
 * Reads `tree`/MAINTAINERS.
 * @throws KnownError when there is none, or when it holds no section.
 */
export function readMaintainers(tree: string): Maintainers {
  const path = join(tree, "MAINTAINERS");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new KnownError(
      `${path}: cannot be read (${systemErrorCode(error) ?? error})`,
      "name the top of a kernel tree with --tree DIR",
    );
  }
  const maintainers = parseMaintainers(text);
  if (maintainers.sections.length === 0)
    throw new KnownError(`${path}: holds no section`, "check that it is a kernel's MAINTAINERS");
  return maintainers;
}

/** Whether a path of the tree is a folder: a pattern that names one stands for all below it. */
export type IsFolder = (path: string) => boolean;

export function foldersOf(tree: string): IsFolder {
  return (path) => statSync(join(tree, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The value of the last `S:` entry, or undefined. */
export function statusOf(section: Section): string | undefined {
  return section.entries.findLast((entry) => entry.key === "S")?.value;
}
