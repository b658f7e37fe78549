/** Makes pages of searches in several threads: the one that answers readers waits for none, and a long one holds up few. */
import { availableParallelism } from "node:os";
import { KnownError, UsageError } from "../../base/errors.js";
import { startWorker } from "../../base/worker.js";
import type { PageMaker, SearchRequest } from "./made-pages.js";
import type { PageJob, PageMade } from "./page-worker.js";

type Task = { readonly request: SearchRequest } | { readonly prepare: string };

interface Waiting {
  readonly task: Task;
  readonly done: (page: Uint8Array) => void;
  readonly failed: (error: Error) => void;
}

interface Thread {
  readonly worker: ReturnType<typeof startWorker>;
  /** What it has been given, by number. */
  readonly given: Map<number, Waiting>;
  /** The archives that it has not got ready for searches. */
  readonly unprepared: string[];
  /** It has answered before. */
  works: boolean;
}

/** More threads than this answer more readers than one thread can talk to. */
const maxThreads = 8;
/** Jobs that a thread has at once: the next one is there when one ends. */
const ahead = 6;

export class PageThreads implements PageMaker {
  private readonly threads = new Set<Thread>();
  private readonly queue: Waiting[] = [];
  private count = 0;
  private closed = false;

  /** @param archives those that threads with nothing to do get ready for searches, one after the other */
  constructor(
    private readonly archives: readonly string[],
    count = Math.min(availableParallelism(), maxThreads),
  ) {
    for (let i = 0; i < count; i++) this.start();
    this.hand();
  }

  make(request: SearchRequest): Promise<Uint8Array> {
    return new Promise((done, failed) => {
      this.queue.push({ task: { request }, done, failed });
      this.hand();
    });
  }

  close(): void {
    this.closed = true;
    for (const { worker } of this.threads) void worker.terminate();
  }

  private start(): void {
    const thread: Thread = {
      worker: startWorker("./page-worker", import.meta.url, undefined),
      given: new Map(),
      unprepared: [...this.archives],
      works: false,
    };
    this.threads.add(thread);
    thread.worker.unref(); // who waits for its pages is a server; a program that could not become one ends
    thread.worker.on("message", (made: PageMade) => {
      const waiting = thread.given.get(made.number)!;
      thread.given.delete(made.number);
      thread.works = true;
      if (made.failed) waiting.failed(errorOf(made.failed));
      else if (made.page) waiting.done(made.page);
      this.hand();
    });
    // A thread that is lost (out of memory) loses what it was given. Another takes its place, unless none can work.
    thread.worker.once("error", (error) => {
      this.threads.delete(thread);
      for (const waiting of thread.given.values()) waiting.failed(error as Error);
      if (!this.closed && thread.works) this.start();
      this.hand();
    });
  }

  /** Gives what waits to whoever has least to do. */
  private hand(): void {
    for (let next = this.queue[0]; next; next = this.queue[0]) {
      if (this.threads.size === 0) {
        this.queue.shift();
        next.failed(new Error("no thread is left to make pages"));
        continue;
      }
      const thread = [...this.threads].reduce((a, b) => (b.given.size < a.given.size ? b : a));
      if (thread.given.size >= ahead) return;
      this.queue.shift();
      this.give(thread, next);
    }
    for (const thread of this.threads) {
      const prepare = thread.given.size === 0 ? thread.unprepared.shift() : undefined;
      if (prepare !== undefined) this.give(thread, { task: { prepare }, done: () => {}, failed: () => {} });
    }
  }

  private give(thread: Thread, waiting: Waiting): void {
    const number = ++this.count;
    thread.given.set(number, waiting);
    thread.worker.postMessage({ number, ...waiting.task } satisfies PageJob);
  }
}

function errorOf({ kind, message }: NonNullable<PageMade["failed"]>): Error {
  if (kind === "usage") return new UsageError(message);
  return kind === "known" ? new KnownError(message) : new Error(message);
}
