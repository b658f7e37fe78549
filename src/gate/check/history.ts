/** The contents of a range's commits, by the names of their blobs: what is equal need not be compiled twice. */
import { createHash } from "node:crypto";
import { KnownError } from "../../base/errors.js";
import { git } from "../../kernel/git.js";
import { parseRange } from "../../series/posting.js";

/** Paths whose content goes into every object: what decides how objects are made. */
const RECIPE =
  /(^|\/)(Kconfig[^/]*|Kbuild[^/]*|Makefile[^/]*)$|^(scripts|tools\/(objtool|build|lib|arch|include))\/|\.tbl$/;

interface Entry {
  readonly path: string;
  /** The blob; null where the file is gone. */
  readonly blob: string | null;
}

/** A line of commits, oldest first. Index 0 is the parent of the first commit; the commit `n` of the range is index n + 1. */
export class History {
  private readonly base: ReadonlyMap<string, string>;
  /** By path: the commits that change it, in order, and what they make of it. */
  private readonly changes = new Map<string, { readonly index: number; readonly blob: string | null }[]>();
  private readonly changed: readonly (readonly Entry[])[];
  private readonly recipes: string[] = [];

  /**
   * @param commits full names; each is the parent of the next.
   * @throws KnownError when they are no line.
   */
  constructor(
    readonly repository: string,
    readonly commits: readonly string[],
  ) {
    this.base = new Map(listBlobs(repository, commits[0]!).map(({ path, blob }) => [path, blob!]));
    this.changed = commits.map((commit, index) =>
      index === 0 ? [] : changedBlobs(repository, commits[index - 1]!, commit),
    );
    this.changed.forEach((entries, index) => {
      for (const { path, blob } of entries) {
        const known = this.changes.get(path);
        if (known) known.push({ index, blob });
        else this.changes.set(path, [{ index, blob }]);
      }
    });
  }

  /** The files that a commit changes; those that it removes are left out. */
  touched(index: number): readonly string[] {
    return this.changed[index]!.filter(({ blob }) => blob !== null).map(({ path }) => path);
  }

  /** Files that it removes. */
  removed(index: number): readonly string[] {
    return this.changed[index]!.filter(({ blob }) => blob === null).map(({ path }) => path);
  }

  /** The blob of a file at a commit; null when it has none. */
  blob(path: string, index: number): string | null {
    const last = this.changes.get(path)?.findLast((change) => change.index <= index);
    return last ? last.blob : (this.base.get(path) ?? null);
  }

  /** Whether all these files are the same at two commits, and all that decides how objects are made. */
  same(paths: readonly string[], a: number, b: number): boolean {
    return (
      this.recipe(a) === this.recipe(b) && paths.every((path) => this.blob(path, a) === this.blob(path, b))
    );
  }

  /** Names the contents of some files, and of all that decides how objects are made. */
  digest(paths: readonly string[], index: number): string {
    const hash = createHash("sha256").update(this.recipe(index));
    for (const path of paths) hash.update(`${path}\0${this.blob(path, index)}\n`);
    return hash.digest("hex");
  }

  private recipe(index: number): string {
    this.recipes[index] ??= this.computeRecipe(index);
    return this.recipes[index];
  }

  private computeRecipe(index: number): string {
    if (index > 0 && !this.changed[index]!.some(({ path }) => RECIPE.test(path)))
      return this.recipe(index - 1);
    const paths = new Set([...this.base.keys(), ...this.changes.keys()].filter((path) => RECIPE.test(path)));
    const hash = createHash("sha256");
    for (const path of [...paths].sort()) hash.update(`${path}\0${this.blob(path, index)}\n`);
    return hash.digest("hex");
  }
}

function listBlobs(repository: string, commit: string): readonly Entry[] {
  const { stdout } = git(repository, ["ls-tree", "-r", "-z", "--full-tree", commit]);
  return stdout
    .toString("utf8")
    .split("\0")
    .flatMap((line) => {
      const match = /^\d+ blob (\w+)\t(.*)$/s.exec(line);
      return match ? [{ path: match[2]!, blob: match[1]! }] : [];
    });
}

function changedBlobs(repository: string, from: string, to: string): readonly Entry[] {
  const { stdout } = git(repository, [
    "diff-tree",
    "-r",
    "-z",
    "--no-renames",
    "--raw",
    "--no-abbrev",
    from,
    to,
  ]);
  const fields = stdout.toString("utf8").split("\0");
  return Array.from({ length: Math.floor(fields.length / 2) }, (_, i) => {
    const [, , , blob, change] = fields[2 * i]!.split(" ");
    return { path: fields[2 * i + 1]!, blob: change === "D" ? null : blob! };
  });
}

/**
 * The commits of a range as one line, oldest first, with the first one's parent before them.
 * @param range `BASE..TIP`, or one revision, which is itself alone.
 * @throws KnownError when git does not know it, it is empty, it holds merges, or it is "A...B".
 */
export function lineOf(repository: string, range: string): readonly string[] {
  parseRange(range);
  const spec = range.includes("..") ? range : `${range}^!`;
  const args = ["rev-list", "--reverse", "--topo-order", "--parents", "--end-of-options", spec, "--"];
  const { status, stdout, stderr } = git(repository, args, { accept: "any" });
  const rows = stdout
    .toString()
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split(" "));
  if (status !== 0 || rows.length === 0) {
    const why = stderr.toString().split("\n")[0] || "holds no commit";
    throw new KnownError(`${range}: no range of commits: ${why}`, "a range is BASE..TIP");
  }
  const line = [rows[0]![1]!];
  for (const [commit, parent, ...more] of rows) {
    if (!parent) throw new KnownError(`${range}: ${commit!.slice(0, 12)} has no parent to compare with`);
    if (more.length > 0 || parent !== line.at(-1))
      throw new KnownError(
        `${range}: ${commit!.slice(0, 12)} does not follow the commit before it: the range holds a merge`,
        "check the branches that it merges one by one",
      );
    line.push(commit!);
  }
  return line;
}
