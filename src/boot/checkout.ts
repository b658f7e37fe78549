/** A revision of a kernel repository as a folder in the cache, for test kernels. */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { cacheFolder, makeFolder } from "../base/files.js";
import { waitForLock } from "../base/lock.js";
import { noProgress, type ProgressListener } from "../base/progress.js";
import { checkOut } from "../kernel/checkout.js";
import { resolveCommit } from "../kernel/git.js";

interface Options {
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

/**
 * Works on a revision, checked out without touching the repository's own work tree, index or refs. One folder serves all
 * revisions of the repository, so that going from one to another compiles only what differs: another treewide that wants
 * one waits until the work is done, for the files are read again after the guests have run.
 * @param work gets the folder
 * @returns what the work returns
 * @throws KnownError when there is no such repository or revision; the signal's reason when that is aborted.
 */
export async function atRevision<Result>(
  repository: string,
  revision: string,
  { signal, onProgress = noProgress }: Options,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const commit = resolveCommit(repository, revision);
  const hash = createHash("sha256").update(resolve(repository)).digest("hex").slice(0, 16);
  const home = cacheFolder("boot", hash);
  makeFolder(home);
  const waiting = () =>
    onProgress({ task: "waiting for another treewide that boots a revision of this repository", done: 0 });
  const unlock = await waitForLock(join(home, "lock"), waiting, signal);
  try {
    return await work(await checkOut(repository, commit, home));
  } finally {
    unlock();
  }
}
