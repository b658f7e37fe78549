/** The threads of an audit: started together, told together to go on when all files are read, ended together. */
import { setFlagsFromString } from "node:v8";
import type { Worker } from "node:worker_threads";
import { startWorker } from "../base/worker.js";
import type { TreeSpec } from "../kernel/tree.js";
import type { Outreaching, WorkerReport, WorkerStart, WorkerTask } from "./worker-protocol.js";

/**
 * V8's optimizing compiler took a third of an audit's CPU: each thread has code of its own, and much of it is warm for
 * some seconds only. So what is not hot stays with the baseline compiler, and less is inlined. (Defaults of Node 20:
 * 67584 and 920; bench/audit.ts was a quarter slower with them.)
 */
const v8Flags = ["--sparkplug", "--interrupt-budget=400000", "--max-inlined-bytecode-size-cumulative=200"];

/** What the thread that starts the others does, and when. Each step is called once. */
export interface Steps {
  /** While the threads start: says what is to be done. */
  plan(): WorkerTask;
  /** While they read: says what they need to go on. */
  prepare(): Outreaching;
  /** When all files are read. */
  indexed(): void;
  /** For each report of a thread. */
  receive(report: WorkerReport): void;
}

/**
 * Runs threads on a tree until each has done its part.
 * @param threads a positive integer: with none nothing would be found, and that would look like a result
 * @throws RangeError for another number; the signal's reason; what a thread died of; what a step throws
 */
export async function runWorkers(
  spec: TreeSpec,
  threads: number,
  steps: Steps,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!Number.isInteger(threads) || threads < 1) throw new RangeError(`${threads}: no number of threads`);
  v8Flags.forEach(setFlagsFromString);
  const workers = Array.from({ length: threads }, (_, thread) =>
    startWorker("./audit-worker", import.meta.url, { spec, thread, threads } satisfies WorkerStart),
  );
  const tell = (message: WorkerTask | Outreaching) => {
    for (const worker of workers) worker.postMessage(message);
  };
  let outreaching: Outreaching;
  let reading = threads;
  const receive = (report: WorkerReport) => {
    steps.receive(report);
    if (report.kind !== "indexed" || --reading > 0) return;
    steps.indexed();
    tell(outreaching);
  };
  const stopped = new Promise<never>((_, reject) => {
    const abort = () => reject(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
  });
  try {
    // No report is received before both are done: those wait for their turn.
    tell(steps.plan());
    outreaching = steps.prepare();
    await Promise.race([stopped, Promise.all(workers.map((worker) => done(worker, receive)))]);
  } catch (error) {
    await Promise.all(workers.map((worker) => worker.terminate()));
    throw error;
  }
}

/** Resolves when a thread has made its last report. It then ends by itself, which takes a while: its memory is large. */
function done(worker: Worker, receive: (report: WorkerReport) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on("message", (report: WorkerReport) => {
      try {
        receive(report);
      } catch (error) {
        reject(error);
      }
      if (report.kind === "audited") resolve();
    });
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`a thread ended with ${code}`)));
  });
}
