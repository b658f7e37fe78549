/**
 * Who gets a patch and why: the people and lists that MAINTAINERS names for its files and its content, in the words
 * and by the rules of scripts/get_maintainer.pl with its defaults, git history apart (docs/ROUTE.md).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  foldersOf,
  type IsFolder,
  type Problem,
  REST,
  readMaintainers,
  type Section,
  statusOf,
} from "../kernel/maintainers.js";
import { MaintainersIndex, type Match } from "../kernel/maintainers-index.js";
import { type Mailmap, type Person, parsePeople, readMailmap } from "../kernel/maintainers-people.js";
import type { PatchFacts } from "./route-patch.js";
import { RecipientBook } from "./route-recipients.js";
import { peopleInFile } from "./route-yaml.js";

export type Role =
  | "maintainer"
  | "reviewer"
  | "chief penguin"
  | "open list"
  | "moderated list"
  | "subscriber list"
  | "in file"
  | "fixes";

/** One ground on which somebody gets a patch. */
export interface Reason {
  readonly role: Role;
  /** The section's whole name; empty when no section but a file or a commit names the recipient. */
  readonly section: string;
  /** The K entry that found the patch's content, when one did. */
  readonly keyword?: string;
  /** What matched, for people: `F: drivers/pci/ (MAINTAINERS:21131) matches drivers/pci/pci.c`. */
  readonly because: string;
}

export interface Recipient extends Person {
  /** The first ground's. */
  readonly role: Role;
  readonly section: string;
  readonly reasons: readonly Reason[];
}

export interface RouteOptions {
  /** Only patterns less than so many components above the file; 0, the default, is all. */
  readonly patternDepth?: number;
  /** Also the lists that only subscribers can write to. Default: no, as in the script. */
  readonly subscriberLists?: boolean;
}

/**
 * Never mailed unless asked for: he gets pull requests, not patches (Documentation/process/submitting-patches.rst,
 * "Select the recipients"; get_maintainer.pl, `--git-chief-penguins`).
 */
const CHIEF = "torvalds@linux-foundation.org";

/** Routes files and patches over one tree's MAINTAINERS, which is read once. */
export class Router {
  readonly tree: string;
  private readonly index: MaintainersIndex;
  private readonly mailmap: Mailmap;
  private readonly addressProblems: Problem[] = [];
  private readonly people = new Map<string, readonly Person[]>();

  /**
   * @param isFolder whether the tree has a folder of that name
   * @throws KnownError when the tree has no usable MAINTAINERS.
   */
  constructor(tree: string, isFolder: IsFolder = foldersOf(tree)) {
    this.tree = tree;
    const maintainers = readMaintainers(tree);
    this.index = new MaintainersIndex(maintainers, isFolder);
    this.mailmap = readMailmap(tree);
    for (const { name, entries } of maintainers.sections)
      for (const { key, value, line } of entries) {
        if (!"MRL".includes(key)) continue;
        const people = parsePeople(value);
        this.people.set(
          `${key}${value}`,
          people.filter((person) => person !== undefined),
        );
        if (people.includes(undefined))
          this.addressProblems.push({
            line,
            what: `${key}: ${value} in ${name} has no valid address: left out`,
          });
      }
  }

  /** What in MAINTAINERS sends mail to nobody or to the wrong people, in the order of its lines. */
  get problems(): readonly Problem[] {
    return [...this.index.problems, ...this.addressProblems].sort((a, b) => a.line - b.line);
  }

  /** Routes paths of the tree (`-f`); a folder ends in a slash. Their content is not read, except addresses in YAML. */
  routeFiles(files: readonly string[], options: RouteOptions = {}): Recipient[] {
    return this.route(files, [], [], options);
  }

  /**
   * Routes one patch: its files in the order of their names, then what K entries find in it.
   * @param signers of the commits that it fixes, when they are known.
   */
  routePatch(patch: PatchFacts, signers: readonly Person[] = [], options: RouteOptions = {}): Recipient[] {
    return this.route(patch.files, this.index.matchContent(patch.intro, patch.diff), signers, options);
  }

  private route(
    files: readonly string[],
    content: readonly Match[],
    signers: readonly Person[],
    options: RouteOptions,
  ): Recipient[] {
    const book = new RecipientBook(this.mailmap);
    for (const file of files)
      for (const match of this.index.match(file, options))
        this.enter(book, match, ` matches ${file}`, options);
    for (const match of content) this.enter(book, match, " matches the text", options);
    book.settle((person) => person.address.toLowerCase() === CHIEF);
    for (const file of files)
      for (const person of this.peopleInYaml(file))
        book.addLate(person, { role: "in file", section: "", because: `${file} names the address` });
    for (const person of signers)
      book.addLate(person, { role: "fixes", section: "", because: "signed the commit that this one fixes" });
    return book.recipients();
  }

  private enter(book: RecipientBook, { section, by }: Match, what: string, options: RouteOptions): void {
    const because = `${by.key}: ${by.value} (MAINTAINERS:${by.line})${what}`;
    for (const { key, value } of section.entries) {
      const role = roleOf(key, value, section);
      if (!role || (role === "subscriber list" && !options.subscriberLists)) continue;
      const keyword = by.key === "K" ? { keyword: by.value } : {};
      const reason = { role, section: section.name, ...keyword, because };
      for (const person of this.people.get(`${key}${value}`) ?? [])
        if (key === "L") book.addList(person.address, reason);
        else book.add(person, reason);
    }
  }

  private peopleInYaml(file: string): Person[] {
    if (!file.endsWith(".yaml")) return [];
    try {
      return peopleInFile(readFileSync(join(this.tree, file), "utf8"));
    } catch {
      return []; // a patch may name a file that does not exist yet
    }
  }
}

/** The role that an entry gives, or undefined when it names nobody (get_maintainer.pl, add_categories). */
function roleOf(key: string, value: string, section: Section): Role | undefined {
  switch (key) {
    case "M":
      return statusOf(section)?.toLowerCase() === "buried alive in reporters"
        ? "chief penguin"
        : "maintainer";
    case "R":
      return "reviewer";
    case "L":
      if (/\s.*subscribers-only/.test(value)) return "subscriber list";
      return /\s.*moderated/.test(value) ? "moderated list" : "open list";
  }
  return undefined;
}

/**
 * A role in get_maintainer.pl's words: `maintainer:PCI SUBSYSTEM`, `open list`; sections longer than 50 characters
 * are cut as there.
 */
export function roleText({ role, section, keyword }: Omit<Reason, "because">): string {
  const letters = [...section];
  const short = letters.length > 50 ? `${letters.slice(0, 47).join("").trimEnd()}...` : section;
  const shown = section === REST && role.endsWith("list") ? "" : short;
  return [role, shown, ...(keyword === undefined ? [] : ["Keyword", keyword])].filter(Boolean).join(":");
}
