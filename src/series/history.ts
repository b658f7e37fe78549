/** Commits and patch files, made with git in one go (git-fast-import(1)); nobody's work tree or index is touched. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { KnownError, systemErrorCode } from "../base/errors.js";
import { makeFolder, writeFileAtomic } from "../base/files.js";
import { run } from "../base/process.js";
import { git, plainGitEnvironment } from "../kernel/git.js";
import type { Change } from "./edit.js";

export interface Commit {
  readonly title: string;
  readonly body: string;
  readonly change: Change;
  readonly before: Change;
}

/** "Name <address>". */
export type Identity = string;

/**
 * Who commits: the git identity of a folder; never guessed from the machine's name.
 * @throws KnownError when none is configured
 */
export function committer(folder: string): Identity {
  const result = git(folder, ["-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT"], {
    accept: "any",
  });
  const identity = /^(.*<[^>]+>)/.exec(result.stdout.toString("utf8"))?.[1];
  if (result.status === 0 && identity) return identity;
  throw new KnownError(
    "git does not know who you are, so nobody could be named as the author",
    'set it with `git config --global user.name "…"` and user.email, or give --signed-off-by',
  );
}

/**
 * The full name of a branch that a repository does not have yet.
 * @throws KnownError when it has, or the name is none
 */
export function newBranch(repository: string, branch: string): string {
  // In the short form git knows which names its commands take for something else: "-x", "HEAD".
  if (git(repository, ["check-ref-format", "--branch", branch], { accept: "any" }).status !== 0)
    throw new KnownError(`${branch}: no name for a branch`, "see git-check-ref-format(1)");
  const ref = `refs/heads/${branch}`;
  const there = git(repository, ["for-each-ref", "--format=%(refname)", "refs/heads"])
    .stdout.toString("utf8")
    .split("\n")
    .find((other) => other === ref || `${other}/`.startsWith(`${ref}/`) || ref.startsWith(`${other || "-"}/`))
    ?.slice("refs/heads/".length);
  if (there === branch)
    throw new KnownError(
      `${repository}: the branch ${branch} exists already`,
      `choose another name, or delete it with \`git branch -D ${branch}\``,
    );
  if (there !== undefined)
    throw new KnownError(
      `${repository}: there cannot be a branch ${branch} beside the branch ${there}`,
      "choose another name",
    );
  return ref;
}

/**
 * Puts commits on top of one that a repository has, as a new branch.
 * @throws KnownError when the branch exists
 */
export async function commitBranch(
  repository: string,
  branch: string,
  base: string,
  commits: readonly Commit[],
  who: Identity,
): Promise<string> {
  const ref = newBranch(repository, branch);
  // The branch appears when all is written: git moves refs at the end of the stream, and not when it breaks off.
  await fastImport(repository, stream(commits, who, ref, base));
  return git(repository, ["rev-parse", ref]).stdout.toString("utf8").trim();
}

/**
 * Writes `git format-patch` files. They are made in a repository that holds the changed files only, and apply to
 * any tree in which these files are the same: blob names are those of the contents.
 * @param cover the cover letter's subject and text
 * @throws KnownError when the folder is not empty or cannot be written
 */
