/** The threads of an audit: started together, told together to go on when all files are read, ended together. */
import { setFlagsFromString } from "node:v8";
import type { Worker } from "node:worker_threads";
import { startWorker } from "../base/worker.js";
import type { Outreaching, WorkerReport, WorkerTask } from "./worker-protocol.js";

/**
 * V8's optimizing compiler took a third of an audit's CPU: each thread has code of its own, and much of it is warm for
 * some seconds only. So what is not hot stays with the baseline compiler, and less is inlined. (Defaults of Node 20:
 * 67584 and 920; bench/audit.ts was a quarter slower with them.)
 */
const v8Flags = ["--sparkplug", "--interrupt-budget=400000", "--max-inlined-bytecode-size-cumulative=200"];

/**
 * Runs a task on threads until each has ended.
 * @param onReport is told what each thread reports
 * @param onStarted is called once, while the threads read
 * @param onIndexed is called once, between reading and executing
 * @throws the signal's reason; what a thread died of
 */
export async function runWorkers(
  task: Omit<WorkerTask, "thread">,
  onReport: (report: WorkerReport) => void,
  onStarted: () => Outreaching,
  onIndexed: () => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  v8Flags.forEach(setFlagsFromString);
  const workers = Array.from({ length: task.threads }, (_, thread) =>
    startWorker("./audit-worker", import.meta.url, { ...task, thread } satisfies WorkerTask),
  );
  let indexed = 0;
  let outreaching: Outreaching | undefined;
  const receive = (report: WorkerReport) => {
    onReport(report);
    if (report.kind !== "indexed" || ++indexed < workers.length) return;
    onIndexed();
    for (const worker of workers) worker.postMessage(outreaching);
  };
  const stop = new Promise<never>((_, reject) => {
    const abort = () => reject(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
  });
  try {
    outreaching = onStarted(); // before any report is received: those wait for their turn
    await Promise.race([stop, Promise.all(workers.map((worker) => ended(worker, receive)))]);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function ended(worker: Worker, receive: (report: WorkerReport) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on("message", (report: WorkerReport) => {
      try {
        receive(report);
      } catch (error) {
        reject(error);
      }
    });
    worker.on("error", reject);
    worker.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`a thread ended with ${code}`))));
  });
}
