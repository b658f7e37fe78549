/** Applies unified diffs to files in memory, as `git apply` does: lines must match exactly, but may have moved. */
import type { Tree } from "../kernel/tree.js";
import type { FileDiff, Hunk } from "../mail/diff.js";

/** New contents by path, latin1; null for a file that is gone. */
export type PatchedFiles = ReadonlyMap<string, string | null>;

/** What renamed files were called before, by their names after. */
export type Moves = ReadonlyMap<string, string>;

export type Applied =
  | { readonly applies: true; readonly files: PatchedFiles; readonly moves: Moves }
  | { readonly applies: false; readonly file: string; readonly hunk: number; readonly why: string };

/** Applies the diffs of one patch to a tree. Never changes the tree. */
export function applyDiffs(tree: Tree, diffs: readonly FileDiff[]): Applied {
  const files = new Map<string, string | null>();
  const moves = new Map<string, string>();
  const read = (path: string) =>
    (files.has(path) ? files.get(path) : tree.read(path)?.toString("latin1")) ?? undefined;
  for (const diff of diffs) {
    const path = diff.newPath ?? diff.oldPath!;
    const refuse = (hunk: number, why: string) => ({ applies: false, file: path, hunk, why }) as const;
    if (diff.binary) return refuse(0, "a binary diff");
    const old = diff.oldPath === undefined ? "" : read(diff.oldPath);
    if (old === undefined) return refuse(0, `no ${diff.oldPath} in this tree`);
    if (diff.oldPath === undefined && read(path) !== undefined) return refuse(0, "exists already");
    const patched = applyHunks(old, diff.hunks);
    if (typeof patched !== "string") return refuse(patched.hunk, patched.why);
    if (diff.oldPath !== undefined && diff.oldPath !== diff.newPath && !diff.copied) {
      files.set(diff.oldPath, null);
      if (diff.newPath !== undefined) moves.set(diff.newPath, diff.oldPath);
    }
    if (diff.newPath !== undefined) files.set(diff.newPath, patched);
  }
  return { applies: true, files, moves };
}

/** Applies the hunks of one file; texts are latin1, hunks are as decoded from mail. */
function applyHunks(
  text: string,
  hunks: readonly Hunk[],
): string | { readonly hunk: number; readonly why: string } {
  const lines = splitLines(text);
  let shift = 0;
  let from = 0;
  for (const [index, hunk] of hunks.entries()) {
    if (Math.max(hunk.oldLeft ?? 0, hunk.newLeft ?? 0) > 0)
      return { hunk: index + 1, why: "it ends before its head says: the mail is cut off, or was edited" };
    const { before, after } = sides(hunk, lines[0]?.endsWith("\r\n") ?? false);
    const expected = before.length === 0 ? hunk.oldStart : hunk.oldStart - 1;
    const at = findLines(lines, before, expected + shift, from, anchorOf(hunk, lines.length - before.length));
    if (at === -1)
      return {
        hunk: index + 1,
        why: `the lines at ${hunk.oldStart} differ: ${firstDifference(lines, before, expected + shift)}`,
      };
    lines.splice(at, before.length, ...after);
    shift = at - expected + after.length - before.length;
    from = at + after.length;
  }
  return lines.join("");
}

/** Lines with their ends; only the last may have none. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** What a hunk expects and what it leaves. Mails lose the CR of CRLF files; it is put back. */
function sides(hunk: Hunk, crlf: boolean): { before: string[]; after: string[] } {
  const before: string[] = [];
  const after: string[] = [];
  let last: string[][] = [];
  for (const line of hunk.lines) {
    if (line[0] === "\\") {
      for (const side of last) side.push(side.pop()!.replace(/\r?\n$/, ""));
      continue;
    }
    const content = Buffer.from(line.slice(1), "utf8").toString("latin1");
    const whole = `${crlf && !content.endsWith("\r") ? `${content}\r` : content}\n`;
    last = line[0] === "+" ? [after] : line[0] === "-" ? [before] : [before, after];
    for (const side of last) side.push(whole);
  }
  return { before, after };
}

/** Places at which a hunk may apply. */
interface Anchor {
  readonly first: number;
  readonly last: number;
}

/**
 * Where a hunk may apply: one of the file's first line only there, and one without a line of context at its end only at
 * the file's end (git's apply.c, match_beginning and match_end).
 * @param end the place at which its last line is the file's
 */
function anchorOf({ oldStart, lines }: Hunk, end: number): Anchor {
  const closing = lines.findLast((line) => line[0] !== "\\");
  return {
    first: closing?.[0] === " " ? 0 : end,
    last: oldStart <= 1 ? 0 : end,
  };
}

/** Where some lines stand, nearest to the place expected and not before `from`; -1 when nowhere. */
function findLines(
  lines: readonly string[],
  wanted: readonly string[],
  expected: number,
  from: number,
  { first, last }: Anchor,
): number {
  const matches = (at: number) =>
    at >= Math.max(from, first) && at <= last && wanted.every((line, i) => lines[at + i] === line);
  if (wanted.length === 0) return Math.min(Math.max(expected, from), lines.length);
  for (let distance = 0; distance <= lines.length; distance++) {
    if (matches(expected - distance)) return expected - distance;
    if (matches(expected + distance)) return expected + distance;
  }
  return -1;
}

function firstDifference(lines: readonly string[], wanted: readonly string[], at: number): string {
  const index = wanted.findIndex((line, i) => lines[at + i] !== line);
  if (index === -1) return "they are to be the first or the last of the file";
  return `expected "${wanted[index]?.trim() ?? ""}", found "${lines[at + index]?.trim() ?? "the end of the file"}"`;
}