export async function writePatches(
  folder: string,
  commits: readonly Commit[],
  who: Identity,
  cover: { readonly subject: string; readonly text: string } | undefined,
): Promise<readonly string[]> {
  const target = resolve(folder);
  requireEmpty(folder);
  const scratch = temporaryFolder();
  const fresh = `${target}.${process.pid}.tmp`;
  try {
    makeFolder(fresh);
    await run("git", ["init", "--quiet", "--bare", scratch], { env: plainGitEnvironment });
    const first = new Map([...commits].reverse().flatMap(({ before }) => [...before]));
    await fastImport(
      scratch,
      Buffer.concat([
        commitStream(
          { title: "base", body: "", change: first, before: new Map() },
          who,
          "refs/heads/base",
          undefined,
        ),
        stream(commits, who, "refs/heads/series", "refs/heads/base"),
      ]),
    );
    await run(
      "git",
      [
        "format-patch",
        "--quiet",
        "--no-signature",
        ...(cover ? ["-n", "--cover-letter"] : []),
        "-o",
        fresh,
        "base..series",
      ],
      {
        cwd: scratch,
        env: { ...plainGitEnvironment, ...identityEnvironment(who) },
      },
    );
    if (cover) fillCover(fresh, cover);
    rmSync(target, { recursive: true, force: true });
    renameSync(fresh, target);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    rmSync(fresh, { recursive: true, force: true });
  }
  return readdirSync(target)
    .sort()
    .map((name) => join(folder, name));
}

/** @throws KnownError for what is there and is no folder, or a folder with something in it */
export function requireEmpty(folder: string): void {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory())
    throw new KnownError(`${folder}: not a folder`, "name a new folder for the patches");
  if (readdirSync(folder).length > 0)
    throw new KnownError(
      `${folder}: not empty`,
      "name a new folder, so that no old patch stays among the new ones",
    );
}

/** @throws KnownError when there is no room for one */
function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), "treewide-series-"));
  } catch (error) {
    throw new KnownError(
      `${tmpdir()}: no temporary folder can be made (${systemErrorCode(error) ?? error})`,
      "check its free space, or set TMPDIR",
    );
  }
}

/** git writes the shortlog and the diffstat; the subject and the text are ours. */
function fillCover(
  folder: string,
  { subject, text }: { readonly subject: string; readonly text: string },
): void {
  const name = readdirSync(folder).find((file) => /^0+-cover-letter\.patch$/.test(file))!;
  const path = join(folder, name);
  const letter = readFileSync(path, "utf8");
  writeFileAtomic(
    path,
    letter.replace("*** SUBJECT HERE ***", () => subject).replace("*** BLURB HERE ***", () => text),
  );
}

/** As whom git is to commit. */
export function identityEnvironment(who: Identity): Record<string, string> {
  const [, name, address] = /^(.*?)\s*<([^>]*)>$/.exec(who)!;
  return {
    GIT_COMMITTER_NAME: name!,
    GIT_COMMITTER_EMAIL: address!,
    GIT_AUTHOR_NAME: name!,
    GIT_AUTHOR_EMAIL: address!,
  };
}

async function fastImport(repository: string, input: Buffer): Promise<void> {
  await run("git", ["fast-import", "--quiet", "--done"], {
    cwd: repository,
    env: plainGitEnvironment,
    input: Buffer.concat([input, Buffer.from("done\n")]),
  });
}

function stream(commits: readonly Commit[], who: Identity, ref: string, base: string): Buffer {
  return Buffer.concat(
    commits.map((commit, i) => commitStream(commit, who, ref, i === 0 ? base : undefined)),
  );
}

/** One commit in the language of git-fast-import(1). All files of a series are plain ones (mode 100644). */
function commitStream(
  { title, body, change }: Commit,
  who: Identity,
  ref: string,
  from: string | undefined,
): Buffer {
  const message = Buffer.from(body === "" ? `${title}\n` : `${title}\n\n${body}\n`, "utf8");
  const now = `${Math.floor(Date.now() / 1000)} +0000`;
  const pieces = [
    Buffer.from(`commit ${ref}\nauthor ${who} ${now}\ncommitter ${who} ${now}\ndata ${message.length}\n`),
    message,
    Buffer.from(from === undefined ? "\n" : `\nfrom ${from}\n`),
  ];
  for (const [path, text] of change) {
    const content = Buffer.from(text, "latin1");
    pieces.push(Buffer.from(`M 100644 inline ${path}\ndata ${content.length}\n`), content, Buffer.from("\n"));
  }
  return Buffer.concat(pieces);
}
