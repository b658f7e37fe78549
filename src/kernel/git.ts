/** The door to git: what the program asks of a repository. Reads only; what writes calls `git` itself. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { KnownError } from "../base/errors.js";
import { type RunOptions, type RunResult, runSync } from "../base/process.js";

/**
 * The environment for git. The variables with which git calls hooks would send us to another repository
 * (git(1), "The Git Repository"); messages are wanted in English, and nobody sits there to type a password.
 */
export const gitEnvironment: Readonly<Record<string, string | undefined>> = {
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_OBJECT_DIRECTORY: undefined,
  GIT_ALTERNATE_OBJECT_DIRECTORIES: undefined,
  GIT_OPTIONAL_LOCKS: "0",
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
};

/**
 * For repositories of our own: git as it comes, whatever a person has configured. `format.signOff` would sign in that
 * person's name, `core.autocrlf` would change files, `format.suffix` would name them otherwise.
 */
export const plainGitEnvironment: Readonly<Record<string, string | undefined>> = {
  ...gitEnvironment,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_COUNT: undefined,
  GIT_CONFIG_PARAMETERS: undefined,
};

/** Settings that format-patch has no option against in all versions, as options of git itself. */
export const plainSettings: readonly string[] = [
  "format.from=false",
  "format.forceInBodyFrom=false",
  "format.encodeEmailHeaders=true",
  "format.numbered=false", // "auto" alone does not undo "true"
  "format.numbered=auto",
  "diff.suppressBlankEmpty=false",
].flatMap((setting) => ["-c", setting]);

/**
 * Options that make diffs as everybody reads them, whatever a repository or a person has configured (git-config(1),
 * "diff.*"): for `git log` and its kin; `git diff-tree` heeds few settings.
 */
export const plainDiffs: readonly string[] = [
  "--no-color",
  "--no-ext-diff",
  "--no-relative",
  "--submodule=short",
  "--src-prefix=a/",
  "--dst-prefix=b/",
  "--diff-algorithm=default",
  "--inter-hunk-context=0",
  "-U3",
];

/** Options that make mails as everybody reads them. */
const plainMails: readonly string[] = [
  "--pretty=mboxrd",
  "--encoding=UTF-8",
  "--subject-prefix=PATCH",
  "--no-attach",
  "--no-signature",
  "--no-signoff",
  "--no-thread",
  "--no-cover-letter",
  "--no-notes",
  "--no-base",
  "--no-add-header",
  "--no-to",
  "--no-cc",
  "--no-renames",
  ...plainDiffs,
  "-O/dev/null",
];

/**
 * Commits as an mbox (mboxrd), whatever a repository or a person has configured (git-config(1), "format.*" and "diff.*").
 * @param args which commits: revisions after `--end-of-options`, or `-1` and one.
 * @throws KnownError when git does not know them.
 */
export function formatPatches(repository: string, args: readonly string[]): Buffer {
  return git(repository, [...plainSettings, "format-patch", "--stdout", ...plainMails, ...args]).stdout;
}

/** Paths and texts as UTF-8, nothing printed between them, and no daemon left behind. */
const doorSettings: readonly string[] = [
  "core.quotePath=false",
  "core.fsmonitor=false",
  "i18n.logOutputEncoding=UTF-8",
  "log.showSignature=false",
].flatMap((setting) => ["-c", setting]);

/**
 * Runs git in a repository and waits for its end.
 * @throws KnownError when git is not installed or fails in a way that `accept` does not allow.
 */
export function git(
  repository: string,
  args: readonly string[],
  options: Pick<RunOptions, "env" | "input" | "accept" | "timeout"> = {},
): RunResult {
  return runSync("git", [...doorSettings, ...args], {
    ...options,
    cwd: repository,
    env: { ...gitEnvironment, ...options.env },
  });
}

/**
 * The full name of the commit that a revision names ("HEAD", "v7.2", "main~3").
 * @throws KnownError when the folder is in no repository, or has no such commit.
 */
