/** One machine that does the jobs of a queue: fetches their commits, compiles, answers. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Job, WaitingError, Worker } from "bullmq";
import { KnownError } from "../../base/errors.js";
import { cacheFolder, makeFolder } from "../../base/files.js";
import { run } from "../../base/process.js";
import type { ProgressListener } from "../../base/progress.js";
import { git, gitEnvironment } from "../../kernel/git.js";
import { compilable } from "../check/architecture.js";
import { type BuildJob, type JobResult, validJob } from "../check/job.js";
import { Workshop } from "../check/workshop.js";
import { compilerVersion } from "./embedded.js";
import { another, connect, queueName } from "./redis.js";

export interface WorkerOptions {
  readonly url: string;
  /** make's -j. */
  readonly jobs?: number;
  /** Seconds without a sign of life after which others take the job over. */
  readonly lease: number;
  readonly signal: AbortSignal;
  readonly onProgress?: ProgressListener;
  /** One line for each job. */
  readonly onJob?: (text: string) => void;
}

/** Deaths of its workers that a job survives; beyond, it is the job that kills them. */
const DEATHS = 5;

/**
 * Takes jobs for all architectures that this machine can compile for, one at a time, until it is told to stop.
 * A job in hand then goes back to the queue.
 * @throws KnownError when there is no queue or no compiler.
 */
export async function work(options: WorkerOptions): Promise<void> {
  const architectures = compilable();
  if (architectures.length === 0)
    throw new KnownError("no compiler is installed here", "`make check-deps` installs them on Debian");
  const connection = await connect(options.url);
  const desk = new Desk(options);
  const connections = architectures.map(() => another(connection));
  const workers = await Promise.all(
    architectures.map(
      async ({ name }, at) =>
        new Worker<BuildJob, JobResult>(queueName(name), (job, token) => desk.take(job, token ?? ""), {
          connection: connections[at]!,
          name: (await compilerVersion(name)).replace(/[^\w.+-]+/g, "_"),
          lockDuration: options.lease * 1000,
          stalledInterval: options.lease * 500,
          maxStalledCount: DEATHS,
          autorun: false,
        }),
    ),
  );
  for (const worker of workers) worker.on("error", () => {}); // the connection tries again by itself
  desk.workers.push(...workers);
  options.onJob?.(`taking jobs for ${architectures.map(({ name }) => name).join(", ")}`);
  const running = workers.map((worker) => worker.run());
  await new Promise<void>((resolve) => {
    options.signal.addEventListener("abort", () => resolve(), { once: true });
    if (options.signal.aborted) resolve();
  });
  await Promise.all(workers.map((worker) => worker.close()));
  await Promise.allSettled(running);
  for (const each of [connection, ...connections]) each.disconnect(); // BullMQ closes only what it opened
}

/** Where the jobs of all architectures end up: make has the processors for one only. */
class Desk {
  readonly workers: Worker<BuildJob, JobResult>[] = [];
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: WorkerOptions) {}

  /** While a job is done the other queues are left to other machines; one that came at the same moment waits. */
  async take(job: Job<BuildJob, JobResult>, token: string): Promise<JobResult> {
    const others = this.workers.filter((worker) => worker.name !== job.queueName);
    const before = this.last;
    const turn = before.then(() => this.do(job, token));
    this.last = turn.catch(() => {});
    await Promise.all(others.map((worker) => worker.pause(true)));
    try {
      return await turn;
    } finally {
      if (!this.options.signal.aborted) for (const worker of others) worker.resume();
    }
  }

  private async do(job: Job<BuildJob, JobResult>, token: string): Promise<JobResult> {
    const { onJob, signal, onProgress, jobs } = this.options;
    const data = validJob(job.data);
    const what = `${data.commit.slice(0, 12)} ${data.configuration.architecture} ${data.targets.length + data.probes.length} objects`;
    try {
      signal.throwIfAborted();
      const home = cacheFolder(
        "worker",
        createHash("sha256").update(data.repository).digest("hex").slice(0, 16),
      );
      const repository = join(home, "git");
      const options = { signal, ...(jobs && { jobs }), ...(onProgress && { onProgress }) };
      const workshop = new Workshop(repository, home);
      const leave = await workshop.open(options);
      try {
        await fetchCommit(repository, data, signal);
        const result = await workshop.build(data, options);
        onJob?.(`${what}: ${result.unable ?? "done"}`);
        return result;
      } finally {
        leave();
      }
    } catch (error) {
      if (!signal.aborted) {
        onJob?.(`${what}: ${error instanceof Error ? error.message : error}`);
        throw error;
      }
      onJob?.(`${what}: given back`);
      await job.moveToWait(token);
      throw new WaitingError();
    }
  }
}

/** Gets one commit without its history; what is there of others need not come again. */
async function fetchCommit(repository: string, { repository: from, commit }: BuildJob, signal: AbortSignal) {
  makeFolder(repository);
  if (!existsSync(join(repository, "HEAD"))) git(repository, ["init", "-q", "--bare", "."]);
  if (git(repository, ["cat-file", "-e", `${commit}^{commit}`], { accept: "any" }).status === 0) return;
  await run(
    "git",
    ["fetch", "--quiet", "--no-tags", "--depth=1", "--", from, `+${commit}:refs/treewide/${commit}`],
    { cwd: repository, env: gitEnvironment, signal },
  );
}
