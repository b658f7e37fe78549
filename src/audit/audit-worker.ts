/**
 * A thread of an audit. It fingerprints its share of the files; then, when all have, it finds the drivers, as every
 * other thread does (cheaper than to send what was found: it is one web of objects), and executes one after the other
 * of those that no thread has taken yet.
 */
import { parentPort, workerData } from "node:worker_threads";
import { kbuildOf } from "../kernel/kbuild.js";
import { openTree } from "../kernel/tree.js";
import type { Core } from "../ownership/core.js";
import type { LifeResult } from "../ownership/lifecycle.js";
import { byCode, coreOf, discover, execute, report } from "./analysis.js";
import { Dependencies } from "./dependencies.js";
import type { FoundDriver } from "./drivers.js";
import { Library } from "./library.js";
import { parseReport } from "./parse-report.js";
import { fillIndex, firstAtOrAfter } from "./tree-index.js";
import { matching, type Outreaching, type WorkerReport, type WorkerTask } from "./worker-protocol.js";

const task = workerData as WorkerTask;
const tree = openTree(task.spec);
const port = parentPort!;

function send(message: WorkerReport): void {
  port.postMessage(message);
}

/** Takes the next piece of work that no thread has taken. */
function take(counter: number): number {
  return Atomics.add(task.counters, counter, 1);
}

/** Files in one piece: small enough that the threads end together. */
const filesAtOnce = 128;

function fingerprint(): void {
  const { missing } = task;
  for (let from = take(0) * filesAtOnce; from < missing.length; from = take(0) * filesAtOnce) {
    const to = Math.min(from + filesAtOnce, missing.length);
    for (let i = from; i < to; i++) fillIndex(tree, task.index, missing[i]!, missing[i]! + 1);
    send({ kind: "read", files: to - from });
  }
  send({ kind: "indexed" });
}

function audit(): void {
  const library = new Library(tree, task.index);
  const found = heaviestFirst(discover(library).filter(matching(task.drivers)));
  const core = coreOf(tree);
  const known = new Set(task.known);
  const dependencies = new Dependencies(task.index.paths, task.stamps, task.base);
  const groups = byCode(found);
  for (let next = take(1); next < groups.length; next = take(1)) {
    let life: LifeResult | Failed | undefined;
    for (const driver of groups[next]!) {
      const key = dependencies.of(driver);
      const isKnown = known.has(key);
      if (!isKnown) life ??= tryToExecute(driver, core);
      send({
        kind: "driver",
        key,
        of: found.length,
        ...(isKnown ? { results: undefined } : result(driver, life!)),
      });
    }
  }
  const mine = (path: string) => firstAtOrAfter(task.index.paths, path) % task.threads === task.thread;
  send({ kind: "audited", parse: parseReport(found, mine), problems: tree.problems });
}

interface Failed {
  readonly why: string;
}

/** One driver that cannot be executed must not stop the others. */
function tryToExecute(driver: FoundDriver, core: Core): LifeResult | Failed {
  try {
    return execute(driver, core, task.branches);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { why: "nested too deeply to execute" };
  }
}

function result(driver: FoundDriver, life: LifeResult | Failed) {
  const { file, name } = driver.variable;
  if ("why" in life) return { results: [], leftOut: { file: file.path, why: `${name}: ${life.why}` } };
  return { results: report(driver, life) };
}

/** Those with most code first, so that no thread is left with a long one at the end. */
function heaviestFirst(found: readonly FoundDriver[]): FoundDriver[] {
  const tokens = (driver: FoundDriver) =>
    [...driver.reach].reduce((sum, { open, close }) => sum + close - open, 0);
  return found
    .map((driver) => ({ driver, weight: tokens(driver), path: driver.variable.file.path }))
    .sort((a, b) => b.weight - a.weight || (a.path < b.path ? -1 : 1))
    .map(({ driver }) => driver);
}

port.on("message", (outreaching: Outreaching) => {
  kbuildOf(tree, outreaching);
  audit();
  port.close();
});
fingerprint();
