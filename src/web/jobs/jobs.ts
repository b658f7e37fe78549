/**
 * Long work that pages and scripts start: one at a time, in threads of its own, known by an id. A job belongs to the
 * server, not to the page that started it: a closed tab changes nothing.
 */
import { EventEmitter } from "node:events";
import { KnownError } from "../../base/errors.js";
import { printableLines } from "../../base/printable.js";
import type { Progress } from "../../base/progress.js";
import { startWorker } from "../../base/worker.js";
import type { JobMessage } from "./job-worker.js";
import type { Outcomes, Task } from "./tasks.js";

export type JobState = "waiting" | "running" | "done" | "failed" | "stopped";

/** A job as pages and the API show it. */
export interface JobView {
  readonly id: string;
  readonly kind: Task["kind"];
  readonly title: string;
  readonly state: JobState;
  readonly progress: { readonly task: string; readonly done: number; readonly total: number | null } | null;
  /** Times as ISO 8601, UTC. */
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly error: string | null;
  /** Where its result is shown. */
  readonly href: string;
}

export interface JobRequest<K extends Task["kind"] = Task["kind"]> {
  readonly task: Extract<Task, { kind: K }>;
  readonly title: string;
  readonly href: string;
  /** Takes the result, before the job counts as done. */
  readonly take: (outcome: Outcomes[K]) => void;
}

interface Job {
  readonly request: JobRequest;
  view: JobView;
  worker?: ReturnType<typeof startWorker>;
}

/** Waiting jobs beyond this are refused: each costs minutes of all processors. */
const maxWaiting = 8;
/** Ended jobs that are remembered. */
const maxEnded = 50;
const bug = "this is a bug; the server's log has the details";
/**
 * Milliseconds that a stopped job has to clean up. Long, for a program that it waits for cannot be interrupted, and a
 * thread that is cut off leaves its locks and scratch folders behind.
 */
const grace = 60_000;

export class Jobs {
  private readonly jobs = new Map<string, Job>();
  private readonly events = new EventEmitter().setMaxListeners(0);
  private count = 0;
  /** Threads of stopped jobs that have not ended yet. */
  private readonly leaving = new Set<ReturnType<typeof startWorker>>();

  /** Newest first. */
  list(): readonly JobView[] {
    return [...this.jobs.values()].map(({ view }) => view).reverse();
  }

  get(id: string): JobView | undefined {
    return this.jobs.get(id)?.view;
  }

  /** @throws KnownError when too many wait already. */
  start<K extends Task["kind"]>(request: JobRequest<K>): JobView {
    if (this.inState("waiting").length >= maxWaiting)
      throw new KnownError(`${maxWaiting} jobs wait already`, "stop one, or wait for one to end");
    const id = String(++this.count);
    const view: JobView = {
      id,
      kind: request.task.kind,
      title: request.title,
      state: "waiting",
      progress: null,
      createdAt: new Date().toISOString(),
      startedAt: null,
      endedAt: null,
      error: null,
      href: request.href,
    };
    this.jobs.set(id, { request: request as unknown as JobRequest, view });
    this.next();
    return this.get(id)!;
  }

  /** Ends a waiting or running job; any other stays as it is. */
  stop(id: string): void {
    const job = this.jobs.get(id);
    if (!job || !["waiting", "running"].includes(job.view.state)) return;
    const { worker } = job;
    if (worker) this.leave(worker);
    this.end(job, "stopped", null);
  }

  /** The next job waits until the thread has ended: it may use the same files. */
  private leave(worker: ReturnType<typeof startWorker>): void {
    this.leaving.add(worker);
    const cut = setTimeout(() => worker.terminate(), grace).unref();
    worker.once("exit", () => {
      clearTimeout(cut);
      this.leaving.delete(worker);
      this.next();
    });
    worker.postMessage("stop");
  }

  /** Calls back with the job's view whenever it changes. @returns what ends that */
  watch(id: string, listener: (view: JobView) => void): () => void {
    this.events.on(id, listener);
    return () => this.events.off(id, listener);
  }

  /** Resolves when a job has ended, however. */
  ended(id: string): Promise<JobView> {
    return new Promise((resolve) => {
      const look = (view: JobView) => {
        if (view.endedAt === null) return;
        unwatch();
        resolve(view);
      };
      const unwatch = this.watch(id, look);
      look(this.get(id)!);
    });
  }

  close(): void {
    for (const { id } of [...this.inState("waiting"), ...this.inState("running")]) this.stop(id);
    for (const worker of this.leaving) worker.terminate();
  }

  private inState(state: JobState): JobView[] {
    return [...this.jobs.values()].map(({ view }) => view).filter((view) => view.state === state);
  }

  private next(): void {
    if (this.inState("running").length > 0 || this.leaving.size > 0) return;
    const job = [...this.jobs.values()].find(({ view }) => view.state === "waiting");
    if (job) this.run(job);
  }

  private run(job: Job): void {
    this.change(job, { state: "running", startedAt: new Date().toISOString() });
    const worker = startWorker("./job-worker", import.meta.url, job.request.task);
    job.worker = worker;
    worker.on("message", (message: JobMessage) => this.receive(job, message));
    worker.on("error", (error) => this.end(job, "failed", String(error)));
    worker.on("exit", () => this.end(job, "failed", "its thread ended early"));
  }

  private receive(job: Job, message: JobMessage): void {
    if (job.view.state !== "running") return;
    switch (message.kind) {
      case "progress":
        return this.change(job, { progress: shown(message.progress) });
      case "failed":
        if (!message.known) log(job, message.why);
        return this.end(job, "failed", message.known ? message.why : bug);
      case "done":
        return this.take(job, message.outcome);
    }
  }

  /** A result that cannot be taken (its tree is gone meanwhile) is the job's failure, never the server's. */
  private take(job: Job, outcome: Outcomes[Task["kind"]]): void {
    try {
      job.request.take(outcome as never);
    } catch (error) {
      if (!(error instanceof KnownError)) log(job, `${error}`);
      return this.end(job, "failed", error instanceof KnownError ? error.message : bug);
    }
    this.end(job, "done", null);
  }

  /** Only the first end of a job counts. */
  private end(job: Job, state: JobState, error: string | null): void {
    if (job.view.endedAt !== null) return;
    delete job.worker;
    this.change(job, { state, error, endedAt: new Date().toISOString() });
    const ended = [...this.jobs.values()].filter(({ view }) => view.endedAt !== null);
    for (const { view } of ended.slice(0, Math.max(0, ended.length - maxEnded))) this.jobs.delete(view.id);
    this.next();
  }

  private change(job: Job, change: Partial<JobView>): void {
    job.view = { ...job.view, ...change };
    this.events.emit(job.view.id, job.view);
  }
}

function shown({ task, done, total }: Progress): JobView["progress"] {
  return { task, done, total: total ?? null };
}

/** A bug, for who runs the server. A job is called after a series that anybody may have mailed. */
function log(job: Job, why: string): void {
  process.stderr.write(`${printableLines(`treewide: ${job.view.title}: ${why}`)}\n`);
}
