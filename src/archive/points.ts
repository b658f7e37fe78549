/**
 * What reviewers raised against a series, and what became of it. A stretch of own words between quotations is one
 * point; replies that quote it, and direct replies to a message that makes only one, answer it.
 */
import { splitQuotes, unquote, withoutAttribution, withoutSignature } from "../mail/quote.js";
import { threadOrder } from "../mail/thread.js";
import type { Letter } from "./letter.js";
import { type PointKind, pointKind, robotName, type Stance, stanceOf } from "./stance.js";

export interface Response {
  readonly from: string;
  readonly messageId: string;
  readonly date: number;
  readonly byAuthor: boolean;
  readonly stance: Stance;
  readonly quote: string;
}

export type PointState = "open" | "answered" | "answered by correction" | "agreed" | "disputed" | "declined";

export interface Point {
  readonly kind: PointKind;
  readonly state: PointState;
  readonly from: string;
  readonly address: string;
  readonly messageId: string;
  readonly date: number;
  /** The reviewer's words. */
  readonly quote: string;
  /** Names of those who joined in. */
  readonly seconded: readonly string[];
  readonly responses: readonly Response[];
}

/**
 * The points in a thread, oldest first.
 * @param isAuthor tells the series' author from the others.
 * @param toAnyone takes also what reviewers say to each other; else only what is said to the author counts.
 */
export function findPoints(
  letters: readonly Letter[],
  isAuthor: (letter: Letter) => boolean,
  toAnyone = false,
): readonly Point[] {
  const placed = threadOrder(letters);
  const above = new Map(placed.map(({ message, parent }) => [message, parent]));
  const stretches = new Map(letters.map((letter) => [letter, stretchesOf(letter)]));
  const points: Point[] = [];
  for (const letter of [...letters].sort((a, b) => a.date - b.date)) {
    const parent = above.get(letter);
    if (!parent || isAuthor(letter) || !(toAnyone || isAuthor(parent)) || robotName(letter.address)) continue;
    const own = stretches.get(letter)!;
    const raised = own.flatMap((stretch, i) => {
      const kind = reactsOnly(own, i, parent) ? undefined : pointKind(stretch.words);
      return kind && stretch.words !== "" ? [{ kind, stretch }] : [];
    });
    for (const { kind, stretch } of raised) {
      const later = placed.filter(({ message }) => message !== letter && isBelow(message, letter, above));
      const responses = later
        .map(({ message }) => message)
        .sort((a, b) => a.date - b.date)
        .flatMap((message) =>
          answersTo(
            stretch,
            message,
            stretches.get(message)!,
            raised.length === 1 && above.get(message) === letter,
          ),
        );
      points.push(judge(kind, letter, stretch, responses, isAuthor));
    }
  }
  return points;
}

interface Stretch {
  /** The words themselves. */
  readonly words: string;
  /** What is quoted right before them, all quote marks removed. */
  readonly quoted: string;
}

function stretchesOf(letter: Letter): readonly Stretch[] {
  const blocks = splitQuotes(withoutSignature(letter.text));
  const found: Stretch[] = [];
  let quoted = "";
  blocks.forEach((block, i) => {
    if (block.kind === "quote") {
      quoted = quoted === "" ? plain(block.text) : `${quoted}\n${plain(block.text)}`;
      return;
    }
    const before = blocks[i + 1]?.kind === "quote" ? withoutAttribution(block.text) : block.text;
    const words = withoutClosing(before);
    if (words === "") return;
    found.push({ words, quoted });
    quoted = "";
  });
  return found;
}

/** Greetings, names at the end and lines of trailers are no points. */
function withoutClosing(text: string): string {
  return text
    .replace(/^\s*(?:hi|hello|hey|dear)\b[^\n]{0,40}\n/i, "")
    .replace(/^[A-Z][\w-]+-by: .*$/gm, "")
    .replace(/^\.\.\.$/gm, "")
    .replace(
      /\n\s*(?:(?:[Bb]est|[Kk]ind|[Ww]ith)? ?[Rr]egards|BR|Br|[Tt]hanks|[Cc]heers|[Tt]hx)[,.!]*(?:\s*\n\s*[^\n]{0,30})?\s*$/,
      "",
    )
    .replace(/\n\s*-{0,2}\s*[A-Z][\w.]{0,14}(?: [A-Z][\w.]{1,20})?\s*$/, "")
    .trim();
}

function plain(quote: string): string {
  let text = unquote(quote);
  while (/^[ \t]{0,2}[>|]/m.test(text)) text = unquote(text);
  return text;
}

