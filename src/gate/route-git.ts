/** What git knows for routing: the patches of a range, and who signed a commit. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KnownError } from "../base/errors.js";
import { formatPatches, git } from "../kernel/git.js";
import { formatPerson, type Person, parsePerson } from "../kernel/maintainers-people.js";
import { readMbox } from "../mail/mbox.js";
import { parseRange } from "../series/posting.js";
import { type PatchFacts, parsePatch } from "./route-patch.js";

/**
 * Trailers of people responsible for a commit or familiar with it (get_maintainer.pl, @signature_tags).
 */
const SIGNATURE = /^[ \t]*(?:Signed-off-by|Reviewed-by|Acked-by):\s*(.+@.*)$/;
/** `--git-max-maintainers`'s default. */
const MOST_SIGNERS = 5;

/**
 * The commits of a range, oldest first, without merges; a single revision is itself alone.
 * @throws KnownError when git does not know the range, it is empty, or it is "A...B".
 */
export function commitsOf(repository: string, range: string): string[] {
  parseRange(range); // refuses "A...B": git takes commits of both sides, and would mail those of others
  const spec = range.includes("..") ? range : `${range}^!`;
  const args = ["rev-list", "--reverse", "--no-merges", "--end-of-options", spec, "--"];
  const { status, stdout, stderr } = git(repository, args, { accept: "any" });
  const commits = stdout.toString().split("\n").filter(Boolean);
  if (status === 0 && commits.length > 0) return commits;
  if (status === 0)
    throw new KnownError(`${range}: holds no commit`, "a range is BASE..TIP, the older one first");
  const why = stderr.toString().split("\n")[0];
  throw new KnownError(`${range}: neither a file nor a range of commits: ${why}`, "a range is BASE..TIP");
}

/** Reads one commit as a patch. */
export function readCommit(repository: string, commit: string): PatchFacts {
  const [mail] = readMbox(formatPatches(repository, ["--find-renames", "-1", commit]));
  return parsePatch(mail?.raw.toString("utf8") ?? "", commit.slice(0, 12));
}

/** The addresses of commits' authors, in the order of the commits. */
export function authorsOf(repository: string, commits: readonly string[]): string[] {
  const args = ["show", "--no-patch", "--format=%ae", "--end-of-options", ...commits];
  return git(repository, args).stdout.toString("utf8").trimEnd().split("\n");
}

/** Who asked not to be mailed for their old commits: .get_maintainer.ignore of the tree. */
function ignoredIn(tree: string): ReadonlySet<string> {
  const path = join(tree, ".get_maintainer.ignore");
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  return new Set(lines.map((line) => line.replace(/#.*$/, "").trim()).filter(Boolean));
}

/**
 * Who signed the given commits: at most five for each, those with most signatures first; the author of the tree, who
 * signs every pull, is left out (get_maintainer.pl, vcs_add_commit_signers). Commits that the repository does not
 * have are skipped, as there.
 */
export function signersOf(repository: string, commits: readonly string[]): Person[] {
  const all: Person[] = [];
  const ignored = ignoredIn(repository);
  for (const commit of commits) {
    const args = ["log", "-1", "--no-color", "--format=%b", commit, "--"];
    const { stdout, status } = git(repository, args, { accept: "any" });
    if (status !== 0) continue;
    const signers = new Map<string, Person>();
    for (const line of stdout.toString("utf8").split("\n")) {
      const person = parsePerson(SIGNATURE.exec(line)?.[1] ?? "");
      if (person && !/^Linus Torvalds$/i.test(person.name) && !ignored.has(formatPerson(person)))
        signers.set(person.address.toLowerCase(), person);
    }
    all.push(...[...signers.values()].slice(0, MOST_SIGNERS));
  }
  return all;
}
