/** Unified diffs as git and diff(1) write them: which files, how many lines, which blobs. */

import { unquotePath } from "./quoted-path.js";

export interface FileDiff {
  /** Path before; undefined for a new file. */
  readonly oldPath: string | undefined;
  /** Path after; undefined for a removed file. */
  readonly newPath: string | undefined;
  readonly added: number;
  readonly removed: number;
  readonly binary: boolean;
  /** The file before stays, too (`copy from`). */
  readonly copied: boolean;
  /** It becomes executable, or is no longer. */
  readonly modeChanged: boolean;
  /** Abbreviated blob ids of `index a..b`. */
  readonly oldBlob: string | undefined;
  readonly newBlob: string | undefined;
  readonly hunks: readonly Hunk[];
}

export interface Hunk {
  readonly oldStart: number;
  readonly newStart: number;
  /** What follows the second `@@`: mostly the function. */
  readonly context: string;
  /** With their first character: ` `, `+`, `-` or `\`. */
  readonly lines: readonly string[];
  /** Lines that the head counts and that are not there, because the mail was cut off or edited. */
  readonly oldLeft?: number;
  readonly newLeft?: number;
}

type Open = { -readonly [K in keyof Omit<FileDiff, "hunks">]: FileDiff[K] } & { hunks: OpenHunk[] };
type OpenHunk = {
  oldStart: number;
  newStart: number;
  context: string;
  lines: string[];
  oldLeft: number;
  newLeft: number;
};

const hunkHead = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/;

/**
 * The files of every diff in a text; what is no diff is passed over. Hunks end where their counted lines end,
 * so a signature or a mailing list's footer is never taken for removed lines.
 */
export function parseDiff(text: string): readonly FileDiff[] {
  const files: Open[] = [];
  let file: Open | undefined;
  let hunk: OpenHunk | undefined;
  for (const line of text.split("\n")) {
    if (hunk && (hunk.oldLeft > 0 || hunk.newLeft > 0)) {
      if (takeHunkLine(file!, hunk, line)) continue;
      hunk = undefined;
    } else if (hunk && line.startsWith("\\ ")) {
      hunk.lines.push(line); // "\ No newline at end of file" of the last line counts for none
      continue;
    }
    const head = /^diff --git (?:"?a\/)?(.+?)"? "?(?:b\/)?(.+?)"?$/.exec(line);
    if (head) {
      file = newFile(...gitPaths(line, head));
      files.push(file);
    } else if (/^--- \S/.test(line)) {
      const path = diffPath(line.slice(4));
      if (file && file.hunks.length === 0) file.oldPath = path;
      else {
        file = newFile(path, path);
        files.push(file);
      }
    } else if (file && /^\+\+\+ \S/.test(line)) file.newPath = diffPath(line.slice(4));
    else if (file) {
      const start = hunkHead.exec(line);
      if (start) {
        hunk = openHunk(start);
        file.hunks.push(hunk);
      } else readFileLine(file, line);
    }
  }
  return files.filter(
    (each) =>
      each.hunks.length > 0 ||
      each.binary ||
      each.modeChanged ||
      each.oldBlob !== undefined ||
      each.oldPath !== each.newPath,
  );
}

function newFile(oldPath: string | undefined, newPath: string | undefined): Open {
  return {
    oldPath,
    newPath,
    added: 0,
    removed: 0,
    binary: false,
    copied: false,
    modeChanged: false,
    oldBlob: undefined,
    newBlob: undefined,
    hunks: [],
  };
}

function openHunk(match: RegExpExecArray): OpenHunk {
  const count = (text: string | undefined) => (text === undefined ? 1 : Number(text));
  return {
    oldStart: Number(match[1]),
    newStart: Number(match[3]),
    context: match[5]!,
    lines: [],
    oldLeft: count(match[2]),
    newLeft: count(match[4]),
  };
}

function takeHunkLine(file: Open, hunk: OpenHunk, raw: string): boolean {
  const line = raw === "" || raw === "\r" ? " " : raw; // mailers strip the space of an empty context line
  switch (line[0]) {
    case " ":
      hunk.oldLeft--;
      hunk.newLeft--;
      break;
    case "+":
      hunk.newLeft--;
      file.added++;
      break;
    case "-":
      hunk.oldLeft--;
      file.removed++;
      break;
    case "\\":
      break;
    default:
      return false;
  }
  hunk.lines.push(line);
  return true;
}

function readFileLine(file: Open, line: string): void {
  const index = /^index ([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})/.exec(line);
  if (index) {
    file.oldBlob = index[1];
    file.newBlob = index[2];
  } else if (line.startsWith("new file mode")) file.oldPath = undefined;
  else if (line.startsWith("deleted file mode")) file.newPath = undefined;
  else if (line.startsWith("new mode ")) file.modeChanged = true;
  else if (line.startsWith("rename from ")) file.oldPath = unquotePath(line.slice(12));
  else if (line.startsWith("rename to ")) file.newPath = unquotePath(line.slice(10));
  else if (line.startsWith("copy from ")) {
    file.oldPath = unquotePath(line.slice(10));
    file.copied = true;
  } else if (line.startsWith("copy to ")) file.newPath = unquotePath(line.slice(8));
  else if (/^(?:GIT binary patch|Binary files .* differ)/.test(line)) file.binary = true;
}

/** `a/x b/x` cannot be split at blanks when paths hold them: halve it when both halves agree. */
function gitPaths(line: string, match: RegExpExecArray): [string, string] {
  const rest = line.slice("diff --git ".length);
  const half = (rest.length - 1) / 2;
  if (Number.isInteger(half) && rest.slice(2, half) === rest.slice(half + 3)) {
    const path = rest.slice(2, half);
    return [path, path];
  }
  const quoted = /^("a\/(?:[^"\\]|\\.)*"|a\/\S+) ("b\/(?:[^"\\]|\\.)*"|b\/\S+)$/.exec(rest);
  if (quoted) return [unquotePath(quoted[1]!).slice(2), unquotePath(quoted[2]!).slice(2)];
  return [match[1]!, match[2]!];
}

function diffPath(text: string): string | undefined {
  const path = unquotePath(text.replace(/\t.*$/, "").trimEnd());
  return path === "/dev/null" ? undefined : path.replace(/^[^/]+\//, "");
}

/** The paths that a diff touches, each once, in order of appearance. */
export function diffPaths(files: readonly FileDiff[]): readonly string[] {
  return [
    ...new Set(
      files.flatMap(({ oldPath, newPath }) => [newPath, oldPath]).filter((path) => path !== undefined),
    ),
  ];
}
