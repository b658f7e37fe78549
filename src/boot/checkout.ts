/** A revision of a kernel repository as a folder in the cache; files that do not change between revisions keep their times. */
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { cacheFolder } from "../base/files.js";
import { run } from "../base/process.js";
import { gitEnvironment, resolveCommit } from "../kernel/git.js";

/**
 * Checks a revision out without touching the repository's own work tree, index or refs.
 * @returns the folder; it serves all revisions of the repository, one at a time.
 * @throws KnownError when there is no such repository or revision.
 */
export async function checkoutRevision(repository: string, revision: string): Promise<string> {
  const commit = resolveCommit(repository, revision);
  const home = cacheFolder(
    "boot",
    createHash("sha256").update(resolve(repository)).digest("hex").slice(0, 16),
  );
  const folder = join(home, "checkout");
  mkdirSync(folder, { recursive: true });
  await run(
    "git",
    ["-C", resolve(repository), `--work-tree=${folder}`, "read-tree", "--reset", "-u", commit],
    {
      env: { ...gitEnvironment, GIT_INDEX_FILE: join(home, "index") },
    },
  );
  return folder;
}
