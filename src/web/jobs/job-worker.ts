/** A job's own thread: the server answers while it works. */
import { KnownError } from "../../base/errors.js";
import { type Progress, throttled } from "../../base/progress.js";
import { thisWorker } from "../../base/worker.js";
import { type Outcomes, perform, type Task } from "./tasks.js";

export type JobMessage =
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "done"; readonly outcome: Outcomes[Task["kind"]] }
  | { readonly kind: "failed"; readonly why: string; readonly known: boolean };

/** Progress reports a second: more than people see only cost. */
const perSecond = 8;

const worker = thisWorker<Task, JobMessage>();
const stop = new AbortController();
worker.listen(() => stop.abort());

const { listen, flush } = throttled((progress) => worker.post({ kind: "progress", progress }), perSecond);

try {
  const outcome = await perform(worker.data, { progress: listen, signal: stop.signal });
  flush();
  worker.post({ kind: "done", outcome });
} catch (error) {
  const known = error instanceof KnownError;
  const why = known
    ? `${error.message}${error.hint ? `: ${error.hint}` : ""}`
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  flush();
  worker.post({ kind: "failed", why, known });
}
worker.close(); // listening keeps a thread alive
