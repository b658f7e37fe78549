/** A whole thread on one page, nested (in reading order) or flat (by date). */
import type { Archive, Entry } from "../../archive/archive.js";
import { type Html, html, maxText, page, segment } from "../shell.js";
import { messageBody } from "./message-page.js";
import { orderedThread, overview } from "./overview.js";

/** Messages on one page; and text in characters, whatever comes first. */
const perPage = 100;
const textPerPage = 1_000_000;

/** @param judgedOn the tree that the thread's series can be judged on */
export function threadPage(
  archive: Archive,
  entry: Entry,
  flat: boolean,
  offset: number,
  judgedOn: string | undefined,
): Html {
  const thread = orderedThread(archive, entry.thread);
  const order = flat ? [...thread].sort((a, b) => a.message.date - b.message.date) : thread;
  const shown: Html[] = [];
  const places = new Map(order.map(({ message }, place) => [message.entry.id, place]));
  let next = offset;
  let text = 0;
  const entries = order.slice(offset, offset + perPage).map((each) => each.message.entry);
  for (const message of archive.messages(entries)) {
    const each = order[next++]!.message.entry;
    text += Math.min(message.text.length, maxText);
    shown.push(
      html`<article id="m${each.id}">${each.id === entry.id ? html`<span id="u"></span>` : ""}${messageBody(each, message, `../../${segment(each.messageId)}/`)}<p><a href="../../${segment(each.messageId)}/">permalink</a> <a href="../../${segment(each.messageId)}/raw">raw</a> <a href="../../${segment(each.messageId)}/#R">reply</a></p></article>`,
    );
    if (text >= textPerPage) break;
  }
  return page(
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
      html`<h1>Thread overview: ${thread.length}+ messages</h1><p><a href="../t.mbox.gz">mbox.gz</a> <a href="../t.atom">Atom feed</a></p>${
        judgedOn !== undefined && thread.some(({ message }) => /^\[[^\]]*PATCH/i.test(message.entry.subject))
          ? html`<form method="post" action="/series/"><input type="hidden" name="archive" value="${archive.name}"><input type="hidden" name="id" value="${entry.messageId}"><button>judge this series on ${judgedOn}</button></form>`
          : ""
      }`,
      overview(thread, entry.id, (each) => {
        const at = places.get(each.id)!;
        return at >= offset && at < next ? `#m${each.id}` : `../../${segment(each.messageId)}/`;
      }),
      ...shown,
      next < order.length ? html`<p><a rel="next" href="?o=${next}">next messages</a></p>` : html``,
    ],
  );
}
