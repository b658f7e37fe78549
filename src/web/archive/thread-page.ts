/** A whole thread on one page, nested (in reading order) or flat (by date). */
import type { Archive, Entry } from "../../archive/archive.js";
import { type GzipPiece, gzipPiece, joinPieces, storedPiece } from "../../base/gzip-pieces.js";
import { type Html, html, page, raw, segment } from "../shell.js";
import { orderedThread, overview } from "./overview.js";

/** Messages on one page; and bytes of HTML, whatever comes first. */
const perPage = 100;
const bytesPerPage = 1_500_000;

/** Where the messages go. Text cannot look like it: a page escapes all text. */
const messagesHere = "<!-- messages -->";

/**
 * The page, compressed with gzip: messages are put into it as the index keeps them.
 * @param judgedOn the tree that the thread's series can be judged on
 */
export async function threadPage(
  archive: Archive,
  entry: Entry,
  flat: boolean,
  offset: number,
  judgedOn: string | undefined,
): Promise<Buffer> {
  const thread = orderedThread(archive, entry.thread);
  const order = (flat ? [...thread].sort((a, b) => a.message.date - b.message.date) : thread).map(
    ({ message }) => message.entry,
  );
  const shown = order.slice(offset, offset + perPage);
  const messages: GzipPiece[] = [];
  let bytes = 0;
  for (const [i, piece] of archive.shown(shown).entries()) {
    messages.push(...article(shown[i]!, piece, shown[i]!.id === entry.id));
    bytes += piece.length;
    if (bytes >= bytesPerPage) {
      shown.length = i + 1;
      break;
    }
  }
  const here = new Set(shown.map(({ id }) => id));
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
      raw(messagesHere),
      next < order.length ? html`<p><a rel="next" href="?o=${next}">next messages</a></p>` : html``,
    ],
  );
  const [before, after] = frame.split(messagesHere) as [string, string];
  return joinPieces([await gzipPiece(before), ...messages, await gzipPiece(after)]);
}

function article({ id, messageId }: Entry, message: GzipPiece, asked: boolean): readonly GzipPiece[] {
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
