/** Worker threads that run from compiled JavaScript and, in tests and scripts, from TypeScript. */
import { Worker } from "node:worker_threads";

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
