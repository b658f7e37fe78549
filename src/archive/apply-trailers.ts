/** Puts trailers that reviewers gave into the commits of a branch. */
import { KnownError } from "../base/errors.js";
import { run } from "../base/process.js";
import { patchId } from "../mail/patch-id.js";
import { addTrailers, formatTrailer, type Trailer } from "../mail/trailers.js";

/** A patch of the series as posted, with what it was given. */
export interface GivenPatch {
  readonly title: string;
  /** Undefined without a diff. */
  readonly patchId: string | undefined;
  readonly trailers: readonly Trailer[];
}

export interface AppliedCommit {
  readonly commit: string;
  readonly title: string;
  /** What was added, as lines. */
  readonly added: readonly string[];
  /** How the commit was found among the patches; undefined: it was not. */
  readonly matched: "patch id" | "title" | undefined;
}

/**
 * Rewrites the messages of a linear range of commits; trees, authors and dates stay. The branch moves at the end,
 * in one step, and only when it still is where it was.
 * @param dryRun tells what would be done.
 * @throws KnownError when the range holds merges or is no range of the branch that is checked out.
 */
export async function applyTrailers(
  repository: string,
  base: string,
  patches: readonly GivenPatch[],
  dryRun: boolean,
): Promise<readonly AppliedCommit[]> {
  const git = async (args: readonly string[], more: { input?: string; env?: Record<string, string> } = {}) =>
    (await run("git", args, { cwd: repository, ...more })).stdout.toString("utf8").replace(/\n$/, "");
  const head = await git(["rev-parse", "--verify", "HEAD"]);
  const start = await git(["rev-parse", "--verify", "--end-of-options", `${base}^{commit}`]).catch(
    (error) => {
      if (!(error instanceof KnownError)) throw error;
      throw new KnownError(
        `${repository}: ${base} is no commit here`,
        "name the commit that your branch starts from: --base v7.3",
      );
    },
  );
  const commits = (await git(["rev-list", "--reverse", "--parents", `${start}..${head}`]))
    .split("\n")
    .filter(Boolean);
  if (commits.some((line) => line.split(" ").length !== 2))
    throw new KnownError(
      `${base}..HEAD holds a merge: trailers are applied to linear branches`,
      "rebase it first",
    );
  const results: AppliedCommit[] = [];
  let parent = start;
  for (const line of commits) {
    const commit = line.slice(0, line.indexOf(" "));
    const message = await git(["log", "-1", "--format=%B", commit]);
    const title = message.split("\n")[0]!;
    const id = patchId(await git(["diff-tree", "-p", commit]));
    const byId = patches.find((patch) => id !== undefined && patch.patchId === id);
    const patch = byId ?? patches.find((each) => each.title.toLowerCase() === title.toLowerCase());
    const after = patch ? addTrailers(message, patch.trailers) : `${message.trimEnd()}\n`;
    const before = new Set(message.split("\n"));
    const added = (patch?.trailers ?? [])
      .map(formatTrailer)
      .filter((each) => after.includes(each) && !before.has(each));
    results.push({ commit, title, added, matched: byId ? "patch id" : patch ? "title" : undefined });
    if (dryRun) continue;
    const unchanged = added.length === 0 && line.endsWith(parent);
    parent = unchanged ? commit : await recommit(git, commit, parent, after);
  }
  if (!dryRun && parent !== head) await git(["update-ref", "-m", "treewide trailers", "HEAD", parent, head]);
  return results;
}

type Git = (
  args: readonly string[],
  more?: { input?: string; env?: Record<string, string> },
) => Promise<string>;

async function recommit(git: Git, commit: string, parent: string, message: string): Promise<string> {
  const [name, email, date] = (await git(["log", "-1", "--format=%an%n%ae%n%aI", commit])).split("\n") as [
    string,
    string,
    string,
  ];
  const env = { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: date };
  return git(["commit-tree", `${commit}^{tree}`, "-p", parent, "-F", "-"], { input: message, env });
}
