/** A commit of a repository as a folder beside it; files that do not change between commits keep their times. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { run } from "../base/process.js";
import { gitEnvironment } from "./git.js";

/**
 * Checks a commit out below `home` without touching the repository's own work tree, index or refs.
 * @param repository a work tree or a bare repository.
 * @param home a folder of ours; what it holds of an earlier commit is made over.
 * @returns the folder of the files; it serves all commits of the repository, one at a time.
 */
export async function checkOut(repository: string, commit: string, home: string): Promise<string> {
  const folder = join(home, "checkout");
  mkdirSync(folder, { recursive: true });
  await run(
    "git",
    ["-C", resolve(repository), `--work-tree=${folder}`, "read-tree", "--reset", "-u", commit],
    { env: { ...gitEnvironment, GIT_INDEX_FILE: join(home, "index") } },
  );
  return folder;
}
