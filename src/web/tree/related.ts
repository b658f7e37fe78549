/** What else speaks of a file: patches of the series on the bench, and threads of the archives. */
import type { Archive } from "../../archive/archive.js";
import { diffPaths } from "../../mail/diff.js";
import type { Bench } from "../bench.js";
import { segment } from "../shell.js";

export interface RelatedPatch {
  readonly series: string;
  readonly number: number;
  readonly title: string;
  readonly href: string;
}

export interface RelatedThread {
  readonly archive: string;
  /** Of the thread's newest patch that touches the file. */
  readonly subject: string;
  readonly from: string;
  /** Seconds since 1970. */
  readonly date: number;
  readonly messageId: string;
  readonly href: string;
}

/** Threads that are listed, and messages that are looked at for them. */
const maxThreads = 8;
const maxMessages = 60;

export function patchesTouching(bench: Bench, path: string): readonly RelatedPatch[] {
  return [...bench.series.values()].flatMap(({ name, title, posting }) =>
    posting.patches
      .filter(({ patch }) => diffPaths(patch.files).includes(path))
      .map(({ n, title: subject }) => ({
        series: title,
        number: n,
        title: subject,
        href: `/series/${name}/${n}/`,
      })),
  );
}

export function threadsTouching(archives: readonly Archive[], path: string): readonly RelatedThread[] {
  return archives
    .flatMap((archive) => threadsOf(archive, path))
    .sort((a, b) => b.date - a.date)
    .slice(0, maxThreads);
}

function threadsOf(archive: Archive, path: string): RelatedThread[] {
  const seen = new Set<number>();
  const { entries } = archive.search(`dfn:"${path.replaceAll('"', "")}"`, "time", 0, maxMessages);
  return entries
    .filter(({ thread }) => !seen.has(thread) && seen.add(thread))
    .map(({ subject, from, date, messageId }) => ({
      archive: archive.name,
      subject,
      from,
      date,
      messageId,
      href: `/${archive.name}/${segment(messageId)}/`,
    }));
}
