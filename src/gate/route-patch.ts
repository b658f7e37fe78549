/** What routing needs from a patch: its files, the text that K entries look at, and the people whom its trailers name. */
import { KnownError } from "../base/errors.js";
import { printable } from "../base/printable.js";
import { type Person, parsePeople } from "../kernel/maintainers-people.js";
import { isInside } from "../kernel/source.js";
import { decodeWords } from "../mail/header.js";
import { parseMessage } from "../mail/message.js";
import { undoTransfer } from "../mail/mime.js";
import { unquotePath } from "../mail/quoted-path.js";

/** A trailer that names somebody who is to get the patch. */
export interface Trailer extends Person {
  /** As written, without the colon: `Reported-by`. */
  readonly key: string;
}

export interface PatchFacts {
  /** The subject, else where the patch was read from. */
  readonly item: string;
  /** Paths that it touches, sorted as the script does; `/dev/null` is left out. */
  readonly files: readonly string[];
  /** The lines before the first diff. */
  readonly intro: readonly string[];
  /** The lines of the diffs, without their headers. */
  readonly diff: readonly string[];
  /** The lines of hunks by the path that they change. */
  readonly changes: ReadonlyMap<string, readonly string[]>;
  /** Commits named by `Fixes:`. */
  readonly fixes: readonly string[];
  readonly trailers: readonly Trailer[];
  /** Trailers that should name somebody but hold no address. */
  readonly nameless: readonly string[];
}

/**
 * Reads one file as a patch, or as a mailbox of several; messages without a diff (cover letters, replies) are
 * skipped there.
 * @throws KnownError when it holds no patch, or when a patch names a path outside the tree.
 */
export function readPatches(text: string, source: string): PatchFacts[] {
  const patches = patchesIn(text, source);
  if (patches.length === 0) throw noPatch(source);
  return patches;
}

/** The same for the files of one series, of which some may hold none. */
export function readPatchFiles(
  files: readonly { readonly text: string; readonly path: string }[],
  source: string,
): PatchFacts[] {
  const patches = files.flatMap(({ text, path }) => patchesIn(text, path));
  if (patches.length === 0) throw noPatch(source);
  return patches;
}

function noPatch(source: string): KnownError {
  return new KnownError(
    `${source}: does not look like a patch`,
    "to route a file of the tree itself, use -f",
  );
}

function patchesIn(text: string, source: string): PatchFacts[] {
  const messages = text
    .split(/^(?=From \S+ +\w{3} \w{3} +\d+ [\d:]{8} \d{4}$)/m)
    .filter((part) => part.trim());
  const patches = messages.map((message) => parsePatch(decodeBody(message), source));
  return patches.filter((patch) => patch.files.length > 0);
}

/** Lines that name files (get_maintainer.pl, the loop over patch files), without the names. */
const ONE_PATH = /^(?: mode change [0-7]+ => [0-7]+|(?:rename|copy) (?:from|to)) (.+)$/;
const DIFF_PATH = /^(?:\+\+\+|---) +(\S.*)$/;
const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;
const TRAILER = /^([A-Za-z][A-Za-z-]*-by|Cc):\s*(\S.*)$/i;

/** @throws KnownError when a path leads out of the tree. */
export function parsePatch(text: string, source: string): PatchFacts {
  const files = new Set<string>();
  const intro: string[] = [];
  const diff: string[] = [];
  const changes = new Map<string, string[]>();
  const fixes: string[] = [];
  const trailers: Trailer[] = [];
  const nameless: string[] = [];
  const lines = text.split(/\r?\n/);
  let inDiff = false;
  let inMessage = true;
  let file = "";
  const left = { old: 0, new: 0 };
  lines.forEach((line, index) => {
    if (takeHunkLine(left, line)) {
      diff.push(line);
      append(changes, file, line);
      return;
    }
    const named = pathsIn(line);
    const fixed = /^Fixes:\s+([0-9a-fA-F]{6,40})/.exec(line);
    const hunk = HUNK.exec(line);
    if (/^(---\s*|diff --git .*)$/.test(line)) inMessage = false;
    const trailer = inMessage ? TRAILER.exec(line) : null;
    for (const person of trailer ? parsePeople(trailer[2]!) : [])
      if (person) trailers.push({ key: trailer![1]!, ...person });
      else nameless.push(line.trim());
    for (const path of named) {
      files.add(safePath(path, `${source}:${index + 1}`));
      file = path;
    }
    if (hunk && inDiff) Object.assign(left, { old: Number(hunk[1] ?? 1), new: Number(hunk[2] ?? 1) });
    if (DIFF_PATH.test(line)) inDiff = true;
    else if (fixed) fixes.push(fixed[1]!);
    else if (named.length === 0 && !/^@@ -\d+,\d+/.test(line)) (inDiff ? diff : intro).push(line);
  });
  const item = subjectOf(lines) ?? source;
  return {
    item,
    files: [...files].sort(),
    intro,
    diff,
    changes,
    fixes: [...new Set(fixes)],
    trailers,
    nameless,
  };
}

