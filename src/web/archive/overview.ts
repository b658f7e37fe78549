/** The list of a thread's messages, each below what it answers. */
import type { Archive, Entry } from "../../archive/archive.js";
import { type Placed, type Threadable, threadOrder } from "../../mail/thread.js";
import { type Html, html, segment, utc } from "../shell.js";

export interface ThreadItem extends Threadable {
  readonly entry: Entry;
}

/** Messages of a thread that a page lists; the mbox has them all. */
export const maxListed = 1000;

/** The thread's messages in reading order. Ids are node numbers here: two mails can carry one Message-ID. */
export function orderedThread(archive: Archive, thread: number): readonly Placed<ThreadItem>[] {
  return threadOrder(
    archive.thread(thread, maxListed).map((entry) => ({
      entry,
      messageId: String(entry.node),
      references: entry.references.map(String),
      date: entry.date,
    })),
  );
}

/** Deeper replies are drawn no further to the right. */
const maxIndent = 24;

/** @param here the message that the page shows; @param link where a message's line leads. */
export function overview(
  placed: readonly Placed<ThreadItem>[],
  here: number | undefined,
  link: (entry: Entry) => string,
): Html {
  let before = "";
  const lines = placed.map(({ message: { entry }, depth }) => {
    const subject = entry.subject.replace(/^re:\s*/i, "") === before ? "" : entry.subject;
    before = entry.subject.replace(/^re:\s*/i, "");
    const indent = `${" ".repeat(Math.min(depth, maxIndent))}${depth > 0 ? "` " : ""}`;
    const mark = entry.id === here;
    return html`<li${mark ? html` class="here" aria-current="true"` : ""}><pre>${utc(entry.date)} ${indent}${
      mark ? "[this message] " : ""
    }<a href="${link(entry)}">${subject === "" ? entry.from : subject}</a>${subject === "" ? "" : ` ${entry.from}`}</pre></li>`;
  });
  return html`<ol class="plain">${lines}</ol>`;
}

export const messageLink = (entry: Entry) => `../${segment(entry.messageId)}/`;
