/** A revision of a kernel repository as a folder in the cache, for test kernels. */
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { cacheFolder } from "../base/files.js";
import { checkOut } from "../kernel/checkout.js";
import { resolveCommit } from "../kernel/git.js";

/**
 * Checks a revision out without touching the repository's own work tree, index or refs.
 * @returns the folder; it serves all revisions of the repository, one at a time.
 * @throws KnownError when there is no such repository or revision.
 */
export async function checkoutRevision(repository: string, revision: string): Promise<string> {
  const home = createHash("sha256").update(resolve(repository)).digest("hex").slice(0, 16);
  return checkOut(repository, resolveCommit(repository, revision), cacheFolder("boot", home));
}
