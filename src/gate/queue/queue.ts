/** Where jobs are done: in this process, or on other machines. Whoever checks does not know which. */
import type { ProgressListener } from "../../base/progress.js";
import type { BuildJob, JobResult } from "../check/job.js";

export interface RunJobs {
  /** Called once for each job, in the order in which they end. */
  readonly onResult: (job: BuildJob, result: JobResult) => void;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

export interface JobQueue {
  /**
   * Has all jobs done. A job that somebody died over is done again; its result still comes once.
   * @throws KnownError when nobody can do them, or the queue is lost.
   */
  run(jobs: readonly BuildJob[], options: RunJobs): Promise<void>;
  /** How many jobs can be done at the same time. */
  width(): Promise<number>;
  /** Names the compilers that are used for an architecture. */
  toolchain(architecture: string): Promise<string>;
  close(): Promise<void>;
}
