/** A whole thread on one page, nested (in reading order) or flat (by date). */
import type { Archive } from "../../archive/archive.js";
import type { Listed } from "../../archive/listing.js";
import { articleId } from "../../archive/record.js";
import { gzipPiece, joinPieces, storedPiece } from "../../base/gzip-pieces.js";
import { type Html, html, page, raw, segment } from "../shell.js";
import { orderedThread, overview } from "./overview.js";

/** Messages on one page; and bytes of HTML, whatever comes first. A message that is larger has a page of its own. */
const perPage = 100;
const bytesPerPage = 280_000;
/** Of the list of all messages, a line. */
const lineBytes = 160;

/** Where the messages go. Text cannot look like it: a page escapes all text. */
const messagesHere = "<!-- messages -->";

/**
 * The page, compressed with gzip: messages are put into it as the index keeps them.
 * @param from the place of its first message; without it, 0, or that of the asked message when it would be missing
 * @param judgedOn the tree that the thread's series can be judged on
 */
export async function threadPage(
  archive: Archive,
  { asked: entry, thread }: NonNullable<ReturnType<Archive["listed"]>>,
  flat: boolean,
  from: number | undefined,
  judgedOn: string | undefined,
): Promise<Uint8Array> {
  const placed = orderedThread(thread);
  const order = (flat ? [...placed].sort((a, b) => a.message.date - b.message.date) : placed).map(
    ({ message }) => message.entry,
  );
  const asked = order.findIndex(({ id }) => id === entry.id);
  const count = (at: number) => fitting(order, at);
  const offset = from ?? (asked < count(0) ? 0 : asked);
  const next = offset + count(offset);
  const here = new Set(order.slice(offset, next).map(({ id }) => id));
  const frame = await page(
    {
      title: entry.subject || "(no subject)",
      navigation: [
        [archive.name, "../../"],
        ["this message", "../"],
        [flat ? "nested" : "flat", flat ? "../t/" : "../T/"],
      ],
      feed: "../t.atom",
      search: { action: "../../", value: "" },
    },
    [
      html`<h1>Thread overview: ${placed.length}+ messages</h1><p><a href="../t.mbox.gz">mbox.gz</a> <a href="../t.atom">Atom feed</a></p>`,
      judgedOn === undefined ? html`` : judgeForm(archive, entry, order, judgedOn),
      overview(placed, entry.id, ({ id, messageId, hash }) =>
        here.has(id) ? `#${articleId(hash)}` : `../../${segment(messageId)}/`,
      ),
      offset > 0 ? html`<p><a href="?o=0">from the first message on</a></p>` : html``,
      raw(messagesHere),
      next < order.length ? html`<p><a rel="next" href="?o=${next}">next messages</a></p>` : html``,
    ],
  );
  const [before, after] = frame.split(messagesHere) as [string, string];
  const shown = (start: number, end: number) => archive.shown(order.slice(start, end));
  const at = asked >= offset && asked < next ? asked : undefined;
  const messages =
    at === undefined
      ? shown(offset, next)
      : [...shown(offset, at), storedPiece('<span id="u"></span>'), ...shown(at, next)];
  return joinPieces([gzipPiece(before), ...messages, gzipPiece(after)]);
}

/** How many of the messages from a place on fit on one page: one at least. */
function fitting(order: readonly Listed[], offset: number): number {
  let bytes = lineBytes * order.length;
  let count = 0;
  for (const { shownBytes } of order.slice(offset, offset + perPage)) {
    bytes += shownBytes;
    if (bytes > bytesPerPage && count > 0) break;
    count++;
  }
  return count;
}

function judgeForm(archive: Archive, entry: Listed, thread: readonly Listed[], judgedOn: string): Html {
  if (!thread.some(({ subject }) => /^\[[^\]]*PATCH/i.test(subject))) return html``;
  return html`<form method="post" action="/series/"><input type="hidden" name="archive" value="${archive.name}"><input type="hidden" name="id" value="${entry.messageId}"><button>judge this series on ${judgedOn}</button></form>`;
}
