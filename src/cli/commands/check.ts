import { existsSync } from "node:fs";
import type { Command } from "commander";
import { ExitCode, UsageError } from "../../base/errors.js";
import { whole } from "../arguments.js";

interface Options {
  readonly tree: string;
  readonly base?: string;
  readonly jobs?: number;
  readonly includers: number;
  readonly json: boolean;
  readonly cache: boolean;
  readonly queue?: string;
  readonly remote?: string;
}

export function register(program: Command): void {
  program
    .command("check")
    .description("Compile every commit of a series with W=1 and run the tree's own checkers on it")
    .argument(
      "[what]",
      "commits, as BASE..TIP, one commit, or an mbox, a Maildir or a folder of patches",
      "HEAD",
    )
    .option("--tree <dir>", "the repository, or for patches the tree that they apply to", ".")
    .option("--base <rev>", "the commit that patches apply to (default: HEAD)")
    .option("-j, --jobs <n>", "make's -j (default: as many as there are processors)", whole(1))
    .option("--includers <n>", "C files that stand for all that include a header", whole(0), 20)
    .option("--queue <url>", "let `treewide worker`s compile: a Redis or Valkey, redis://HOST:PORT")
    .option(
      "--remote <url>",
      "with --queue: where workers fetch the commits (default: the repository's path)",
    )
    .option("--json", "print JSON (treewide.check/1)", false)
    .option("--no-cache", "compile everything again")
    .addHelpText(
      "after",
      `
For each commit: the objects that it touches and some of those that include what it touches, compiled as x86_64
allmodconfig or, where that does not build a file, for the architecture or with the symbols that its Kconfig
dependencies name; headers also without the symbols that decide what they declare, such as CONFIG_PCI_MSI. Only what
the parent does not say is told. Then checkpatch --strict, kernel-doc and git diff --check. All is done in a checkout
of our own in the cache.

Exit status: 0 no faults, 1 faults, 2 wrong usage, 3 it cannot be checked, 130 interrupted.

Examples:
  treewide check v7.3..HEAD
  treewide check outgoing --tree ~/linux --json
  treewide check v7.3..HEAD --queue redis://build-host --remote git://build-host/linux`,
    )
    .action(check);
}

async function check(what: string, options: Options): Promise<void> {
  if (options.remote && !options.queue)
    throw new UsageError("--remote needs --queue URL", "without workers nobody fetches the commits");
  const { check: run } = await import("../../gate/check/check.js");
  const { checkJson, checkText, commitLine, hasFaults } = await import("../../gate/check/report.js");
  const { interruptible } = await import("../interrupt.js");
  const { loggedProgress, terminalProgress } = await import("../terminal.js");
  const { repository, commits } = await line(what, options);
  const progress = terminalProgress();
  const live = process.stderr.isTTY === true;
  try {
    const result = await interruptible((signal) =>
      run({
        repository,
        commits,
        includers: options.includers,
        cache: options.cache,
        openQueue: (workshop) => openQueue(options, workshop),
        signal,
        onProgress: live ? progress.listen : loggedProgress(),
        ...(!live && {
          onCommit: (...commit) => process.stderr.write(`${commitLine(...commit)}\n`),
        }),
        ...(options.remote && { remote: options.remote }),
      }),
    );
    progress.clear();
    const width = process.stdout.isTTY ? process.stdout.columns : undefined;
    process.stdout.write(options.json ? checkJson(result) : checkText(result, width));
    if (hasFaults(result)) process.exitCode = ExitCode.findings;
  } finally {
    progress.clear();
  }
}

/** The commits to check, and the repository that has them. */
async function line(what: string, { tree, base }: Options) {
  if (what !== "HEAD" && existsSync(what)) {
    const { commitPatches } = await import("../../gate/check/posted.js");
    return commitPatches(what, tree, base);
  }
  const { lineOf } = await import("../../gate/check/history.js");
  const { workTreeRoot } = await import("../../kernel/git.js");
  const repository = workTreeRoot(tree) ?? tree;
  return { repository, commits: lineOf(repository, what) };
}

/** What does the jobs: workers, or this process in its workshop. */
async function openQueue(
  { queue, jobs }: Options,
  workshop: import("../../gate/check/workshop.js").Workshop,
) {
  if (queue) return (await import("../../gate/queue/bull.js")).bullQueue(queue);
  const { embeddedQueue } = await import("../../gate/queue/embedded.js");
  return embeddedQueue(workshop, jobs ? { jobs } : {});
}
