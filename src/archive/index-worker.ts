/** Reads and parses mails away from the thread that writes the index. */
import { thisWorker } from "../base/worker.js";
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

const worker = thisWorker<SourceSpec, WorkerResult>();
const source = openSource(worker.data);

worker.listen((message) => {
  const job = message as WorkerJob | "end";
  if (job === "end") {
    source.close();
    worker.close();
    return;
  }
  const records = source
    .read(job.locators)
    .map((raw, i) => raw && mailRecord(job.locators[i]!, raw, job.times[i]!));
  worker.post({ number: job.number, records });
});
