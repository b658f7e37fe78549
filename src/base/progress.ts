/** Progress as events: the floors emit, only the command line renders. */

export interface Progress {
  /** What is being done, as a present participle: "auditing drivers". */
  readonly task: string;
  readonly done: number;
  /** Undefined while the amount of work is not known. */
  readonly total?: number;
}

export type ProgressListener = (progress: Progress) => void;

export const noProgress: ProgressListener = () => {};
