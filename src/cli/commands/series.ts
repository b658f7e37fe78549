/** treewide series: write the series. */
import { type Command, Option } from "commander";
import { printableLines } from "../../base/printable.js";
import { positive } from "../arguments.js";

export function register(program: Command): void {
  program
    .command("series")
    .argument("[tree]", "the kernel tree (default: the current directory)", ".")
    .description(
      "write the series that makes every driver's ownership of its IRQ vectors explicit, with proof",
    )
    .option("--output <folder>", "write `git format-patch` files and a cover letter there")
    .option(
      "--branch <name>",
      "commit to a new branch of the tree's repository, or of one made for it in the cache",
    )
    .option("--plan", "print the stages: who takes what, and what must have landed before")
    .addOption(
      new Option(
        "--stage <n>",
        "only what lands in this stage; stage 2 is one folder for each subsystem",
      ).choices(["1", "2", "3"]),
    )
    .addOption(
      new Option("--group <what>", "one patch for each").choices(["driver", "subsystem"]).default("driver"),
    )
    .addOption(
      new Option(
        "--hybrid <owner>",
        "drivers that free their vectors, too: managed converts also those who do so on every path, explicit leaves those who do so on some to you and says where frees are missing (default: convert the latter, keep the former)",
      ).choices(["managed", "explicit"]),
    )
    .option(
      "--checked <list>",
      'drivers that hold the core change up and that you found to be fine: lines of "FILE: REASON"',
    )
    .option("--archive <name>", "name earlier attempts in the cover letter, from this mail archive")
    .option("--signed-off-by <person>", 'add "Signed-off-by: NAME <ADDRESS>" to every patch')
    .option("--jobs <n>", "threads, default one a processor", positive)
    .option("--no-cache", "use and leave nothing in the cache")
    .addHelpText(
      "after",
      `
The first patch adds pcim_alloc_irq_vectors(), the last one ends the side effect of pcim_enable_device(). After each
patch the audit runs again on all that the patch can reach; a patch that would bring a hazard is not made, and the
driver is listed with the reason. What relies on the side effect and cannot be converted, or cannot be decided, holds
the last patch up until it is converted by hand or named in a --checked list; the reasons go into the cover letter.
The tree is never changed. With --branch, a git tree must have no uncommitted changes, and its other branches stay.

Exit status: 0 the series is whole, 1 it lacks the last patch, because drivers are left for a person, 2 wrong usage, 3 the tree cannot be used.

Examples:
  treewide series ~/linux --plan
  treewide series ~/linux --output outgoing --signed-off-by "A U Thor <author@example.org>"
  treewide series ~/linux --branch irq-vectors --checked decisions.txt
  treewide series ~/linux --stage 1 --output stage1`,
    )
    .action(action);
}

interface Options {
  readonly output?: string;
  readonly branch?: string;
  readonly plan?: boolean;
  readonly stage?: string;
  readonly group: "driver" | "subsystem";
  readonly hybrid?: "managed" | "explicit";
  readonly signedOffBy?: string;
  readonly checked?: string;
  readonly archive?: string;
  readonly jobs?: number;
  readonly cache: boolean;
}

async function action(folder: string, options: Options): Promise<void> {
  const { UsageError } = await import("../../base/errors.js");
  if (!options.output && !options.branch && !options.plan)
    throw new UsageError("nothing to do", "give --output FOLDER, --branch NAME or --plan");
  if (options.signedOffBy !== undefined && !/^\S.* <\S+@\S+>$/.test(options.signedOffBy))
    throw new UsageError(`--signed-off-by ${options.signedOffBy}: no person`, 'write it as "Name <address>"');
  const { writeSeries } = await import("../../series/write.js");
  const { terminalProgress } = await import("../terminal.js");
  const { interruptible } = await import("../interrupt.js");
  const previous = options.archive === undefined ? [] : await earlierAttempts(options.archive);
  const progress = terminalProgress();
  const done = await interruptible((signal) =>
    writeSeries(folder, {
      output: options.output,
      branch: options.branch,
      plan: options.plan ?? false,
      stage: options.stage === undefined ? undefined : Number(options.stage),
      group: options.group,
      signedOffBy: options.signedOffBy,
      checked: options.checked,
      previous,
      cache: options.cache,
      progress: progress.listen,
      signal,
      ...(options.hybrid && { hybrid: options.hybrid }),
      ...(options.jobs && { jobs: options.jobs }),
    }),
  ).finally(progress.clear);
  process.stdout.write(printableLines(done.text));
  process.exitCode = done.left > 0 ? 1 : 0;
}

/** Earlier efforts at a managed allocation in a mail archive: lines for the cover letter. */
async function earlierAttempts(name: string): Promise<readonly string[]> {
  const { openArchives } = await import("../../archive/open.js");
  const { priorEfforts } = await import("../../archive/prior.js");
  const efforts = openArchives(name).flatMap((archive) =>
    priorEfforts(archive, { symbols: ["pcim_alloc_irq_vectors"], files: [] }, undefined),
  );
  return efforts.flatMap(({ title, authors, first, last, versions }) => [
    `${title}`,
    `  ${authors.join(", ")}; ${first.slice(0, 10)} to ${last.slice(0, 10)}, ${versions.length} version${versions.length === 1 ? "" : "s"}`,
    `  https://lore.kernel.org/all/${versions.at(-1)!.messageId}/`,
  ]);
}
