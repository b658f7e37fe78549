/** The list of a thread's messages, each below what it answers. */
import type { Listed } from "../../archive/listing.js";
import { type Placed, type Threadable, threadOrder } from "../../mail/thread.js";
import { escapeHtml, type Html, raw, segment, utc } from "../shell.js";

export interface ThreadItem extends Threadable {
  readonly entry: Listed;
}

/** A thread's messages in reading order. Ids are node numbers here: two mails can carry one Message-ID. */
export function orderedThread(thread: readonly Listed[]): readonly Placed<ThreadItem>[] {
  return threadOrder(
    thread.map((entry) => ({
      entry,
      messageId: String(entry.node),
      references: entry.references.map(String),
      date: entry.date,
    })),
  );
}

/** Deeper replies are drawn no further to the right. */
const maxIndent = 24;

/**
 * Written without templates: a page can have a thousand lines.
 * @param here the message that the page shows
 * @param link where a message's line leads
 */
export function overview(
  placed: readonly Placed<ThreadItem>[],
  here: number | undefined,
  link: (entry: Listed) => string,
): Html {
  let before = "";
  let lines = "";
  for (const {
    message: { entry },
    depth,
  } of placed) {
    const subject = entry.subject.replace(/^re:\s*/i, "");
    const [text, from] = subject === before ? [entry.from, ""] : [entry.subject, ` ${entry.from}`];
    before = subject;
    const indent = `${" ".repeat(Math.min(depth, maxIndent))}${depth > 0 ? "` " : ""}`;
    const [mark, sign] =
      entry.id === here ? [' class="here" aria-current="true"', "[this message] "] : ["", ""];
    lines += `<li${mark}><pre>${utc(entry.date)} ${indent}${sign}<a href="${escapeHtml(link(entry))}">${escapeHtml(text)}</a>${escapeHtml(from)}</pre></li>`;
  }
  return raw(`<ol class="plain">${lines}</ol>`);
}

export const messageLink = (entry: Listed) => `../${segment(entry.messageId)}/`;
