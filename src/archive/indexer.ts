/**
 * Brings an index up to date with its sources: lists what is new, parses it in workers, writes it in order.
 * Each transaction ends with the source's state, so that a run killed at any moment is taken up where its last
 * transaction ended, and ends in the same rows as an undisturbed one.
 */
import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import type { Database } from "../base/database.js";
import { KnownError } from "../base/errors.js";
import { noProgress, type ProgressListener } from "../base/progress.js";
import { startWorker } from "../base/worker.js";
import type { WorkerJob, WorkerResult } from "./index-worker.js";
import { mailRecord } from "./record.js";
import { type Change, openSource, type SourceSpec } from "./source.js";
import { IndexWriter } from "./writer.js";

export interface UpdateResult {
  readonly added: number;
  readonly removed: number;
  /** Copies of mails that the archive has already. */
  readonly duplicates: number;
  /** One sentence for each source that was rewritten and read anew. */
  readonly rewritten: readonly string[];
}

/** Mails a worker reads at once. */
const jobSize = 100;
/** Mails a transaction holds: what a kill can cost; larger ones make the words' pieces larger and merges fewer. */
const defaultTransactionSize = 10_000;
/** Fewer than this are parsed here: starting workers costs as much. */
const workerThreshold = 300;

/** @throws KnownError when a source cannot be read, or another process updates the same index. */
export async function updateIndex(
  database: Database,
  specs: readonly SourceSpec[],
  onProgress: ProgressListener = noProgress,
  transactionSize = defaultTransactionSize,
): Promise<UpdateResult> {
  const writer = new IndexWriter(database);
  let result: UpdateResult = { added: 0, removed: 0, duplicates: 0, rewritten: [] };
  try {
    for (const spec of specs)
      result = sum(result, await updateSource(database, writer, spec, onProgress, transactionSize));
  } finally {
    writer.close();
  }
  if (result.added > transactionSize) database.execute("INSERT INTO words(words) VALUES ('optimize')");
  database.execute("PRAGMA optimize");
  database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  return result;
}

function sum(a: UpdateResult, b: UpdateResult): UpdateResult {
  return {
    added: a.added + b.added,
    removed: a.removed + b.removed,
    duplicates: a.duplicates + b.duplicates,
    rewritten: [...a.rewritten, ...b.rewritten],
  };
}

async function updateSource(
  database: Database,
  writer: IndexWriter,
  spec: SourceSpec,
  onProgress: ProgressListener,
  transactionSize: number,
): Promise<UpdateResult> {
  database.run("INSERT OR IGNORE INTO source (kind, location) VALUES (?, ?)", spec.kind, spec.location);
  const row = database.row("SELECT id, state FROM source WHERE location = ?", spec.location)!;
  const id = row.id as number;
  const state = (row.state as string | null) ?? undefined;
  const source = openSource(spec);
  try {
    const { changes, rewritten } = source.news(state);
    if (rewritten !== undefined) {
      database.transaction(() => {
        writer.removeSource(id);
        writer.end();
        database.run("UPDATE source SET state = NULL WHERE id = ?", id);
      });
      writer.ended();
    }
    const tally = { added: 0, removed: 0, duplicates: 0 };
    let expected = rewritten === undefined ? state : undefined;
    let done = 0;
    let open = 0;
    for await (const { step, records } of parsed(spec, changes)) {
      if (open === 0) {
        database.execute("BEGIN IMMEDIATE");
        checkState(database, id, expected, spec);
      }
      step.forEach((change, i) => {
        const record = records[i];
        if (change.kind === "remove") tally.removed += writer.remove(id, change.locator, record);
        else if (record) tally[writer.add(id, record) ? "added" : "duplicates"]++;
      });
      expected = step.at(-1)!.state;
      database.run("UPDATE source SET state = ? WHERE id = ?", expected, id);
      done += step.length;
      open += step.length;
      if (open >= transactionSize) {
        writer.end();
        database.execute("COMMIT");
        writer.ended();
        open = 0;
      }
      onProgress({ task: `indexing ${spec.location}`, done, total: changes.length });
    }
    if (open > 0) {
      writer.end();
      database.execute("COMMIT");
      writer.ended();
    }
    return { ...tally, rewritten: rewritten === undefined ? [] : [`${spec.location}: ${rewritten}`] };
  } catch (error) {
    if (database.inTransaction) database.execute("ROLLBACK");
    throw error;
  } finally {
    source.close();
  }
}

/** Two updates at once would each add what the other has added: the second one stops. */
function checkState(database: Database, id: number, expected: string | undefined, spec: SourceSpec): void {
  const now = database.row("SELECT state FROM source WHERE id = ?", id)?.state ?? undefined;
  if (now !== expected)
    throw new KnownError(`${spec.location}: another treewide is indexing it`, "wait for it to end");
}

interface Parsed {
  readonly step: readonly Change[];
  readonly records: WorkerResult["records"];
}

async function* parsed(spec: SourceSpec, changes: readonly Change[]): AsyncGenerator<Parsed> {
  const steps: (readonly Change[])[] = [];
  for (let i = 0; i < changes.length; i += jobSize) steps.push(changes.slice(i, i + jobSize));
  if (changes.length < workerThreshold) {
    const source = openSource(spec);
    for (const step of steps) {
      const mails = source.read(step.map(({ locator }) => locator));
      yield { step, records: mails.map((raw, i) => raw && mailRecord(step[i]!.locator, raw, step[i]!.time)) };
    }
    source.close();
    return;
  }
  yield* parsedByWorkers(spec, steps);
}

/** Steps in order, though workers end out of order; at most four jobs a worker are ahead of the writer. */
async function* parsedByWorkers(
  spec: SourceSpec,
  steps: readonly (readonly Change[])[],
): AsyncGenerator<Parsed> {
  const workers = Array.from({ length: Math.max(1, Math.min(availableParallelism(), 4)) }, () =>
    startWorker("./index-worker", import.meta.url, spec),
  );
  const results = new Map<number, WorkerResult>();
  let failure: unknown;
  let wake = () => {};
  let sent = 0;
  const send = (worker: Worker) => {
    const step = steps[sent];
    if (!step) return;
    const job: WorkerJob = {
      number: sent++,
      locators: step.map(({ locator }) => locator),
      times: step.map(({ time }) => time),
    };
    worker.postMessage(job);
  };
  for (const worker of workers) {
    worker.on("message", (result: WorkerResult) => {
      results.set(result.number, result);
      wake();
    });
    worker.on("error", (error) => {
      failure = error;
      wake();
    });
  }
  try {
    for (let round = 0; round < 4; round++) for (const worker of workers) send(worker);
    for (let next = 0; next < steps.length; next++) {
      while (!results.has(next) && failure === undefined)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      if (failure !== undefined) throw failure;
      const { records } = results.get(next)!;
      results.delete(next);
      send(workers[next % workers.length]!);
      yield { step: steps[next]!, records };
    }
  } finally {
    for (const worker of workers) worker.postMessage("end");
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