function append(map: Map<string, string[]>, key: string, line: string): void {
  const lines = map.get(key);
  if (lines) lines.push(line);
  else map.set(key, [line]);
}

/**
 * Counts a line of a hunk, so that a removed line which begins with two dashes is not taken for a file's name.
 * @returns whether the line belongs to the hunk.
 */
function takeHunkLine(left: { old: number; new: number }, line: string): boolean {
  if (left.old <= 0 && left.new <= 0) return false;
  const kind = line[0] ?? " "; // mailers strip the blank of an empty context line
  if (!" +-\\".includes(kind)) {
    Object.assign(left, { old: 0, new: 0 });
    return false;
  }
  if (kind === " " || kind === "-") left.old--;
  if (kind === " " || kind === "+") left.new--;
  return true;
}

/** The paths of the tree that a line outside of hunks names. */
function pathsIn(line: string): string[] {
  const git = /^diff --git (.+)$/.exec(line);
  if (git) return splitPair(git[1]!.trimEnd()).map(withoutPrefix);
  const one = ONE_PATH.exec(line);
  if (one) return [unquotePath(one[1]!.trimEnd())];
  const side = DIFF_PATH.exec(line);
  if (!side) return [];
  const path = unquotePath(side[1]!.replace(/\t.*$/, "").trimEnd()); // diff(1): a date after a tab
  return path === "/dev/null" ? [] : [withoutPrefix(path)];
}

const withoutPrefix = (path: string) => path.replace(/^[^/]*\//, "");

/** `a/x b/x`: two names, quoted or not. Names with blanks can only be told apart when both are the same. */
function splitPair(text: string): string[] {
  const quoted = /^("(?:[^"\\]|\\.)*"|\S+) ("(?:[^"\\]|\\.)*"|\S+)$/.exec(text);
  if (quoted) return [unquotePath(quoted[1]!), unquotePath(quoted[2]!)];
  const middle = (text.length - 1) / 2;
  const [one, two] = [text.slice(0, middle), text.slice(middle + 1)];
  return withoutPrefix(one) === withoutPrefix(two) ? [one, two] : [];
}

/**
 * A path is only ever compared with patterns and looked up below the tree; one that climbs out of it is a forgery,
 * and who forges one part of a patch is not to be mailed around.
 */
function safePath(path: string, where: string): string {
  if (!isInside(path))
    throw new KnownError(
      `${where}: names ${path}, which lies outside the tree`,
      "nothing was routed or sent; correct the patch, or ask who made it",
    );
  return path;
}

/** The unfolded subject of a message's header, or undefined. */
function subjectOf(lines: readonly string[]): string | undefined {
  const end = lines.indexOf("");
  const header = lines.slice(0, end === -1 ? 0 : end);
  const start = header.findIndex((line) => /^Subject:/i.test(line));
  if (start === -1) return undefined;
  const rest = header.slice(start + 1);
  const folded = rest.findIndex((line) => !/^[ \t]/.test(line));
  const folds = [
    header[start]!.slice("Subject:".length),
    ...rest.slice(0, folded === -1 ? undefined : folded),
  ];
  return printable(decodeWords(folds.map((line) => line.trim()).join(" ")));
}

/** Undoes what the header says of the body, so that the diff's lines are whole: parts, and the transfer encoding. */
function decodeBody(message: string): string {
  const end = message.search(/\n\r?\n/);
  if (end !== -1 && /^Content-Type:\s*multipart\//im.test(message.slice(0, end)))
    return `${message.slice(0, end)}\n\n${parseMessage(Buffer.from(message)).text}`;
  const encoding = /^Content-Transfer-Encoding:\s*(\S+)/im.exec(message.slice(0, end))?.[1];
  if (end === -1 || !encoding || /^(7|8)bit$/i.test(encoding)) return message;
  const decoded = undoTransfer(encoding, Buffer.from(message.slice(end).trimStart()));
  return decoded ? `${message.slice(0, end)}\n\n${decoded.toString("utf8")}` : message;
}
