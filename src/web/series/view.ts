/** A series as pages and the API show it: each patch with its state, and what the lists said of it. */
import type { Archive } from "../../archive/archive.js";
import { letterOf } from "../../archive/letter.js";
import { trackThread } from "../../archive/track.js";
import { diffPaths } from "../../mail/diff.js";
import type { PostedPatch } from "../../series/posting.js";
import type { HazardChange } from "../../series/review.js";
import type { Undecided } from "../../series/undecided.js";
import { segment } from "../shell.js";
import type { BenchSeries } from "./bench-series.js";
import type { PatchCheck } from "./checked.js";
import type { Receiver, Stage } from "./judged.js";

export interface PatchView {
  readonly number: number;
  readonly title: string;
  readonly messageId: string;
  readonly author: string;
  /** The mail's text: message and diff. */
  readonly text: string;
  readonly files: readonly string[];
  readonly added: number;
  readonly removed: number;
  readonly state: {
    readonly applies: boolean | null;
    /** No hazard that the tree had not before the series. */
    readonly sound: boolean | null;
    readonly failure: string | null;
    /** Drivers of which nothing can be said from this patch on. */
    readonly undecided: readonly Undecided[];
    /** Files of drivers that are not seen to take vectors any more. */
    readonly ended: readonly string[];
    /** What executing the core showed, when the patch changes it. */
    readonly core: string | null;
    readonly introduced: readonly HazardChange[];
    readonly removed: readonly HazardChange[];
    readonly claims: readonly { readonly text: string; readonly holds: boolean; readonly why: string }[];
  };
  /** Null when nobody has compiled it. */
  readonly check: PatchCheck | null;
  readonly stage: number | null;
  /** Null when nobody has looked, or the tree has no MAINTAINERS. */
  readonly recipients: readonly Receiver[] | null;
  /** Null when no archive has the patch. */
  readonly review: PatchReviewView | null;
}

export interface PatchReviewView {
  readonly archive: string;
  readonly href: string;
  /** `Reviewed-by: Name <address>`. */
  readonly trailers: readonly string[];
  readonly points: readonly {
    readonly kind: string;
    readonly state: string;
    readonly from: string;
    readonly quote: string;
    readonly href: string;
  }[];
}

export interface SeriesView {
  readonly name: string;
  readonly title: string;
  readonly total: number;
  readonly absent: readonly number[];
  readonly cover: { readonly text: string; readonly messageId: string } | null;
  /** The tree that it was judged on; null until then. */
  readonly tree: string | null;
  readonly patches: readonly PatchView[];
  readonly missed: readonly { readonly driver: string; readonly line: number; readonly why: string }[];
  readonly stages: readonly Stage[];
}

export function seriesView(series: BenchSeries, archives: readonly Archive[]): SeriesView {
  const { name, title, posting, judged } = series;
  const said = reviewsOf(posting.patches, archives);
  return {
    name,
    title,
    total: posting.total,
    absent: posting.absent,
    cover: posting.cover ? { text: posting.cover.text, messageId: posting.cover.ids[0] } : null,
    tree: judged?.tree ?? null,
    patches: posting.patches.map((patch) => patchView(patch, series, said.get(patch.message.ids[0]) ?? null)),
    missed: (judged?.review.missed ?? []).map(({ driver, line, why }) => ({ driver, line, why })),
    stages: judged?.stages ?? [],
  };
}

function patchView(
  { n, title, message, patch }: PostedPatch,
  { judged, checked }: BenchSeries,
  review: PatchReviewView | null,
): PatchView {
  const found = judged?.review.patches.find((each) => each.n === n);
  const [author] = message.from;
  return {
    number: n,
    title,
    messageId: message.ids[0],
    author: author?.name || author?.address || "",
    text: message.text,
    files: diffPaths(patch.files),
    added: patch.files.reduce((sum, { added }) => sum + added, 0),
    removed: patch.files.reduce((sum, { removed }) => sum + removed, 0),
    state: {
      applies: found?.applies ?? null,
      sound: found?.sound ?? null,
      failure: found?.failure
        ? `${found.failure.file}, hunk ${found.failure.hunk}: ${found.failure.why}`
        : null,
      undecided: found?.undecided ?? [],
      ended: found?.ended ?? [],
      core: found?.core ?? null,
      introduced: found?.introduced ?? [],
      removed: found?.removed ?? [],
      claims: (found?.claims ?? []).map(({ text, holds, why }) => ({ text, holds, why })),
    },
    check: checked?.patches.get(n) ?? null,
    stage: judged?.stages.find(({ patches }) => patches.includes(n))?.stage ?? null,
    recipients: judged?.receivers?.get(n) ?? null,
    review,
  };
}

/** What was said of the patches where an archive has them, by Message-ID. */
function reviewsOf(
  patches: readonly PostedPatch[],
  archives: readonly Archive[],
): Map<string, PatchReviewView> {
  const found = new Map<string, PatchReviewView>();
  const read = new Set<string>();
  for (const archive of archives)
    for (const { message } of patches) {
      const [entry] = archive.byMessageId(message.ids[0]);
      if (!entry || found.has(message.ids[0]) || read.has(`${archive.name} ${entry.thread}`)) continue;
      read.add(`${archive.name} ${entry.thread}`);
      const letters = archive.thread(entry.thread).map((each) => letterOf(archive.message(each)));
      const link = (id: string) => `/${archive.name}/${segment(id)}/`;
      for (const each of trackThread(letters).flatMap((series) => series.patches)) {
        if (each.messageId === undefined) continue;
        found.set(each.messageId, {
          archive: archive.name,
          href: link(each.messageId),
          trailers: each.trailers.map(({ trailer }) => `${trailer.key}: ${trailer.value}`),
          points: each.points.map(({ kind, state, from, quote, messageId }) => ({
            kind,
            state,
            from,
            quote,
            href: link(messageId),
          })),
        });
      }
    }
  return found;
}
