/** What routing needs from a patch: its files, the text that K entries look at, and the people whom its trailers name. */
import { KnownError } from "../base/errors.js";
import { type Person, parsePerson } from "../kernel/maintainers-people.js";
import { isInside } from "../kernel/source.js";
import { decodeWords } from "../mail/header.js";
import { undoTransfer } from "../mail/mime.js";

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
  const messages = text
    .split(/^(?=From \S+ +\w{3} \w{3} +\d+ [\d:]{8} \d{4}$)/m)
    .filter((part) => part.trim());
  const patches = messages.map((message) => parsePatch(decodeBody(message), source));
  const real = patches.filter((patch) => patch.files.length > 0);
  if (real.length === 0)
    throw new KnownError(
      `${source}: does not look like a patch`,
      "to route a file of the tree itself, use -f",
    );
  return real;
}

/** Lines that name files (get_maintainer.pl, the loop over patch files); one or two paths each. */
const FILE_LINES = [
  /^ mode change [0-7]+ => [0-7]+ (\S+)\s*$/,
  /^rename (?:from|to) (\S+)\s*$/,
  /^diff --git "?a\/(\S+?)"? "?b\/(\S+?)"?\s*$/,
];
const DIFF_FILE = /^(?:\+\+\+|---)\s+"?(\S+?)"?(?:\s|$)/;
const TRAILER = /^([A-Za-z][A-Za-z-]*-by|Cc):\s*(\S.*)$/i;

/** @throws KnownError when a path leads out of the tree. */
export function parsePatch(text: string, source: string): PatchFacts {
  const files = new Set<string>();
  const intro: string[] = [];
  const diff: string[] = [];
  const fixes: string[] = [];
  const trailers: Trailer[] = [];
  const nameless: string[] = [];
  const lines = text.split("\n");
  let inDiff = false;
  let inMessage = true;
  lines.forEach((line, index) => {
    const add = (path: string) => files.add(safePath(path, `${source}:${index + 1}`));
    const named = FILE_LINES.map((pattern) => pattern.exec(line)).find((match) => match);
    const fixed = /^Fixes:\s+([0-9a-fA-F]{6,40})/.exec(line);
    const file = DIFF_FILE.exec(line);
    if (/^(---\s*|diff --git .*)$/.test(line)) inMessage = false;
    const trailer = inMessage ? TRAILER.exec(line) : null;
    if (trailer) {
      const person = parsePerson(trailer[2]!);
      if (person) trailers.push({ key: trailer[1]!, ...person });
      else nameless.push(line.trim());
    }
    if (named) named.slice(1).forEach(add);
    else if (fixed) fixes.push(fixed[1]!);
    else if (file) {
      if (file[1] !== "/dev/null") add(file[1]!.replace(/^[^/]*\//, ""));
      inDiff = true;
    } else if (!/^@@ -\d+,\d+/.test(line)) (inDiff ? diff : intro).push(line);
  });
  const item = subjectOf(lines) ?? source;
  return { item, files: [...files].sort(), intro, diff, fixes: [...new Set(fixes)], trailers, nameless };
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
  return decodeWords(folds.map((line) => line.trim()).join(" "));
}

/** Undoes the transfer encoding that the header names, so that the diff's lines are whole. */
function decodeBody(message: string): string {
  const end = message.search(/\n\r?\n/);
  const encoding = /^Content-Transfer-Encoding:\s*(\S+)/im.exec(message.slice(0, end))?.[1];
  if (end === -1 || !encoding || /^(7|8)bit$/i.test(encoding)) return message;
  const decoded = undoTransfer(encoding, Buffer.from(message.slice(end).trimStart()));
  return decoded ? `${message.slice(0, end)}\n\n${decoded.toString("utf8")}` : message;
}
