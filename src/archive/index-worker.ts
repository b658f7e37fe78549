/** Reads and parses mails away from the thread that writes the index. */
import { parentPort, workerData } from "node:worker_threads";
import { type MailRecord, mailRecord } from "./record.js";
import { openSource, type SourceSpec } from "./source.js";

export interface WorkerJob {
  readonly number: number;
  readonly locators: readonly string[];
  readonly times: readonly number[];
}

export interface WorkerResult {
  readonly number: number;
  /** In the job's order; undefined for a mail that the source no longer has. */
  readonly records: readonly (MailRecord | undefined)[];
}

const source = openSource(workerData as SourceSpec);

parentPort!.on("message", (job: WorkerJob | "end") => {
  if (job === "end") {
    source.close();
    parentPort!.close();
    return;
  }
  const records = source
    .read(job.locators)
    .map((raw, i) => raw && mailRecord(job.locators[i]!, raw, job.times[i]!));
  parentPort!.postMessage({ number: job.number, records } satisfies WorkerResult);
});
