/** Puts trailers that reviewers gave into the commits of a branch. */
import { KnownError } from "../base/errors.js";
import { runSync } from "../base/process.js";
import { git, gitEnvironment, resolveCommit } from "../kernel/git.js";
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
export function applyTrailers(
  repository: string,
  base: string,
  patches: readonly GivenPatch[],
  dryRun: boolean,
): readonly AppliedCommit[] {
  const head = resolveCommit(repository, "HEAD");
  const start = startOf(repository, base);
  const commits = read(repository, ["rev-list", "--reverse", "--parents", `${start}..${head}`])
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
    const message = read(repository, ["log", "-1", "--format=%B", commit]);
    const title = message.split("\n")[0]!;
    const id = patchId(read(repository, ["diff-tree", "-p", commit]));
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
    parent = unchanged ? commit : recommit(repository, commit, parent, after);
  }
  if (!dryRun && parent !== head)
    write(repository, ["update-ref", "-m", "treewide trailers", "HEAD", parent, head]);
  return results;
}

function startOf(repository: string, base: string): string {
  try {
    return resolveCommit(repository, base);
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    throw new KnownError(
      `${repository}: ${base} is no commit here`,
      "name the commit that your branch starts from: --base v7.3",
    );
  }
}

function read(repository: string, args: readonly string[]): string {
  return git(repository, args).stdout.toString("utf8").replace(/\n$/, "");
}

/** As `git()` does, in this repository and no other. Messages are read as UTF-8, and written as that. */
function write(
  repository: string,
  args: readonly string[],
  more: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): string {
  const { stdout } = runSync("git", ["-c", "i18n.commitEncoding=UTF-8", ...args], {
    cwd: repository,
    ...(more.input !== undefined && { input: more.input }),
    env: { ...gitEnvironment, ...more.env },
  });
  return stdout.toString("utf8").trimEnd();
}

function recommit(repository: string, commit: string, parent: string, message: string): string {
  const who = read(repository, ["log", "-1", "--format=%an%n%ae%n%aI", commit]).split("\n");
  const [name, email, date] = who as [string, string, string];
  return write(repository, ["commit-tree", `${commit}^{tree}`, "-p", parent, "-F", "-"], {
    input: message,
    env: { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: date },
  });
}
