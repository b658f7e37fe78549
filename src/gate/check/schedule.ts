/**
 * Which objects are compiled at which commits. What is asked is "this object, at this commit"; but an object's
 * result holds at every commit at which all the files it came from are the same. So objects of many commits are
 * compiled together at one of them, where make has enough to do for all processors, and each answer is
 * then tested against the files that the object really came from.
 */
import type { History } from "./history.js";
import { type Configuration, configurationName, type Probe, type Target } from "./job.js";

/** One object at one commit in one configuration. */
export interface Request {
  /** Index in the history. */
  readonly index: number;
  readonly configuration: Configuration;
  readonly target: Target;
  /** The probe's text, when it is none of the tree's objects. */
  readonly probe?: Probe;
  /** Files that it is known to come from: its source, and the header for whose sake it is compiled. */
  readonly from: readonly string[];
  /** Compile it at its own commit: a result from elsewhere did not hold. */
  readonly exact?: boolean;
  /** `from` is all that it came from, elsewhere: it was compiled there once, and the result did not hold here. */
  readonly learnt?: boolean;
}

/** Requests that are compiled at one commit, in one configuration. */
export interface Batch {
  readonly index: number;
  readonly configuration: Configuration;
  readonly requests: readonly Request[];
}

export function requestKey({ index, configuration, target }: Request): string {
  return `${index} ${configurationName(configuration)} ${target.object}`;
}

/**
 * Groups requests into as few batches as their sources allow. Batches of one configuration follow each other in
 * the order of their commits, so that make has little to do again.
 * @param width batches are cut so that as many machines have something to do.
 */
export function plan(requests: readonly Request[], history: History, width = 1): readonly Batch[] {
  const byConfiguration = groupBy(requests, ({ configuration }) => configurationName(configuration));
  return [...byConfiguration.values()].flatMap((group) =>
    batches(group, history)
      .sort((a, b) => a.index - b.index)
      .flatMap((batch) => cut(batch, width)),
  );
}

function batches(group: readonly Request[], history: History): Batch[] {
  const found: Batch[] = [];
  for (let left = group; left.length > 0; ) {
    const places = [...new Set(left.map(({ index }) => index))].sort((a, b) => a - b);
    const best = [places.at(-1)!, places[0]!]
      .map((index) => ({ index, holds: left.filter((request) => mayHold(request, index, history)) }))
      .reduce((a, b) => (b.holds.length > a.holds.length ? b : a));
    found.push({ index: best.index, configuration: group[0]!.configuration, requests: best.holds });
    left = left.filter((request) => !best.holds.includes(request));
  }
  return found;
}

function mayHold(request: Request, index: number, history: History): boolean {
  if (request.index === index) return true;
  return !request.exact && history.same(request.from, request.index, index);
}

/** Objects below which another machine costs more than it brings: make itself takes as long as a few objects. */
const LEAST = 8;

/** One object may be asked for at several commits: its requests stay together. */
function cut(batch: Batch, width: number): Batch[] {
  const objects = [...groupBy(batch.requests, ({ target }) => target.object).values()];
  const size = Math.max(LEAST, Math.ceil(objects.length / width));
  const pieces: Batch[] = [];
  for (let i = 0; i < objects.length; i += size)
    pieces.push({ ...batch, requests: objects.slice(i, i + size).flat() });
  return pieces;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
