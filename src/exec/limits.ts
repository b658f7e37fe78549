/** How far paths are followed, and what is thrown where that is not far enough. */

/**
 * Limits are argued from the drivers of Linux 7.3: with these, all but a few end in full detail, and of those that do not
 * most end with less (lifecycle.ts). What ends in neither is "unknown"; more steps never helped.
 */
export interface Limits {
  /** Flow nodes visited in one run from a root. */
  readonly steps: number;
  /** States at one point before what the driver's own fields hold is forgotten there. */
  readonly coarsenAt: number;
  /** States at one point at which the run is given up. */
  readonly statesAtPoint: number;
  /** Nested calls. */
  readonly depth: number;
}

export const defaultLimits: Limits = { steps: 40_000, coarsenAt: 32, statesAtPoint: 1000, depth: 40 };

/** A limit was hit: the answer is unknown, and this is where. */
export class LimitReached extends Error {
  constructor(
    readonly file: string,
    readonly line: number,
    readonly why: string,
  ) {
    super(`${file}:${line}: ${why}`);
  }
}
