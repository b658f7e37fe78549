/** Patches laid over a tree without touching it: the new contents of the files they change. */
import { copyFileSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { KnownError } from "../base/errors.js";
import { run } from "../base/process.js";
import { isInside } from "../kernel/source.js";
import { openTree, type Tree } from "../kernel/tree.js";
import { diffPaths, parseDiff } from "../mail/diff.js";

/** A patch as mailed or as git writes it; what stands around the diff does not matter. */
export interface Patch {
  /** The subject, or whatever names the patch to its reader. */
  readonly name: string;
  readonly text: string;
}

/**
 * The files that a patch changes, adds or removes, by their paths from the tree's root as the patch has them: they may lead
 * out of it.
 */
export const changedFiles = (text: string): readonly string[] => diffPaths(parseDiff(text));

/**
 * Applies patches in their order to copies of the files they change.
 * @returns the new contents by path; `null` for a removed file, and for a symbolic link that a patch adds.
 * @throws KnownError naming the patch that does not apply, or that changes what lies outside of the tree.
 */
export async function patchedFiles(
  tree: string,
  patches: readonly Patch[],
): Promise<ReadonlyMap<string, string | null>> {
  const files = [...new Set(patches.flatMap(filesInside))];
  const scratch = mkdtempSync(join(tmpdir(), "treewide-patch-"));
  try {
    for (const file of files) {
      if (!existsSync(join(tree, file))) continue;
      mkdirSync(dirname(join(scratch, file)), { recursive: true });
      copyFileSync(join(tree, file), join(scratch, file));
    }
    for (const { name, text } of patches) {
      const { status, stderr } = await run("git", ["apply", "--whitespace=nowarn", "-"], {
        cwd: scratch,
        input: text,
        accept: "any",
        env: { GIT_DIR: undefined, GIT_CEILING_DIRECTORIES: dirname(scratch) },
      });
      if (status !== 0)
        throw new KnownError(
          `"${name}" does not apply to ${tree}:\n${stderr.toString("utf8").trim()}`,
          "take the tree that the series is based on, or its patches to the core alone (--core-only)",
        );
    }
    return new Map(
      files.map((file) => {
        const path = join(scratch, file);
        const isFile = lstatSync(path, { throwIfNoEntry: false })?.isFile(); // a link may lead to whatever is ours
        return [file, isFile ? readFileSync(path, "utf8") : null];
      }),
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Posted patches are strangers' words: what they name is copied, and made in the copy of the tree. */
function filesInside({ name, text }: Patch): readonly string[] {
  const files = changedFiles(text);
  for (const file of files)
    if (!isInside(file)) throw new KnownError(`"${name}" changes ${file}, which lies outside of the tree`);
  return files;
}

/**
 * The tree with patches on top, to be read.
 * @throws KnownError as `patchedFiles`.
 */
export async function patchedTree(path: string, patches: readonly Patch[]): Promise<Tree> {
  return openTree({ kind: "folder", path }).withOverlay(await patchedFiles(path, patches));
}
