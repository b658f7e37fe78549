/** Earlier efforts at the same thing: who, when, which versions, whether it landed, in whose objections it ended. */
import type { Tree } from "../kernel/tree.js";
import { diffPaths } from "../mail/diff.js";
import { parsePatch } from "../mail/patch.js";
import { ownText } from "../mail/quote.js";
import { parseSubject } from "../mail/subject.js";
import type { Archive, Entry } from "./archive.js";
import { type Effort, effortsOf, type PostedSeries, postsOf } from "./efforts.js";
import { introducedNames } from "./introduces.js";
import { type Landed, type LandedPatch, landedInArchive, landedInTree } from "./landed.js";
import { type Letter, letterOf } from "./letter.js";
import { MailReader } from "./mail-reader.js";
import { type Maintaining, maintaining } from "./maintaining.js";
import { findPoints } from "./points.js";
import { landing, robotName } from "./stance.js";

export interface PriorQuery {
  /** Names in the code. */
  readonly symbols: readonly string[];
  /** Paths in the tree. */
  readonly files: readonly string[];
  /** Efforts that consist of these messages are the asker's own. */
  readonly except?: readonly string[];
}

export interface PriorVersion {
  readonly version: number;
  readonly messageId: string;
  readonly date: string;
  readonly patches: number;
  readonly replies: number;
}

export interface Objection {
  readonly from: string;
  readonly messageId: string;
  readonly date: string;
  readonly quote: string;
}

export interface PriorEffort extends Landed {
  readonly title: string;
  readonly authors: readonly string[];
  readonly first: string;
  readonly last: string;
  readonly versions: readonly PriorVersion[];
  readonly objections: readonly Objection[];
  /** Why it is listed, and what the order is by: higher fits better. */
  readonly score: number;
}

/** Messages looked at for one name or path. */
const maxHits = 3000;
const maxEfforts = 20;
const maxObjections = 6;

/** The efforts of one archive, best first. */
export function priorEfforts(
  archive: Archive,
  query: PriorQuery,
  tree: Tree | undefined,
): readonly PriorEffort[] {
  const weights = new Map<number, number>();
  const patches = new Map<number, Entry>();
  for (const { text, weight } of lookups(query))
    for (const entry of archive.search(text, "relevance", 0, maxHits).entries) {
      const subject = parseSubject(entry.subject);
      if (!subject.patch || subject.reply) continue;
      patches.set(entry.id, entry);
      weights.set(entry.id, (weights.get(entry.id) ?? 0) + weight);
    }
  const best = [...patches.values()].sort((a, b) => weights.get(b.id)! - weights.get(a.id)!);
  const own = new Set(query.except);
  const mails = new MailReader(archive);
  const efforts = effortsOf(archive, best).filter(
    ({ versions }) =>
      !versions.some((series) => postsOf(series).some(({ entry }) => own.has(entry.messageId))),
  );
  mails.ahead(efforts.flatMap((effort) => mayIntroduce(effort, weights)));
  const chosen = efforts
    .map((effort) => ({ effort, score: scoreOf(mails, effort, query, weights) }))
    .filter(({ score }) => score >= minScore(query))
    .sort((a, b) => b.score - a.score || b.effort.versions.at(-1)!.date - a.effort.versions.at(-1)!.date)
    .slice(0, maxEfforts);
  mails.ahead(chosen.flatMap(({ effort }) => entriesOf(effort.versions.at(-1)!)));
  const maintainers = maintaining(tree);
  return chosen.map(({ effort, score }) => describe(archive, mails, effort, score, tree, maintainers));
}

/** What a patch must have of the query; a name in a subject says more than a line, a line more than a mention. */
function lookups({
  symbols,
  files,
}: PriorQuery): readonly { readonly text: string; readonly weight: number }[] {
  return [
    ...symbols.flatMap((name) => [
      { text: `s:"${name}"`, weight: 6 },
      { text: `dfb:"${name}"`, weight: 3 },
      { text: `dfa:"${name}"`, weight: 2 },
    ]),
    ...files.map((path) => ({ text: `dfn:"${path}"`, weight: 3 })),
  ];
}

/** An effort that uses a name in passing (one patch of many) stays below this; for files one patch is enough. */
const minScore = (query: PriorQuery) => (query.files.length > 0 ? 0.05 : 0.75);
/** It makes what is asked for: no mention outweighs that. */
const introducing = 20;

