/** Worker threads that run from compiled JavaScript and, in tests and scripts, from TypeScript. */
import { parentPort, Worker, workerData } from "node:worker_threads";

/**
 * Starts a module as a worker.
 * @param module the path without its ending, relative to `from`: `"./index-worker"`.
 * @param from the caller's `import.meta.url`; its ending tells whether the program is compiled.
 */
export function startWorker(module: string, from: string, data: unknown): Worker {
  if (!from.endsWith(".ts")) return new Worker(new URL(`${module}.js`, from), { workerData: data });
  // tsx does not reach into workers by itself (https://tsx.is/dev-api/register-esm).
  const boot = `import("tsx/esm/api").then(({ register }) => (register(), import(${JSON.stringify(new URL(`${module}.ts`, from).href)})))`;
  return new Worker(boot, { eval: true, workerData: data });
}

/** The other side of `startWorker`, seen from inside the worker. */
export interface ThisWorker<Data, Sent> {
  readonly data: Data;
  /** @param moved memory that goes to the other side instead of being copied */
  post(message: Sent, moved?: readonly ArrayBuffer[]): void;
  /** Calls back for each message from the thread that started us. */
  listen(listener: (message: unknown) => void): void;
  /** Stops listening, so that the thread can end. */
  close(): void;
}

/** What a module that runs as a worker was started with. */
export function thisWorker<Data, Sent>(): ThisWorker<Data, Sent> {
  return {
    data: workerData as Data,
    post: (message, moved = []) => parentPort!.postMessage(message, moved as ArrayBuffer[]),
    listen: (listener) => parentPort!.on("message", listener),
    close: () => parentPort!.close(),
  };
}
