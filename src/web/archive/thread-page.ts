/** A whole thread on one page, nested (in reading order) or flat (by date). */
import type { Archive } from "../../archive/archive.js";
import type { Sheet } from "../../archive/sheet.js";
import { linesBegin, linesEnd } from "../../archive/thread-lines.js";
import { type FarPiece, type GzipPiece, joinPieces, storedPiece } from "../../base/gzip-pieces.js";
import { escapeHtml, html, page, raw } from "../shell.js";

/** Plain data. */
export interface ThreadAsked {
  /** Readings of what the address names; the first that is there is meant. */
  readonly ids: readonly string[];
  readonly flat: boolean;
  /** The place of the page's first message; without it, 0, or that of the asked message when it would be missing. */
  readonly from: number | undefined;
  /** The tree that the thread's series can be judged on. */
  readonly judgedOn: string | undefined;
}

/** The page, compressed with gzip: put together from what the index keeps. Undefined when there is no such message. */
export function threadPage(archive: Archive, asked: ThreadAsked): Buffer | undefined {
  for (const id of asked.ids) {
    const found = archive.sheet(id);
    if (found) return joinPieces(piecesOf(archive, found, asked));
  }
  return undefined;
}

function piecesOf(
  archive: Archive,
  { sheet, at, messageId, subject }: NonNullable<ReturnType<Archive["sheet"]>>,
  { flat, from, judgedOn }: ThreadAsked,
): (GzipPiece | FarPiece)[] {
  const { count } = sheet;
  const order = flat ? sheet.byDate() : undefined;
  const place = order && at !== -1 ? Array.prototype.indexOf.call(order, at) : at;
  const [offset, next] = sheet.isOnePage ? [0, count] : span(sheet, order, place, from);
  const isHere = sheet.isOnePage ? undefined : hereOf(count, order, offset, next);
  const { head, middle, tailText, tail } = frameOf(archive.name, flat);
  const title = escapeHtml(subject || "(no subject)");
  const judge = judgedOn === undefined || !sheet.patch ? "" : judgeForm(archive.name, messageId, judgedOn);
  const first = offset > 0 ? '<p><a href="?o=0">from the first message on</a></p>' : "";
  const more = next < count ? `<p><a rel="next" href="?o=${next}">next messages</a></p>` : "";
  const mails = (start: number, end: number) =>
    sheet.stretches(order, start, end).map(({ at: there, packed, crc, length }) => {
      return { packed, crc, length, read: (into: Uint8Array) => archive.readShelf(into, there) };
    });
  const isShown = place >= offset && place < next;
  return [
    storedPiece(
      `${head}${title}${middle}<h1>Thread overview: ${count}+ messages</h1><p><a href="../t.mbox.gz">mbox.gz</a> <a href="../t.atom">Atom feed</a></p>${judge}${linesBegin}`,
    ),
    ...sheet.lines(at, isHere),
    first === "" ? linesDone : storedPiece(linesEnd + first),
    ...mails(offset, isShown ? place : next),
    ...(isShown ? [askedHere, ...mails(place, next)] : []),
    more === "" ? tail : storedPiece(more + tailText),
  ];
}

const askedHere = storedPiece('<span id="u"></span>');
const linesDone = storedPiece(linesEnd);

/** The messages that a page shows: from a place in its order up to another. */
function span(
  sheet: Sheet,
  order: ArrayLike<number> | undefined,
  place: number,
  from: number | undefined,
): readonly [offset: number, next: number] {
  const count = (offset: number) => sheet.fitting(order, offset);
  const offset = from ?? (place < count(0) ? 0 : place);
  return [offset, offset + count(offset)];
}

function hereOf(count: number, order: ArrayLike<number> | undefined, offset: number, next: number) {
  const here = new Uint8Array(count);
  for (let i = offset; i < next; i++) here[order ? order[i]! : i] = 1;
  return here;
}

/** Where a page's title and body go. Text cannot look like it: a page escapes all text. */
const [titleHere, bodyHere] = ["<!-- title -->", "<!-- body -->"];
/** What is before, between and after these on all pages of an archive. */
interface Frame {
  readonly head: string;
  readonly middle: string;
  readonly tailText: string;
  readonly tail: GzipPiece;
}
const frames = new Map<string, Frame>();

function frameOf(archive: string, flat: boolean): Frame {
  const key = `${archive} ${flat}`;
  const known = frames.get(key);
  if (known) return known;
  const frame = String(
    page(
      {
        title: raw(titleHere) as string,
        navigation: [
          [archive, "../../"],
          ["this message", "../"],
          [flat ? "nested" : "flat", flat ? "../t/" : "../T/"],
        ],
        feed: "../t.atom",
        search: { action: "../../", value: "" },
      },
      raw(bodyHere),
    ),
  );
  const [head, middle, tailText] = frame.split(new RegExp(`${titleHere}|${bodyHere}`)) as [
    string,
    string,
    string,
  ];
  const made = { head, middle, tailText, tail: storedPiece(tailText) };
  frames.set(key, made);
  return made;
}

const judgeForm = (archive: string, messageId: string, judgedOn: string) =>
  html`<form method="post" action="/series/"><input type="hidden" name="archive" value="${archive}"><input type="hidden" name="id" value="${messageId}"><button>judge this series on ${judgedOn}</button></form>`;
