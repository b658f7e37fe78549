/** A git repository for an unpacked tree, in a folder of its own below the user's cache: nothing is written in the tree. */
import { createHash } from "node:crypto";
import { existsSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { cacheFolder, makeFolder } from "../base/files.js";
import { run } from "../base/process.js";
import { plainGitEnvironment } from "../kernel/git.js";
import { type Identity, identityEnvironment } from "./history.js";

export interface OwnRepository {
  readonly folder: string;
  /** The commit that holds the tree as it is. */
  readonly base: string;
}

/** Where the repository for a tree is, or will be. */
export function ownRepositoryFolder(root: string): string {
  const hash = createHash("sha1").update(root).digest("hex").slice(0, 12);
  return cacheFolder("repositories", `${basename(root)}-${hash}.git`);
}

/**
 * Makes the repository, or brings it up to the tree. A kernel takes a minute the first time, and seconds after that.
 * @param title of the commit that holds the tree
 * @throws KnownError when the disk is full or the cache cannot be written; a repository is there as a whole or not at all
 */
export async function ownRepository(
  root: string,
  title: string,
  who: Identity,
  signal: AbortSignal | undefined,
): Promise<OwnRepository> {
  const folder = ownRepositoryFolder(root);
  const isNew = !existsSync(folder);
  const work = isNew ? `${folder}.${process.pid}.tmp` : folder;
  const git = async (...args: string[]) => {
    const { stdout } = await run("git", ["-c", "core.compression=1", "--git-dir", work, ...args], {
      cwd: root,
      env: { ...plainGitEnvironment, ...identityEnvironment(who) },
      ...(signal && { signal }),
    });
    return stdout.toString("utf8").trim();
  };
  try {
    if (isNew) {
      makeFolder(work);
      await git("init", "--quiet", "--bare");
    }
    await git("--work-tree", root, "add", "--all", "--force", ".");
    const tree = await git("write-tree");
    const known = isNew ? "" : await git("log", "-1", "--format=%T %H", "base");
    const base =
      known.split(" ")[0] === tree ? known.split(" ")[1]! : await git("commit-tree", "-m", title, tree);
    await git("update-ref", "refs/heads/base", base);
    if (isNew) renameSync(work, folder);
    return { folder, base };
  } finally {
    if (isNew) rmSync(work, { recursive: true, force: true });
    else rmSync(join(work, "index.lock"), { force: true }); // of a git that was stopped
  }
}
