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
import { type DriverNames, driversNamed, namesPath } from "./named-drivers.js";
import { parseReport } from "./parse-report.js";
import { strayFiles } from "./strays.js";
import { fillIndex, firstAtOrAfter, type LeftOut } from "./tree-index.js";
import type { Outreaching, WorkerReport, WorkerStart, WorkerTask } from "./worker-protocol.js";

const { spec, thread, threads } = workerData as WorkerStart;
const tree = openTree(spec);
const core = coreOf(tree); // now: there is nothing else to do before the first message
const port = parentPort!;

function send(message: WorkerReport): void {
  port.postMessage(message);
}

/** Takes the next piece of work that no thread has taken. */
function take({ counters }: WorkerTask, counter: number): number {
  return Atomics.add(counters, counter, 1);
}

/** Files in one piece: small enough that the threads end together. */
const filesAtOnce = 128;

function fingerprint(task: WorkerTask): void {
  const { index, missing } = task;
  const next = () => take(task, 0) * filesAtOnce;
  for (let from = next(); from < missing.length; from = next()) {
    const to = Math.min(from + filesAtOnce, missing.length);
    for (let i = from; i < to; i++) fillIndex(tree, index, missing[i]!, missing[i]! + 1);
    send({ kind: "read", files: to - from });
  }
  send({ kind: "indexed" });
}

function audit(task: WorkerTask): void {
  const library = new Library(tree, task.index);
  const { drivers, strays } = discover(library);
  const asked = task.drivers ? chosen(task.drivers, drivers, strayFiles(strays)) : undefined;
  const found = heaviestFirst(asked?.drivers ?? drivers);
  const known = new Set(task.known);
  const dependencies = task.known && new Dependencies(task.index.paths, task.stamps, task.base);
  const groups = byCode(found);
  for (let next = take(task, 1); next < groups.length; next = take(task, 1)) {
    let life: LifeResult | Failed | undefined;
    for (const driver of groups[next]!) {
      const key = dependencies?.of(driver) ?? identityOf(driver);
      const isKnown = known.has(key);
      if (!isKnown) life ??= tryToExecute(driver, core, task.branches);
      send({
        kind: "driver",
        key,
        of: found.length,
        ...(isKnown ? { results: undefined } : result(driver, life!)),
      });
    }
  }
  const mine = (path: string) => firstAtOrAfter(task.index.paths, path) % threads === thread;
  const leftOut = [
    ...(asked?.strays ?? strayFiles(strays)).filter(({ file }) => mine(file)),
    ...tree.problems.map(({ path, why }) => ({ file: path, why })),
  ];
  send({ kind: "audited", parse: parseReport(found, mine), leftOut, unmatched: asked?.unmatched ?? [] });
}

/** Of what was found, what is asked for; and the names that stand for none of it. */
function chosen({ names, parts }: DriverNames, found: readonly FoundDriver[], strays: readonly LeftOut[]) {
  const drivers = new Set<FoundDriver>();
  const files = new Set<LeftOut>();
  const unmatched: string[] = [];
  for (const name of names) {
    const named = driversNamed(name, found, tree, parts);
    const isNamed = namesPath(name);
    const left = strays.filter(({ file }) => isNamed(file));
    for (const driver of named) drivers.add(driver);
    for (const stray of left) files.add(stray);
    if (named.length === 0 && left.length === 0) unmatched.push(name);
  }
  return { drivers: [...drivers], strays: [...files], unmatched };
}

function identityOf({ variable: { file, name, at } }: FoundDriver): string {
  return `${file.path}:${name}:${at}`;
}

interface Failed {
  readonly why: string;
}

/** One driver that cannot be executed must not stop the others. */
function tryToExecute(driver: FoundDriver, core: Core, branches: boolean): LifeResult | Failed {
  try {
    return execute(driver, core, branches);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { why: /call stack/.test(error.message) ? "nested too deeply to execute" : error.message };
  }
}

function result(driver: FoundDriver, life: LifeResult | Failed) {
  const { file, name } = driver.variable;
  if ("why" in life) return { results: [], leftOut: { file: file.path, why: `${name}: ${life.why}` } };
  return { results: report(driver, life) };
}

/** Those with most code first, so that no thread is left with a long one at the end. */
function heaviestFirst(found: readonly FoundDriver[]): FoundDriver[] {
  const path = ({ variable }: FoundDriver) => variable.file.path;
  return [...found].sort((a, b) => b.code.tokens - a.code.tokens || (path(a) < path(b) ? -1 : 1));
}

port.once("message", (task: WorkerTask) => {
  fingerprint(task);
  port.once("message", (outreaching: Outreaching) => {
    kbuildOf(tree, { outreaching, files: new Set(task.index.paths) });
    audit(task);
  });
});
