/** A posted series as commits, in a repository of our own: the user's is only read. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { KnownError } from "../../base/errors.js";
import { cacheFolder, makeFolder, writeFileAtomic } from "../../base/files.js";
import { runSync } from "../../base/process.js";
import { git, gitEnvironment, resolveCommit } from "../../kernel/git.js";
import { type PostedPatch, readPosting } from "../../series/posting.js";

export interface Posted {
  /** A bare repository in the cache. */
  readonly repository: string;
  /** The base, then one for each patch. */
  readonly commits: readonly string[];
}

/**
 * Applies the patches of a series, in the order of their numbers, one commit each.
 * @param source an mbox, a Maildir or a folder of patches
 * @param tree a git repository or an unpacked kernel tree.
 * @param base a revision of the repository. Default: HEAD.
 * @throws KnownError naming the patch that does not apply.
 */
export function commitPatches(source: string, tree: string, base = "HEAD"): Posted {
  const { patches } = readPosting(source);
  const root = resolve(tree);
  const repository = cacheFolder(
    "check",
    `posted-${createHash("sha256").update(root).digest("hex").slice(0, 16)}`,
  );
  makeFolder(repository);
  if (!existsSync(join(repository, "HEAD"))) git(repository, ["init", "-q", "--bare", "."]);
  const start = existsSync(join(root, ".git"))
    ? borrow(repository, root, resolveCommit(root, base))
    : importTree(repository, root);
  const scratch = mkdtempSync(join(tmpdir(), "treewide-posted-"));
  try {
    const env = { GIT_INDEX_FILE: join(scratch, "index") };
    git(repository, ["read-tree", start], { env });
    const commits = [start];
    for (const patch of patches)
      commits.push(commitPatch(repository, patch, source, commits.at(-1)!, scratch, env));
    return { repository, commits };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Makes another repository's objects ours to read (gitrepository-layout(5), objects/info/alternates). */
function borrow(repository: string, from: string, commit: string): string {
  const common = git(from, ["rev-parse", "--git-common-dir"]).stdout.toString("utf8").trim();
  writeFileAtomic(join(repository, "objects/info/alternates"), `${resolve(from, common, "objects")}\n`);
  return commit;
}

/** A tree without git becomes one commit; the index stays, so that the next time only what changed is read. */
function importTree(repository: string, tree: string): string {
  const env = { GIT_DIR: repository, GIT_WORK_TREE: tree, GIT_INDEX_FILE: join(repository, "tree-index") };
  const ask = (args: readonly string[]) =>
    runSync("git", args, { cwd: tree, env: { ...gitEnvironment, ...env } })
      .stdout.toString("utf8")
      .trim();
  ask(["-c", "core.bare=false", "add", "--all", "--force", "."]);
  const written = ask(["write-tree"]);
  return commitTree(repository, written, undefined, "The tree as it is unpacked\n", {});
}

function commitPatch(
  repository: string,
  { n, title, raw }: PostedPatch,
  source: string,
  parent: string,
  scratch: string,
  env: Readonly<Record<string, string>>,
): string {
  const [message, patch] = [join(scratch, "message"), join(scratch, "patch")];
  const info = git(repository, ["mailinfo", "--encoding=UTF-8", message, patch], {
    input: raw,
  });
  const header = (name: string) =>
    new RegExp(`^${name}: (.*)$`, "m").exec(info.stdout.toString("utf8"))?.[1] ?? "";
  const applied = git(repository, ["apply", "--cached", "--whitespace=nowarn", patch], {
    env,
    accept: "any",
  });
  if (applied.status !== 0)
    throw new KnownError(
      `${source}: patch ${n}, "${title}", does not apply: ${applied.stderr.toString("utf8").trim().split("\n")[0]}`,
      "--base names the commit that the series applies to, --tree its repository",
    );
  const tree = git(repository, ["write-tree"], { env }).stdout.toString("utf8").trim();
  return commitTree(repository, tree, parent, `${header("Subject")}\n\n${readFileSync(message, "utf8")}`, {
    GIT_AUTHOR_NAME: header("Author") || "unknown",
    GIT_AUTHOR_EMAIL: header("Email") || "unknown",
    GIT_AUTHOR_DATE: header("Date") || FIXED_DATE,
  });
}

/** The same patches are the same commits, so that what is known of them is found again. */
const FIXED_DATE = "2026-01-01T00:00:00Z";

function commitTree(
  repository: string,
  tree: string,
  parent: string | undefined,
  message: string,
  author: Readonly<Record<string, string>>,
): string {
  const env = {
    GIT_AUTHOR_NAME: "treewide",
    GIT_AUTHOR_EMAIL: "treewide",
    GIT_AUTHOR_DATE: FIXED_DATE,
    GIT_COMMITTER_NAME: "treewide",
    GIT_COMMITTER_EMAIL: "treewide",
    GIT_COMMITTER_DATE: FIXED_DATE,
    ...author,
  };
  const args = ["commit-tree", tree, ...(parent ? ["-p", parent] : [])];
  return git(repository, args, { env, input: message }).stdout.toString("utf8").trim();
}
