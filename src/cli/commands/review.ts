/** treewide review: judge a posted series, patch by patch. */
import { type Command, Option } from "commander";
import { positive } from "../arguments.js";
import { outputFile, requireOutput, writeResult } from "../output.js";

export function register(program: Command): void {
  program
    .command("review")
    .argument("<series>", "an mbox, a Maildir, a folder of patches, a range A..B of TREE, or - for stdin")
    .argument("[tree]", "the kernel tree (default: the current directory)", ".")
    .description(
      "judge a series patch by patch: what each introduces and removes, what it claims, what it misses",
    )
    .addOption(
      new Option("--format <format>", "how to print the review; json is treewide.review/1")
        .choices(["table", "json"])
        .default("table"),
    )
    .addOption(
      new Option(
        "--reply",
        "print drafts of review mails (mboxrd) instead: quoted hunks, In-Reply-To, recipients",
      ).conflicts("format"),
    )
    .option("-o, --output <file>", "write to a file, whole or not at all; - is stdout")
    .option("--jobs <n>", "threads, default one a processor", positive)
    .option("--no-cache", "use and leave nothing in the cache")
    .addHelpText(
      "after",
      `
Patches are applied in memory, in the order of their n/m; replies and cover letters are sorted out. After each
patch the drivers that it can reach are audited again: after a patch to the core, the core itself is executed and
compared with the one before. A tree is sound at a patch when it has no hazard that it had not before the series.

Exit status: 0 nothing found; 1 a patch does not apply, is not sound, cannot be decided, claims what is not so, or a
  driver was missed; 2 wrong usage; 3 the series or the tree cannot be used; 130 interrupted.

Examples:
  treewide review series.mbox ~/linux
  treewide review v7.2..my-branch ~/linux --format json
  b4 am -o- <message-id> | treewide review - ~/linux --reply > drafts.mbox`,
    )
    .action(action);
}

interface Options {
  readonly format: "table" | "json";
  readonly reply?: boolean;
  readonly output?: string;
  readonly jobs?: number;
  readonly cache: boolean;
}

async function action(series: string, tree: string, options: Options): Promise<void> {
  requireOutput(options.output);
  const { parseRange, readPosting, readRange } = await import("../../series/posting.js");
  const { reviewSeries } = await import("../../series/review.js");
  const { terminalProgress, writeExact } = await import("../terminal.js");
  const range = parseRange(series);
  const [posting, spec] = range
    ? [
        readRange(tree, range.from, range.to),
        { kind: "revision", repository: tree, revision: range.from } as const,
      ]
    : [readPosting(series === "-" ? await readStdin() : series), { kind: "folder", path: tree } as const];
  const { interruptible } = await import("../interrupt.js");
  const progress = terminalProgress();
  const review = await interruptible((signal) =>
    reviewSeries(posting, spec, {
      progress: progress.listen,
      signal,
      cache: options.cache,
      ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
    }),
  ).finally(progress.clear);
  const output = await render();
  if (outputFile(options.output) === undefined) writeExact(output);
  else writeResult(output, options.output);
  const clean =
    review.missed.length === 0 &&
    review.patches.every((p) => p.sound === true && p.claims.every(({ holds }) => holds));
  process.exitCode = clean ? 0 : 1;

  async function render(): Promise<string | Buffer> {
    if (options.reply) return (await import("../../report/review-reply.js")).reviewReply(review, posting);
    if (options.format === "json") return `${JSON.stringify(review, undefined, 2)}\n`;
    return (await import("../../report/review.js")).reviewTable(review);
  }
}

async function readStdin(): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
