/** The state of a series on the list: what each patch was given, what was asked, who took it. */

import { ownText } from "../mail/quote.js";
import { groupSeries, type Series } from "../mail/series.js";
import { parseSubject } from "../mail/subject.js";
import { threadOrder } from "../mail/thread.js";
import { givenTrailers, type Trailer, type TrailerKind, trailerKind } from "../mail/trailers.js";
import type { Letter } from "./letter.js";
import { findPoints, type Point } from "./points.js";
import { landing, robotName } from "./stance.js";

/** Who said something, where and when. */
export interface Said {
  readonly from: string;
  readonly messageId: string;
  /** Seconds since 1970. */
  readonly date: number;
}

export interface GivenTrailer extends Said {
  readonly trailer: Trailer;
  readonly kind: TrailerKind;
  /** `series`: given to the cover letter, so to all patches. */
  readonly scope: "patch" | "series";
}

export interface Notice extends Said {
  readonly kind: "applied" | "retracted";
  readonly quote: string;
}

export interface RobotReport extends Said {
  readonly robot: string;
  readonly quote: string;
}

export interface TrackedPatch {
  readonly number: number;
  readonly title: string;
  /** Undefined for a patch that the archive does not have. */
  readonly messageId: string | undefined;
  readonly trailers: readonly GivenTrailer[];
  readonly points: readonly Point[];
  readonly notices: readonly Notice[];
  readonly robots: readonly RobotReport[];
}

export interface TrackedSeries {
  readonly title: string;
  readonly from: string;
  readonly version: number;
  readonly total: number;
  readonly date: number;
  readonly messageId: string;
  /** Patch 0 is the cover letter: what was said there is for the whole series. */
  readonly patches: readonly TrackedPatch[];
}

/**
 * Every series in a thread, oldest first.
 * @param letters the whole thread.
 */
export function trackThread(letters: readonly Letter[]): readonly TrackedSeries[] {
  return groupSeries(letters).map((series) => trackSeries(series, letters));
}

function trackSeries(series: Series<Letter>, letters: readonly Letter[]): TrackedSeries {
  const posted = [...(series.cover ? [[0, series.cover] as const] : []), ...series.patches].sort(
    ([a], [b]) => a - b,
  );
  const first = posted[0]![1];
  const members = new Set<Letter>([...posted.map(([, letter]) => letter), ...series.replies]);
  const authors = authorAddresses(series, first);
  const isAuthor = (letter: Letter) => authors.has(letter.address) || letter.from === first.from;
  const points = findPoints(
    letters.filter((letter) => members.has(letter)),
    isAuthor,
  );
  const numberOf = patchNumbers(posted, letters);
  const inCover = series.cover
    ? trailersOf(
        series.replies.filter((letter) => numberOf.get(letter) === 0),
        "series",
        isAuthor,
      )
    : [];
  const patches = posted.map(([number, letter]): TrackedPatch => {
    const replies = series.replies.filter((reply) => numberOf.get(reply) === number);
    return {
      number,
      title: parseSubject(letter.subject).title,
      messageId: letter.messageId,
      trailers: number === 0 ? inCover : [...inCover, ...trailersOf(replies, "patch", isAuthor)],
      points: points.filter((point) => replies.some(({ messageId }) => messageId === point.messageId)),
      notices: noticesOf(replies, isAuthor),
      robots: robotsOf(replies),
    };
  });
  return {
    title: series.title,
    from: first.from,
    version: series.version,
    total: series.total,
    date: series.date,
    messageId: first.messageId,
    patches: withMissing(patches, series.total, inCover),
  };
}

/** The patches that the series says it has, also those that the archive has not. */
function withMissing(
  patches: readonly TrackedPatch[],
  total: number,
  trailers: readonly GivenTrailer[],
): readonly TrackedPatch[] {
  const present = new Set(patches.map(({ number }) => number));
  const missing: TrackedPatch[] = [];
  for (let number = 1; number <= total && total <= 2000; number++)
    if (!present.has(number))
      missing.push({
        number,
        title: "(not in the archive)",
        messageId: undefined,
        trailers,
        points: [],
        notices: [],
        robots: [],
      });
  return [...patches, ...missing].sort((a, b) => a.number - b.number);
}

/** An author may answer from another address: the same name counts, and the addresses of all the patches. */
function authorAddresses(series: Series<Letter>, first: Letter): ReadonlySet<string> {
  return new Set([first.address, ...[...series.patches.values()].map(({ address }) => address)]);
}

/** Which patch each message is said under: the nearest posted patch above it. */
function patchNumbers(
  posted: readonly (readonly [number, Letter])[],
  letters: readonly Letter[],
): ReadonlyMap<Letter, number> {
  const numbers = new Map<Letter, number>(posted.map(([number, letter]) => [letter, number]));
  for (const { message, parent } of threadOrder(letters)) {
    const number = parent && numbers.get(parent);
    if (number !== undefined && !numbers.has(message)) numbers.set(message, number);
  }
  return numbers;
}

function trailersOf(
  replies: readonly Letter[],
  scope: GivenTrailer["scope"],
  isAuthor: (letter: Letter) => boolean,
): GivenTrailer[] {
  return replies
    .filter((letter) => !isAuthor(letter))
    .flatMap((letter) => {
      const own = ownText(letter.text);
      const given = givenTrailers(own).map((trailer) => ({
        trailer,
        kind: trailerKind(trailer.key),
        scope,
        ...said(letter),
      }));
      const nak =
        /^\s*(?:(?:big|strong|hard) )?NAK(?:ed)?\b/m.test(own) && !given.some(({ kind }) => kind === "nak");
      return nak
        ? [
            ...given,
            { trailer: { key: "NAK", value: letter.from }, kind: "nak" as const, scope, ...said(letter) },
          ]
        : given;
    });
}

function noticesOf(replies: readonly Letter[], isAuthor: (letter: Letter) => boolean): Notice[] {
  return replies.flatMap((letter) => {
    const found = isAuthor(letter) ? undefined : landing(ownText(letter.text));
    return found ? [{ ...found, ...said(letter) }] : [];
  });
}

function robotsOf(replies: readonly Letter[]): RobotReport[] {
  return replies.flatMap((letter) => {
    const robot = robotName(letter.address);
    if (robot === undefined) return [];
    const line =
      /^.*(?:error|warning|BUG|WARNING|FAIL|failed|SUCCESS)\b.*$/m.exec(letter.text)?.[0] ?? letter.subject;
    return [{ robot, quote: line.trim().slice(0, 200), ...said(letter) }];
  });
}

function said({ from, messageId, date }: Letter): Said {
  return { from, messageId, date };
}
