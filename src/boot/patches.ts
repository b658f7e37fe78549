/** Patches laid over a tree without touching it: the new contents of the files they change. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { KnownError } from "../base/errors.js";
import { run } from "../base/process.js";
import { openTree, type Tree } from "../kernel/tree.js";

/** A patch as mailed or as git writes it; what stands around the diff does not matter. */
export interface Patch {
  /** The subject, or whatever names the patch to its reader. */
  readonly name: string;
  readonly text: string;
}

/** The files a diff changes, adds or removes, by their paths from the tree's root. */
export function changedFiles(diff: string): readonly string[] {
  const names = [...diff.matchAll(/^(?:--- a|\+\+\+ b)\/(\S+)/gm)].map((match) => match[1]!);
  return [...new Set(names)];
}

/**
 * Applies patches in their order to copies of the files they change.
 * @returns the new contents by path; `null` for a removed file.
 * @throws KnownError naming the patch that does not apply.
 */
export async function patchedFiles(
  tree: string,
  patches: readonly Patch[],
): Promise<ReadonlyMap<string, string | null>> {
  const files = [...new Set(patches.flatMap((patch) => changedFiles(patch.text)))];
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
        return [file, existsSync(path) ? readFileSync(path, "utf8") : null];
      }),
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * The tree with patches on top, to be read.
 * @throws KnownError as `patchedFiles`.
 */
export async function patchedTree(path: string, patches: readonly Patch[]): Promise<Tree> {
  return openTree({ kind: "folder", path }).withOverlay(await patchedFiles(path, patches));
}