export function resolveCommit(repository: string, revision: string): string {
  if (!existsSync(repository)) throw new KnownError(`${repository}: no such folder`);
  const result = git(
    repository,
    ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`],
    {
      accept: "any",
    },
  );
  // Older gits print the "--end-of-options" they were given (fixed in 2.30).
  const name = result.stdout.toString("utf8").trim().split("\n").pop() ?? "";
  if (result.status === 0 && /^[0-9a-f]{40,64}$/.test(name)) return name;
  const why = result.stderr.toString("utf8").trim();
  if (why !== "") throw new KnownError(`${repository}: git cannot use it: ${why.split("\n")[0]}`);
  throw new KnownError(
    `${repository}: no commit "${revision}"`,
    "`git log --all --oneline` and `git tag` list what there is; a shallow clone may lack it",
  );
}

/** HEAD of the repository whose work tree starts at `folder`; null when none starts there, or has no commit. */
export function headCommit(folder: string): string | null {
  if (!existsSync(join(folder, ".git"))) return null;
  try {
    return resolveCommit(folder, "HEAD");
  } catch (error) {
    if (error instanceof KnownError) return null;
    throw error;
  }
}

/** The folder in which the work tree around `folder` starts, or null when there is none. */
export function workTreeRoot(folder: string): string | null {
  const result = git(folder, ["rev-parse", "--show-toplevel"], { accept: "any" });
  return result.status === 0 ? result.stdout.toString("utf8").replace(/\n$/, "") : null;
}

/** Paths that differ between HEAD, the index and the work tree. Files that git does not track do not count. */
export function uncommittedFiles(repository: string): string[] {
  const result = git(repository, ["diff-index", "--name-only", "-z", "HEAD", "--"]);
  return splitZero(result.stdout);
}

/** The files of the work tree that git tracks or would add. One that was deleted is among them until that is committed. */
export function unignoredFiles(repository: string): string[] {
  const listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  return [...new Set(splitZero(git(repository, listed).stdout))];
}

export interface ChangedFile {
  readonly path: string;
  /** A rename is a deletion and an addition. */
  readonly change: "added" | "deleted" | "modified";
}

const changes: Readonly<Record<string, ChangedFile["change"]>> = {
  A: "added",
  D: "deleted",
  M: "modified",
  T: "modified",
};

/** What differs between two revisions, by path. */
export function changedFiles(repository: string, from: string, to: string): ChangedFile[] {
  const [before, after] = [resolveCommit(repository, from), resolveCommit(repository, to)];
  const fields = splitZero(
    git(repository, ["diff-tree", "-r", "-z", "--no-renames", "--name-status", before, after]).stdout,
  );
  return Array.from({ length: fields.length / 2 }, (_, i) => ({
    path: fields[2 * i + 1]!,
    change: changes[fields[2 * i]!]!,
  }));
}

export interface TreeEntry {
  readonly path: string;
  /** The blob's name. */
  readonly object: string;
  /** Bytes. */
  readonly size: number;
}

/** The regular files of a commit below some folders; "" is the whole of it. Links and submodules are left out. */
export function listEntries(repository: string, commit: string, folders: readonly string[]): TreeEntry[] {
  const wanted = folders.includes("") ? [] : folders.map((folder) => `:(top,literal)${folder}`);
  const result = git(repository, ["ls-tree", "-r", "-z", "--full-tree", "-l", commit, "--", ...wanted]);
  return splitZero(result.stdout).flatMap((line) => {
    const [, mode, object, size, path] = /^(\d+) \w+ (\w+) +(\d+|-)\t(.*)$/s.exec(line)!;
    return mode!.startsWith("100") ? [{ path: path!, object: object!, size: Number(size) }] : [];
  });
}

function splitZero(bytes: Buffer): string[] {
  return bytes.toString("utf8").split("\0").filter(Boolean);
}
