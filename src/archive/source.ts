/** Where mails come from: every kind of source tells what is new since last time and reads one mail again. */
import type { Buffer } from "node:buffer";
import { KnownError } from "../base/errors.js";
import { GitSource } from "./git-source.js";
import { MaildirSource } from "./maildir-source.js";
import { MboxSource } from "./mbox-source.js";

/** What names a source. Plain data: it goes to workers and into the index. */
export interface SourceSpec {
  readonly kind: "git" | "mbox" | "mboxo" | "maildir";
  /** Absolute path of the repository, file or folder. */
  readonly location: string;
}

/** One step of a source's history. */
export interface Change {
  readonly kind: "add" | "remove";
  /** Names the mail's bytes inside the source: a blob, a piece of a file, a file. */
  readonly locator: string;
  /** Seconds since 1970 when the source got the mail; 0 when it does not say. */
  readonly time: number;
  /** What to remember when this change and all before it are indexed. */
  readonly state: string;
}

export interface News {
  readonly changes: readonly Change[];
  /** The source was rewritten: what is indexed of it must go first. Says why. */
  readonly rewritten: string | undefined;
}

export interface Source {
  /**
   * What happened after `state` (undefined: all), oldest first.
   * @throws KnownError when the source cannot be read.
   */
  news(state: string | undefined): News;
  /**
   * The bytes of mails, in the order of their locators; undefined for one that the source no longer has.
   */
  read(locators: readonly string[]): (Buffer | undefined)[];
  close(): void;
}

const kinds: Readonly<Record<SourceSpec["kind"], (location: string) => Source>> = {
  git: (location) => new GitSource(location),
  mbox: (location) => new MboxSource(location, "mboxrd"),
  mboxo: (location) => new MboxSource(location, "mboxo"),
  maildir: (location) => new MaildirSource(location),
};

export function openSource({ kind, location }: SourceSpec): Source {
  const open = kinds[kind];
  if (!open) throw new KnownError(`${location}: an index of a later treewide knows it as ${kind}`);
  return open(location);
}