/** The best version's mean weight over its patches, so that a long series which touches the name once counts little. */
function scoreOf(
  mails: MailReader,
  effort: Effort,
  query: PriorQuery,
  weights: ReadonlyMap<number, number>,
): number {
  let best = 0;
  for (const series of effort.versions) {
    const posts = postsOf(series);
    const sum = posts.reduce((total, { entry }) => total + (weights.get(entry.id) ?? 0), 0);
    best = Math.max(best, sum / posts.length);
  }
  const asked = new Set(query.symbols);
  const names = mayIntroduce(effort, weights).flatMap((entry) =>
    introducedNames(patchIn(mails, entry).files),
  );
  const found = [...new Set(names)].filter((name) => asked.has(name)).length;
  return Math.round((best + introducing * found) * 100) / 100;
}

/** Patches of the last version that can introduce what is asked for: it stands on lines that they add, so they fit. */
function mayIntroduce({ versions }: Effort, weights: ReadonlyMap<number, number>): readonly Entry[] {
  return lastEntries(versions.at(-1)!).filter(({ id }) => weights.has(id));
}

const lastEntries = (series: PostedSeries) =>
  [...series.patches.values()].slice(0, 100).map(({ entry }) => entry);

const patchIn = (mails: MailReader, entry: Entry): LandedPatch => parsePatch(mails.read(entry).text);

const entriesOf = (series: PostedSeries) => [...postsOf(series), ...series.replies].map(({ entry }) => entry);

function describe(
  archive: Archive,
  mails: MailReader,
  { versions }: Effort,
  score: number,
  tree: Tree | undefined,
  maintainers: Maintaining,
): PriorEffort {
  const last = versions.at(-1)!;
  const patches = lastEntries(last).map((entry) => patchIn(mails, entry));
  const letters = lettersOf(mails, last);
  const notice = letters.flatMap(({ letter, posted }) => {
    const found = posted ? undefined : landing(ownText(letter.text));
    return found?.kind === "applied" && letter.address !== last.address
      ? [{ from: letter.from, quote: found.quote }]
      : [];
  })[0];
  const landed = tree
    ? landedInTree(tree, patches, versions[0]!.date)
    : landedInArchive(last.date, archive.newest(Number.MAX_SAFE_INTEGER, 1)[0]?.received ?? 0, notice);
  return {
    title: last.title,
    authors: [...new Set(versions.map((series) => authorName(series)))],
    first: iso(versions[0]!.date),
    last: iso(last.date),
    versions: versions.map((series) => ({
      version: series.version,
      messageId: (series.cover ?? postsOf(series)[0]!).entry.messageId,
      date: iso(series.date),
      patches: series.patches.size,
      replies: series.replies.length,
    })),
    ...landed,
    objections: lastObjections(
      mails,
      versions,
      maintainers(patches.flatMap(({ files }) => diffPaths(files))),
    ),
    score,
  };
}

function authorName(series: PostedSeries): string {
  const { entry } = postsOf(series)[0]!;
  return `${entry.from} <${entry.address}>`;
}

interface Read {
  readonly letter: Letter;
  /** A patch or cover letter, not an answer. */
  readonly posted: boolean;
}

function lettersOf(mails: MailReader, series: PostedSeries): readonly Read[] {
  mails.ahead(entriesOf(series));
  const read = ({ entry }: { entry: Entry }, posted: boolean) => ({
    letter: letterOf(mails.read(entry)),
    posted,
  });
  return [
    ...postsOf(series).map((item) => read(item, true)),
    ...series.replies.map((item) => read(item, false)),
  ];
}

/**
 * What stood against the newest version that anybody answered: the last objections and open questions of those who
 * maintain its files; else of those whom the author had addressed it to, maintainers by custom; else of anybody.
 */
function lastObjections(
  mails: MailReader,
  versions: readonly PostedSeries[],
  maintainers: ReadonlySet<string>,
): readonly Objection[] {
  for (const series of [...versions].reverse()) {
    const letters = lettersOf(mails, series);
    const asked = new Set(letters.flatMap(({ letter, posted }) => (posted ? letter.to : [])));
    const isAuthor = (letter: Letter) => letter.address === series.address;
    const points = findPoints(
      letters.map(({ letter }) => letter),
      isAuthor,
      true,
    ).filter(
      ({ kind, state, address }) =>
        !robotName(address) && (kind === "objection" || (state !== "agreed" && kind !== "request")),
    );
    const by = (people: ReadonlySet<string>) =>
      points.filter(({ address, from }) => people.has(address) || people.has(from.toLowerCase()));
    const chosen = [by(maintainers), by(asked), points].find(({ length }) => length > 0);
    if (chosen)
      return [...chosen]
        .sort((a, b) => b.date - a.date)
        .slice(0, maxObjections)
        .map(({ from, messageId, date, quote }) => ({ from, messageId, date: iso(date), quote }));
  }
  return [];
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