const normal = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

/** Own lines long enough to be known again in a quotation (normalised characters). */
const minLine = 12;

function quotes(quoted: string, words: string): boolean {
  const there = normal(quoted);
  const lines = words
    .split("\n")
    .map(normal)
    .filter((line) => line.length >= minLine);
  return lines.length > 0
    ? lines.some((line) => there.includes(line))
    : normal(words) !== "" && there.includes(normal(words));
}

interface Answer {
  readonly letter: Letter;
  readonly words: string;
}

/** What a later message says to a point: the words after the quotation that holds it. */
function answersTo(point: Stretch, letter: Letter, own: readonly Stretch[], direct: boolean): Answer[] {
  const quoting = own.filter(({ quoted }) => quotes(quoted, point.words));
  if (quoting.length > 0) return quoting.map(({ words }) => ({ letter, words }));
  return direct && own.length > 0 ? [{ letter, words: own.map(({ words }) => words).join("\n\n") }] : [];
}

/** A reviewer's remark on an answer to an earlier point of theirs reacts to it; it raises nothing new. */
function reactsOnly(own: readonly Stretch[], index: number, parent: Letter): boolean {
  const { words, quoted } = own[index]!;
  const short = words.split("\n\n")[0]!.length < 120;
  return (
    short &&
    quoted !== "" &&
    !/\?\s*$/m.test(words) &&
    parent.references.length > 0 &&
    /^(?:ok|okay|fair enough|thanks|sounds|good|great|maybe we)/i.test(words)
  );
}

function isBelow(message: Letter, top: Letter, above: ReadonlyMap<Letter, Letter | undefined>): boolean {
  for (let up = above.get(message); up; up = above.get(up)) if (up === top) return true;
  return false;
}

function judge(
  kind: PointKind,
  letter: Letter,
  { words }: Stretch,
  answers: readonly Answer[],
  isAuthor: (letter: Letter) => boolean,
): Point {
  let answered = false;
  const responses = answers.map(({ letter: by, words: said }): Response => {
    const byAuthor = isAuthor(by);
    const stance = stanceOf(said, byAuthor, answered);
    answered ||= byAuthor;
    return { from: by.from, messageId: by.messageId, date: by.date, byAuthor, stance, quote: excerpt(said) };
  });
  return {
    kind,
    state: stateOf(kind, responses),
    from: letter.from,
    address: letter.address,
    messageId: letter.messageId,
    date: letter.date,
    quote: excerpt(words, kind),
    seconded: [
      ...new Set(
        responses.filter(({ stance, byAuthor }) => stance === "seconds" && !byAuthor).map(({ from }) => from),
      ),
    ].filter(
      // Who seconds after somebody declined, seconds the refusal.
      (name) =>
        !responses.some(
          ({ stance }, i) => stance === "declines" && responses.findIndex(({ from }) => from === name) > i,
        ),
    ),
    responses,
  };
}

function stateOf(kind: PointKind, responses: readonly Response[]): PointState {
  const author = responses.filter(({ byAuthor }) => byAuthor);
  const last = author.at(-1);
  const corrected = responses.some(({ stance }) => stance === "corrects");
  if (last && corrected && (last.stance === "concedes" || kind === "question"))
    return "answered by correction";
  if (kind === "question") return last ? "answered" : "open";
  if (last) {
    if (last.stance === "declines" || (kind === "objection" && last.stance === "answers"))
      return kind === "objection" ? "disputed" : "declined";
    return last.stance === "answers" ? "answered" : "agreed";
  }
  return kind === "suggestion" && responses.some(({ stance }) => stance === "declines") ? "declined" : "open";
}

const maxExcerpt = 600;

/** The words; of long ones the paragraphs that make the point, as many as fit in a few lines. */
function excerpt(words: string, kind?: PointKind): string {
  const flat = words.replace(/[ \t]+/g, " ").trim();
  if (flat.length <= maxExcerpt) return flat;
  const paragraphs = flat.split(/\n\s*\n/);
  const telling = kind === undefined ? [] : paragraphs.filter((paragraph) => pointKind(paragraph) === kind);
  let text = "";
  for (const paragraph of telling.length > 0 ? telling : paragraphs)
    if (text.length + paragraph.length <= maxExcerpt) text += `${text === "" ? "" : "\n\n"}${paragraph}`;
  return text === "" ? `${flat.slice(0, maxExcerpt - 3).replace(/\s+\S*$/, "")} …` : text;
}
