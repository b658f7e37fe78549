/** Jobs done by `treewide worker`s on other machines, over Redis or Valkey. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Job, Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import { KnownError } from "../../base/errors.js";
import { architectureNamed } from "../check/architecture.js";
import type { BuildJob, JobResult } from "../check/job.js";
import type { JobQueue, RunJobs } from "./queue.js";
import { another, connect, queueName } from "./redis.js";

/** How often one job is given to somebody whose attempt at it ended with an error. */
const ATTEMPTS = 3;
/** How long jobs wait for somebody who can do them, in milliseconds; a worker that dies may be started again. */
const PATIENCE = 60_000;
/** Seconds for which a result stays when nobody fetches it. */
const KEPT = 3600;

interface Line {
  /** The events' own: they wait on it. */
  readonly connection: Redis;
  readonly queue: Queue<BuildJob, JobResult>;
  readonly events: QueueEvents;
}

/** @throws KnownError when there is no Redis at that address. */
export async function bullQueue(url: string): Promise<JobQueue> {
  return new BullQueue(await connect(url));
}

class BullQueue implements JobQueue {
  private readonly lines = new Map<string, Line>();

  constructor(private readonly connection: Redis) {}

  async run(jobs: readonly BuildJob[], { onResult, onProgress, signal }: RunJobs): Promise<void> {
    const name = randomBytes(6).toString("hex");
    let done = 0;
    const tell = () => onProgress?.({ task: "jobs done by workers", done, total: jobs.length });
    tell();
    const waiting = new Map<string, { readonly job: Job<BuildJob, JobResult>; readonly line: Line }>();
    for (const [n, data] of jobs.entries()) {
      const line = await this.line(data.configuration.architecture);
      const job = await line.queue.add("build", data, {
        jobId: `${name}-${n}`,
        attempts: ATTEMPTS,
        removeOnComplete: { age: KEPT },
        removeOnFail: { age: KEPT },
      });
      waiting.set(job.id!, { job, line });
    }
    const stop = new AbortController();
    const results = [...waiting.values()].map(async ({ job, line }) => {
      const result = await job.waitUntilFinished(line.events).catch((error: unknown) => {
        if (stop.signal.aborted) return undefined;
        throw new KnownError(
          `a job failed on ${ATTEMPTS} workers: ${error instanceof Error ? error.message : error}`,
        );
      });
      if (stop.signal.aborted || !result) return;
      waiting.delete(job.id!);
      done++;
      tell();
      onResult(job.data, result);
      await job.remove();
    });
    const interrupted = new Promise<never>((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      if (signal?.aborted) reject(signal.reason);
    });
    try {
      await Promise.race([Promise.all(results), interrupted, this.nobodyThere(waiting, stop.signal)]);
    } finally {
      stop.abort();
      for (const one of results) one.catch(() => {}); // the first error is told
      for (const { job } of waiting.values()) await job.remove().catch(() => {}); // those at work end by themselves
    }
  }

  async width(): Promise<number> {
    const { queue } = await this.line("x86_64");
    return Math.max(1, await queue.getWorkersCount());
  }

  /** Workers' names are their compilers. */
  async toolchain(architecture: string): Promise<string> {
    const { queue } = await this.line(architecture);
    const workers = await queue.getWorkers();
    return [...new Set(workers.map((one) => one.rawname?.split(":w:")[1] ?? ""))].sort().join(" ");
  }

  async close(): Promise<void> {
    for (const { queue, events, connection } of this.lines.values()) {
      await Promise.all([queue.close(), events.close()]);
      connection.disconnect(); // BullMQ closes only what it opened
    }
    this.connection.disconnect();
  }

  private async line(architecture: string): Promise<Line> {
    const known = this.lines.get(architecture);
    if (known) return known;
    const name = queueName(architecture);
    const connection = another(this.connection);
    const events = new QueueEvents(name, { connection });
    const queue = new Queue<BuildJob, JobResult>(name, { connection: this.connection });
    events.on("error", () => {}); // the connection tries again by itself
    queue.on("error", () => {});
    await events.waitUntilReady();
    const line = { queue, events, connection };
    this.lines.set(architecture, line);
    return line;
  }

  /** Fails once no worker has listened for a while to a queue in which jobs wait. */
  private async nobodyThere(
    waiting: ReadonlyMap<string, { readonly job: Job<BuildJob, JobResult> }>,
    stop: AbortSignal,
  ): Promise<never> {
    const since = new Map<string, number>();
    for (;;) {
      await sleep(1000, undefined, { signal: stop });
      for (const architecture of new Set(
        [...waiting.values()].map(({ job }) => job.data.configuration.architecture),
      )) {
        if ((await this.lines.get(architecture)!.queue.getWorkersCount()) > 0) since.delete(architecture);
        else since.set(architecture, since.get(architecture) ?? Date.now());
        if (Date.now() - (since.get(architecture) ?? Date.now()) > PATIENCE)
          throw new KnownError(
            `nobody takes jobs for ${architecture}`,
            `start \`treewide worker\` on a machine with ${architectureNamed(architecture)!.apt}`,
          );
      }
    }
  }
}
