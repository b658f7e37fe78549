/** A series as somebody posted it: out of an mbox, a Maildir, a folder of patches, or a range of commits. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { KnownError } from "../base/errors.js";
import { unpacked } from "../base/gunzip.js";
import { plural } from "../base/plural.js";
import { formatPatches, resolveCommit } from "../kernel/git.js";
import { readMbox } from "../mail/mbox.js";
import { type Message, parseMessage } from "../mail/message.js";
import { type Patch, parsePatch } from "../mail/patch.js";

export interface PostedPatch {
  /** Its number in the series. */
  readonly n: number;
  /** The first line of the commit message. */
  readonly title: string;
  /** The mail as it came. */
  readonly raw: Buffer;
  readonly message: Message;
  readonly patch: Patch;
}

export interface Posting {
  readonly patches: readonly PostedPatch[];
  readonly cover: Message | undefined;
  /** How many patches the subjects speak of. */
  readonly total: number;
  /** Numbers of patches that are spoken of and not there. */
  readonly absent: readonly number[];
  /** Replies and other mail that was left out. */
  readonly passedOver: number;
}

/**
 * Reads a series from a path, or from bytes (stdin).
 * @throws KnownError when there is nothing to read or no patch in it
 */
export function readPosting(source: string | Buffer): Posting {
  return postingOf(postedMails(source), typeof source === "string" ? source : "stdin");
}

/** The mails of a path or of an mbox, as they stand there. @throws KnownError when there is nothing to read */
export function postedMails(source: string | Buffer): Buffer[] {
  if (typeof source !== "string") return split(unpacked(source, "stdin"));
  return patchFiles(source).flatMap((path) => split(unpacked(readFileSync(path), path)));
}

/**
 * What a command was given, when it is a range "A..B" ("A.." ends at HEAD) and no path: no revision begins or ends with
 * a slash (git-check-ref-format(1)), and a path that is there is meant.
 * @throws KnownError for "A...B", which names commits of both sides
 */
export function parseRange(text: string): { readonly from: string; readonly to: string } | undefined {
  const found = /^([^\s/.](?:\S*?[^\s/.])?)\.\.(\.?)([^\s/.]\S*)?$/.exec(text);
  if (!found || existsSync(text)) return undefined;
  const [, from, third, to = "HEAD"] = found;
  if (third) throw new KnownError(`${text}: commits of both sides`, `name those of one: ${from}..${to}`);
  return { from: from!, to };
}

/**
 * The commits `from..to` of a repository as a series.
 * @throws KnownError when the range is empty
 */
export function readRange(repository: string, from: string, to: string): Posting {
  return postingOf(rangeMails(repository, from, to), `${from}..${to}`);
}

/** The same, as mails. @throws KnownError when the repository has no such commits, or none of them in the range */
export function rangeMails(repository: string, from: string, to: string): Buffer[] {
  for (const revision of [from, to]) resolveCommit(repository, revision);
  const mbox = formatPatches(repository, ["--find-renames", "--end-of-options", `${from}..${to}`]);
  if (mbox.length === 0)
    throw new KnownError(
      `${from}..${to}: no commit in this range`,
      `it is what ${to} has and ${from} has not; merges do not count`,
    );
  return split(mbox);
}

/** @throws KnownError, with the name of their source, when no mail holds a patch */
export function postingOf(mails: readonly Buffer[], source: string): Posting {
  return sortOut(
    mails.map((raw) => ({ raw, message: parseMessage(raw) })),
    source,
  );
}

/**
 * The files with mails that a path names: itself, or what an mbox, a Maildir or `git format-patch` leaves in a folder.
 * @throws KnownError when nothing is there
 */
export function patchFiles(path: string): readonly string[] {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status)
    throw new KnownError(
      `${path}: no such file or folder`,
      "name an mbox, a Maildir, a folder of patches, or a range A..B",
    );
  if (!status.isDirectory()) return [path];
  const inside = readdirSync(path, { withFileTypes: true });
  const folders = inside
    .filter((e) => e.isDirectory() && (e.name === "cur" || e.name === "new"))
    .map((e) => join(path, e.name));
  const isMaildir = folders.length > 0;
  return (isMaildir ? folders : [path]).flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter(
        (e) =>
          e.isFile() && !e.name.startsWith(".") && (isMaildir || /\.(patch|eml|mbox)(\.gz)?$/.test(e.name)),
      )
      .map((e) => e.name)
      .sort()
      .map((file) => join(folder, file)),
  );
}

/** An mbox's messages, or the one mail that the bytes are. */
function split(bytes: Buffer): Buffer[] {
  if (bytes.length === 0) return [];
  return bytes.subarray(0, 5).toString("latin1") === "From "
    ? [...readMbox(bytes)].map((entry) => entry.raw)
    : [bytes];
}

/** A copy of a patch, by another way or sent again, has its title. */
function twice(source: string, n: number, one: string, other: string): KnownError {
  return new KnownError(
    `${source}: two patches are number ${n}: "${one}" and "${other}"`,
    "it holds more than one series: give the mails of one",
  );
}

interface Mail {
  readonly raw: Buffer;
  readonly message: Message;
}

function sortOut(mails: readonly Mail[], source: string): Posting {
  const posted = mails.filter(({ message: { subject } }) => !subject.reply && !subject.pull);
  const version = Math.max(1, ...posted.map(({ message }) => message.subject.version));
  const current = posted.filter(({ message }) => message.subject.version === version);
  const patches = new Map<number, PostedPatch>();
  let cover: Message | undefined;
  for (const { raw, message } of current) {
    const { number, title } = message.subject;
    const patch = parsePatch(message.text);
    if (patch.files.length === 0) {
      if (number === 0 || (cover === undefined && number === undefined)) cover = message;
      continue;
    }
    const n = number ?? patches.size + 1;
    const other = patches.get(n);
    if (other && other.title !== title) throw twice(source, n, other.title, title);
    if (!other) patches.set(n, { n, title, raw, message, patch });
  }
  if (patches.size === 0)
    throw new KnownError(
      `${source}: no patch in ${plural(mails.length, "message")}`,
      "name an mbox (mboxrd), a Maildir or a folder with the output of `git format-patch`",
    );
  const total = Math.max(patches.size, ...current.map(({ message }) => message.subject.total ?? 1));
  const absent = Array.from({ length: total }, (_, i) => i + 1).filter((n) => !patches.has(n));
  return {
    patches: [...patches.values()].sort((a, b) => a.n - b.n),
    cover,
    total,
    absent,
    passedOver: mails.length - patches.size - (cover ? 1 : 0),
  };
}
