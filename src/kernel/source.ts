/** What a kernel tree is made of, wherever its bytes come from: a folder, a git revision, or changes on top. */

export interface TreeFile {
  /** From the tree's root, with forward slashes. */
  readonly path: string;
  /** Changes whenever the content does. Equal stamps of one path mean equal content. */
  readonly stamp: string;
  /** Bytes. */
  readonly size: number;
}

/** Something in the tree that could not be read and was left out. */
export interface TreeProblem {
  readonly path: string;
  readonly why: string;
}

export interface Source {
  /** The commit that the files come from, as far as one is known; the files of a folder may differ from it. */
  readonly commit: string | null;
  /** What was left out so far; grows as more is read. */
  readonly problems: readonly TreeProblem[];
  /**
   * The regular files below some folders whose names end in one of `endings` (".c", "Makefile"), each once,
   * sorted by path in code unit order. Links are left out, so a loop of links is no loop.
   * A folder that is missing or cannot be read is a problem, not an error. `"."` is the whole tree.
   */
  list(folders: readonly string[], endings: readonly string[]): readonly TreeFile[];
  /**
   * A file's bytes; undefined when it is missing, no regular file, cannot be read, or is a link that
   * leaves the tree (all but the first are problems too). Links that stay inside are followed.
   * @param into memory that may be used if it is large enough; the answer then holds until the next read into it
   */
  read(path: string, into?: Buffer): Buffer | undefined;
  /** Many files in one go; those that `read` would not return are not in the result. */
  readMany(paths: readonly string[]): ReadonlyMap<string, Buffer>;
  /** Whether there is a file or a folder of that name. */
  exists(path: string): boolean;
}

/** Whether a path names something below the root: relative, and without a step up. */
export function isInside(path: string): boolean {
  return (
    path !== "" &&
    !path.startsWith("/") &&
    !path.includes("\0") &&
    !path.includes("\n") &&
    !path.split("/").includes("..")
  );
}

/** Folders without those that lie in another of them, normalised ("a/" is "a", "." is ""). */
export function outermost(folders: readonly string[]): string[] {
  const clean = folders.map((folder) => folder.replace(/^\.\/?/, "").replace(/\/+$/, ""));
  return [...new Set(clean)]
    .filter((folder) => !clean.some((other) => other !== folder && isBelow(folder, other)))
    .sort();
}

/** Whether `path` is `folder` or lies in it. The empty folder is the root. */
export function isBelow(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

export function hasEnding(name: string, endings: readonly string[]): boolean {
  for (const ending of endings) if (name.endsWith(ending)) return true;
  return false;
}

export function byPath(a: TreeFile, b: TreeFile): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
