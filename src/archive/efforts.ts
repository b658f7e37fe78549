/** Efforts: the versions of a series, and what carries it on, found from patches that fit a query. */
import { groupSeries, type Posted, type Series } from "../mail/series.js";
import { parseSubject } from "../mail/subject.js";
import type { Archive, Entry } from "./archive.js";
import { hash48 } from "./record.js";

/** A message of the index in the form that grouping works on: ids are node numbers. */
export interface Item extends Posted {
  readonly entry: Entry;
}

export type PostedSeries = Series<Item>;

/** One attempt at one thing: all versions, oldest first. */
export interface Effort {
  readonly versions: readonly PostedSeries[];
}

/** Threads looked at for one query: a bound on what a query as wide as "pci" costs. */
const maxThreads = 400;

/**
 * The efforts that patches belong to.
 * @param patches messages that are patches or cover letters, best first.
 */
export function effortsOf(archive: Archive, patches: readonly Entry[]): readonly Effort[] {
  const found = new SeriesCollection(archive);
  found.addThreads(patches.map(({ thread }) => thread).slice(0, maxThreads));
  const wanted = new Set(patches.map(({ id }) => id));
  const seeds = found.all().filter((series) => postsOf(series).some(({ entry }) => wanted.has(entry.id)));
  // Other versions may not fit the query: their patches have the same titles, or the same change id.
  const wantedTitles = new Set(
    seeds.flatMap((series) => [...titlesOf(series)].map((title) => hash48(title))),
  );
  found.addThreads(archive.relatedPatches([...wantedTitles]).map(({ thread }) => thread));
  return chain(seeds, found.all());
}

/** Cover letter and patches. */
export function postsOf(series: PostedSeries): readonly Item[] {
  return [...(series.cover ? [series.cover] : []), ...series.patches.values()];
}

/** Each series is compared with many. */
const titles = new WeakMap<PostedSeries, ReadonlySet<string>>();

function titlesOf(series: PostedSeries): ReadonlySet<string> {
  const known = titles.get(series);
  if (known) return known;
  const made = new Set(postsOf(series).map(({ subject }) => parseSubject(subject).title.toLowerCase()));
  titles.set(series, made);
  return made;
}

class SeriesCollection {
  private readonly threads = new Map<number, readonly PostedSeries[]>();

  constructor(private readonly archive: Archive) {}

  addThreads(threads: readonly number[]): void {
    for (const thread of threads) {
      if (this.threads.has(thread) || this.threads.size >= 2 * maxThreads) continue;
      this.threads.set(thread, groupSeries(this.archive.thread(thread).map(toItem)));
    }
  }

  all(): readonly PostedSeries[] {
    return [...this.threads.values()].flat();
  }
}

function toItem(entry: Entry): Item {
  return {
    entry,
    messageId: String(entry.node),
    references: entry.references.map(String),
    date: entry.date,
    subject: entry.subject,
    address: entry.address,
  };
}

/** Joins series that are versions of each other, and keeps the groups that hold a seed. */
function chain(seeds: readonly PostedSeries[], all: readonly PostedSeries[]): readonly Effort[] {
  const sorted = [...all].sort((a, b) => a.date - b.date);
  const groups: PostedSeries[][] = [];
  const groupOf = new Map<PostedSeries, PostedSeries[]>();
  for (const series of sorted) {
    const home = groups.find((group) => group.some((other) => sameEffort(series, other)));
    if (home) home.push(series);
    else groups.push([series]);
    groupOf.set(series, home ?? groups.at(-1)!);
  }
  return [...new Set(seeds.map((seed) => groupOf.get(seed)!))].map((versions) => ({ versions }));
}

/** Between two versions of one series people let at most this pass (seconds): two years. */
const maxGap = 2 * 365 * 86400;

/**
 * Two series are one effort when one author sent both and they share a title or most of their words, or when
 * they share at least half of their patches, whoever sent them.
 */
function sameEffort(a: PostedSeries, b: PostedSeries): boolean {
  if (Math.abs(a.date - b.date) > maxGap) return false;
  const [inA, inB] = [titlesOf(a), titlesOf(b)];
  const shared = [...inA].filter((title) => inB.has(title) && title.length > 8).length;
  const smaller = Math.min(inA.size, inB.size);
  if (shared * 2 >= smaller && shared * 3 >= Math.max(inA.size, inB.size) && shared > 0) return true;
  if (authorOf(a) !== authorOf(b)) return false;
  return (
    a.title.toLowerCase() === b.title.toLowerCase() ||
    likeness(a.title, b.title) >= 0.6 ||
    shared * 2 >= smaller + 1
  );
}

function authorOf(series: PostedSeries): string {
  return postsOf(series)[0]!.entry.from.toLowerCase();
}

/** Shared words among all words of two titles, 0 to 1. */
function likeness(a: string, b: string): number {
  const words = (text: string) => new Set(text.toLowerCase().match(/[\p{L}\p{N}_]{3,}/gu) ?? []);
  const [inA, inB] = [words(a), words(b)];
  if (inA.size < 3 || inB.size < 3) return 0;
  const shared = [...inA].filter((word) => inB.has(word)).length;
  return shared / (inA.size + inB.size - shared);
}
