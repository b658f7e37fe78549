/** A thread as a list of lines, each below what it answers. */
import { utc } from "../base/utc.js";
import { escapeHtml } from "../mail/html.js";
import { type Placed, type Threadable, threadOrder } from "../mail/thread.js";
import type { Listed } from "./listing.js";

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

/** A line of HTML for each. Written without templates: a page can have a thousand. @param link where a line leads */
export function threadLines(
  placed: readonly Placed<ThreadItem>[],
  link: (entry: Listed) => string,
): readonly string[] {
  let before = "";
  return placed.map(({ message: { entry }, depth }) => {
    const subject = entry.subject.replace(/^re:\s*/i, "");
    const [text, from] = subject === before ? [entry.from, ""] : [entry.subject, ` ${entry.from}`];
    before = subject;
    const indent = `${" ".repeat(Math.min(depth, maxIndent))}${depth > 0 ? "` " : ""}`;
    return `<li><pre>${utc(entry.date)} ${indent}<a href="${escapeHtml(link(entry))}">${escapeHtml(text)}</a>${escapeHtml(from)}</pre></li>`;
  });
}

/** The line of the message that the page shows. */
export const markedLine = (line: string) =>
  line
    .replace("<li>", '<li class="here" aria-current="true">')
    .replace('<a href="', '[this message] <a href="');

export const linesBegin = '<ol class="plain">';
export const linesEnd = "</ol>";
