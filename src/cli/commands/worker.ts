import type { Command } from "commander";
import { printableLines } from "../../base/printable.js";
import { whole } from "../arguments.js";

interface Options {
  readonly queue: string;
  readonly jobs?: number;
  readonly lease: number;
}

export function register(program: Command): void {
  program
    .command("worker")
    .description("Compile for `treewide check --queue` on other machines")
    .requiredOption("--queue <url>", "the Redis or Valkey that holds the jobs, redis://HOST:PORT")
    .option("-j, --jobs <n>", "make's -j (default: as many as there are processors)", whole(1))
    .option(
      "--lease <seconds>",
      "without a sign of life for so long, others take over the job in hand",
      whole(1),
      30,
    )
    .addHelpText(
      "after",
      `
Takes jobs for every architecture whose compiler is installed here, one at a time, until it is stopped; a job in hand
then goes back to the queue. It fetches the commits that jobs name and runs their makefiles: whoever can write to the
queue can run programs here.

Example:
  treewide worker --queue redis://build-host`,
    )
    .action(worker);
}

async function worker({ queue, jobs, lease }: Options): Promise<void> {
  const { work } = await import("../../gate/queue/worker.js");
  const { interruptible } = await import("../interrupt.js");
  const { terminalProgress } = await import("../terminal.js");
  const progress = terminalProgress();
  await interruptible((signal) =>
    work({
      url: queue,
      lease,
      signal,
      ...(jobs && { jobs }),
      onProgress: progress.listen,
      onJob: (text) => {
        progress.clear();
        process.stderr.write(`${printableLines(`${new Date().toISOString()} ${text}`)}\n`);
      },
    }),
  );
}
