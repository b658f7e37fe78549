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

/**
 * Tells of at most so many steps a second; another task is told at once, for its first step may be long.
 * @returns a listener, and what tells the newest step that was held back: to be called at the end
 */
export function throttled(
  listener: ProgressListener,
  perSecond: number,
): { readonly listen: ProgressListener; readonly flush: () => void } {
  let told: Progress | undefined;
  let newest: Progress | undefined;
  let next = 0;
  const tell = (progress: Progress) => {
    told = progress;
    next = Date.now() + 1000 / perSecond;
    listener(progress);
  };
  return {
    listen: (progress) => {
      newest = progress;
      if (Date.now() >= next || progress.task !== told?.task) tell(progress);
    },
    flush: () => {
      if (newest && newest !== told) tell(newest);
    },
  };
}
