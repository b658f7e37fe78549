/** The files of a kernel tree that are source, where somebody may have built a kernel in it. */
import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { KnownError } from "../base/errors.js";
import { listFiles } from "../base/mirror.js";
import { unignoredFiles } from "../kernel/git.js";

/** What the top Makefile asks for before it builds out of tree ("The source tree is not clean"), for x86. */
const BUILT_IN = [".config", "include/config", "arch/x86/include/generated"];

/**
 * In a git work tree the files that git does not ignore: the kernel's .gitignore files name what a build leaves
 * behind. Elsewhere all files.
 * @throws KnownError when a kernel was built in a tree without git.
 */
export function sourceFiles(tree: string): readonly string[] {
  if (existsSync(join(tree, ".git")))
    return unignoredFiles(tree).filter((path) => {
      const status = lstatSync(join(tree, path), { throwIfNoEntry: false });
      return status !== undefined && !status.isDirectory(); // deleted since the last commit; a submodule
    });
  const left = BUILT_IN.find((path) => existsSync(join(tree, path)));
  if (left !== undefined)
    throw new KnownError(
      `${tree}: a kernel was configured or built in it (${left}), and without git nothing says what is source`,
      `clean it with \`make -C ${tree} mrproper\`, which removes its configuration too, or unpack it anew`,
    );
  return listFiles(tree);
}
