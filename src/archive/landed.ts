/** Whether an effort landed: asked of a kernel tree, else of what the archive says. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { git, plainDiffs } from "../kernel/git.js";
import type { Tree } from "../kernel/tree.js";
import { diffPaths, type FileDiff } from "../mail/diff.js";
import { patchId } from "../mail/patch-id.js";
import { introducedNames } from "./introduces.js";

export interface Landed {
  /** null: unknown. */
  readonly landed: boolean | null;
  readonly because: string;
}

/** A patch of the last version, as far as landing needs it. */
export interface LandedPatch {
  readonly files: readonly FileDiff[];
  readonly diff: string;
}

/**
 * Looks for the patches in a tree: their ids in git's history, else the names that they introduce, else their lines.
 * @param since seconds since 1970 of the first version: older commits are not looked at.
 */
export function landedInTree(tree: Tree, patches: readonly LandedPatch[], since: number): Landed {
  const where = `Linux ${tree.version}`;
  const inHistory = patchesInHistory(tree, patches, since);
  if (inHistory > 0 && inHistory === patches.length)
    return { landed: true, because: `all ${patches.length} patch ids are in the history of ${where}` };
  const names = [...new Set(patches.flatMap(({ files }) => introducedNames(files)))];
  if (names.length > 0) {
    const text = textOf(tree, patches);
    const present = names.filter((name) => new RegExp(`\\b${name}\\b`).test(text));
    const some = `${present.length} of ${names.length} new names are in ${where}`;
    if (present.length === names.length)
      return { landed: true, because: `its new names are in ${where}: ${shown(names)}` };
    if (present.length === 0)
      return { landed: false, because: `none of its new names is in ${where}: ${shown(names)}` };
    return { landed: null, because: `${some}: ${shown(present)} (in part, or from another effort)` };
  }
  return landedLines(tree, patches, where);
}

const shown = (names: readonly string[]) =>
  names.length > 4 ? `${names.slice(0, 4).join(", ")}, …` : names.join(", ");

/** Without new names there are only lines to compare; that is a guess, and says so. */
function landedLines(tree: Tree, patches: readonly LandedPatch[], where: string): Landed {
  const text = textOf(tree, patches).replace(/\s+/g, " ");
  const added = patches
    .flatMap(({ files }) => files.flatMap(({ hunks }) => hunks.flatMap(({ lines }) => lines)))
    .filter((line) => line[0] === "+" && line.trim().length > 15)
    .map((line) => line.slice(1).trim().replace(/\s+/g, " "));
  if (added.length === 0) return { landed: null, because: "its patches add no lines to look for" };
  const present = added.filter((line) => text.includes(line)).length;
  const share = `${present} of its ${added.length} added lines are in ${where}`;
  if (present >= 0.9 * added.length) return { landed: true, because: `guessed: ${share}` };
  if (present <= 0.1 * added.length) return { landed: false, because: `guessed: ${share}` };
  return { landed: null, because: share };
}

/** The files that the patches touch and that the tree has, one after the other. */
function textOf(tree: Tree, patches: readonly LandedPatch[]): string {
  const paths = [...new Set(patches.flatMap(({ files }) => diffPaths(files)))];
  return [...tree.readMany(paths).values()].map((bytes) => bytes.toString("latin1")).join("\n");
}

/** How many of the patches' ids git's history of their files holds; 0 without a history. */
function patchesInHistory(tree: Tree, patches: readonly LandedPatch[], since: number): number {
  if (tree.spec.kind === "folder" && !existsSync(join(tree.root, ".git"))) return 0;
  const ids = new Set(patches.map(({ diff }) => patchId(diff)));
  const paths = [...new Set(patches.flatMap(({ files }) => diffPaths(files)))].slice(0, 200);
  if (paths.length === 0) return 0;
  const revision = tree.commit ?? "HEAD";
  const log = [
    "log",
    "-p",
    ...plainDiffs,
    "--no-show-signature",
    "--no-merges",
    "--format=commit %H",
    `--since=${new Date(since * 1000).toISOString()}`,
  ];
  const { status, stdout } = git(tree.root, [...log, revision, "--", ...paths], {
    accept: "any",
    timeout: 60_000,
  });
  if (status !== 0) return 0;
  const found = git(tree.root, ["patch-id", "--stable"], { input: stdout }).stdout.toString("latin1");
  const known = new Set(found.split("\n").map((line) => line.slice(0, 40)));
  return [...ids].filter((id) => id !== undefined && known.has(id)).length;
}

/** Somebody says in reply to a patch that it was taken, within this time after the last version (seconds). */
const noticeTime = 30 * 86400;

/**
 * Without a tree, the archive alone: a notice of a maintainer, or that none came in a month.
 * @param end of the archive: its newest message, seconds since 1970.
 */
export function landedInArchive(
  last: number,
  end: number,
  notice: { readonly from: string; readonly quote: string } | undefined,
): Landed {
  if (notice) return { landed: true, because: `no tree at hand; ${notice.from} wrote: ${notice.quote}` };
  if (end - last < noticeTime)
    return { landed: null, because: "no tree at hand, and the archive ends soon after" };
  return {
    landed: false,
    because: "guessed, no tree at hand: nobody wrote within a month that it was applied",
  };
}
