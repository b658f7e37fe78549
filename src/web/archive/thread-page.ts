/** A whole thread on one page, nested (in reading order) or flat (by date). */
import type { Archive, Entry } from "../../archive/archive.js";
import { type GzipPiece, gzipPiece, joinPieces, storedPiece } from "../../base/gzip-pieces.js";
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
  entry: Entry,
  flat: boolean,
  from: number | undefined,
  judgedOn: string | undefined,
): Promise<Buffer> {
  const thread = orderedThread(archive, entry.thread);
  const order = (flat ? [...thread].sort((a, b) => a.message.date - b.message.date) : thread).map(
    ({ message }) => message.entry,
  );
  const asked = order.findIndex(({ id }) => id === entry.id);
  let offset = from ?? 0;
  let shown = messagesFrom(archive, order, offset, entry);
  if (from === undefined && asked >= shown.length) {
    offset = asked;
    shown = messagesFrom(archive, order, offset, entry);
  }
  const here = new Set(order.slice(offset, offset + shown.length).map(({ id }) => id));
  const next = offset + shown.length;
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
      html`<h1>Thread overview: ${thread.length}+ messages</h1><p><a href="../t.mbox.gz">mbox.gz</a> <a href="../t.atom">Atom feed</a></p>`,
      judgedOn === undefined ? html`` : judgeForm(archive, entry, order, judgedOn),
      overview(thread, entry.id, ({ id, messageId }) =>
        here.has(id) ? `#m${id}` : `../../${segment(messageId)}/`,
      ),
      offset > 0 ? html`<p><a href="?o=0">from the first message on</a></p>` : html``,
      raw(messagesHere),
      next < order.length ? html`<p><a rel="next" href="?o=${next}">next messages</a></p>` : html``,
    ],
  );
  const [before, after] = frame.split(messagesHere) as [string, string];
  return joinPieces([await gzipPiece(before), ...shown.flat(), await gzipPiece(after)]);
}

/** The messages of one page, each in pieces: as many as fit, one at least. */
function messagesFrom(
  archive: Archive,
  order: readonly Entry[],
  offset: number,
  asked: Entry,
): GzipPiece[][] {
  const list: GzipPiece[][] = [];
  const wanted = order.slice(offset, offset + perPage);
  let bytes = lineBytes * order.length;
  for (const [i, message] of archive.shown(wanted).entries()) {
    const pieces = article(wanted[i]!, message, wanted[i]!.id === asked.id);
    bytes += pieces.reduce((sum, { length }) => sum + length, 0);
    if (bytes > bytesPerPage && i > 0) break;
    list.push(pieces);
  }
  return list;
}

function article({ id, messageId }: Entry, message: GzipPiece, asked: boolean): GzipPiece[] {
  const own = `../../${segment(messageId)}/`;
  return [
    storedPiece(`<article id="m${id}">${asked ? '<span id="u"></span>' : ""}`),
    message,
    storedPiece(
      `<p><a href="${own}">permalink</a> <a href="${own}raw">raw</a> <a href="${own}#R">reply</a></p></article>`,
    ),
  ];
}

function judgeForm(archive: Archive, entry: Entry, thread: readonly Entry[], judgedOn: string): Html {
  if (!thread.some(({ subject }) => /^\[[^\]]*PATCH/i.test(subject))) return html``;
  return html`<form method="post" action="/series/"><input type="hidden" name="archive" value="${archive.name}"><input type="hidden" name="id" value="${entry.messageId}"><button>judge this series on ${judgedOn}</button></form>`;
}
