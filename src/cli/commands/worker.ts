import { type Command, InvalidArgumentError } from "commander";

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
    .option("-j, --jobs <n>", "make's -j (default: as many as there are processors)", positive)
    .option(
      "--lease <seconds>",
      "without a sign of life for so long, others take over the job in hand",
      positive,
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

function positive(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("a whole number from 1 on is needed");
  return Number(text);
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
        process.stderr.write(`${new Date().toISOString()} ${text}\n`);
      },
    }),
  );
}
