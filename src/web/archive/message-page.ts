/** A message with its place in the thread and how to answer it. */
import type { Archive, Entry } from "../../archive/archive.js";
import type { Listed } from "../../archive/listing.js";
import { orderedThread } from "../../archive/thread-lines.js";
import { mailHtml } from "../../mail/html.js";
import type { Message } from "../../mail/message.js";
import { mailtoLink, sendEmailArguments } from "../../mail/reply.js";
import { type Html, html, page, raw, segment, utc } from "../shell.js";
import { messageLink, overview } from "./overview.js";
import type { Surroundings } from "./surroundings.js";

const links = { own: "", list: "../" };

export function messagePage(
  archive: Archive,
  entries: readonly [Entry, ...Entry[]],
  { drivers }: Pick<Surroundings, "drivers">,
): Html {
  const [entry] = entries;
  const thread = orderedThread(archive.listing(entry.thread));
  const at = thread.findIndex(({ message }) => message.entry.id === entry.id);
  const parent = thread[at]?.parent?.entry;
  const step = (text: string, rel: string, to: Listed | undefined) =>
    to ? html`<a rel="${rel}" href="${messageLink(to)}">${text}</a> ` : "";
  const previous = thread[at - 1]?.message.entry;
  const isParent = previous !== undefined && previous.id === parent?.id;
  const messages = [...archive.messages(entries)];
  return page(
    {
      title: entry.subject || "(no subject)",
      navigation: [
        [archive.name, "../"],
        ["help", "../_/text/help/"],
        ["mirror", "../_/text/mirror/"],
        ["Atom feed", "../new.atom"],
      ],
      feed: "t.atom",
      search: { action: "../", value: "" },
      scripts: ["copy"],
    },
    [
      ...messages.map((message, i) => raw(mailHtml(message, links, i === 0 ? ' id="content"' : ""))),
      touched(drivers(messages[0]!.text)),
      html`<p><a href="#content">^</a> <a href="../${segment(entry.messageId)}/">permalink</a> <a href="raw">raw</a> <a href="#R">reply</a>
[<a href="T/#u">flat</a>|<a href="t/#u">nested</a>] ${thread.length}+ messages in thread</p>
<p>${step("next", "next", thread[at + 1]?.message.entry)}${step(isParent ? "prev parent" : "prev", "prev", previous)}${
        isParent ? "" : step("parent", "up", parent)
      }<a href="#R">reply</a> other threads:[<a href="../?t=${stamp(newestOf(thread))}">~${utc(newestOf(thread))} UTC</a>|<a href="../">newest</a>]</p>
<h2 id="r">Thread overview: ${thread.length}+ messages</h2>
<p>expand[<a href="T/#u">flat</a>|<a href="t/#u">nested</a>] <a href="t.mbox.gz">mbox.gz</a> <a href="t.atom">Atom feed</a> <a href="#content">top</a></p>`,
      overview(thread, entry.id, messageLink),
      replyInstructions(messages[0]!),
    ],
  );
}

function touched(drivers: ReturnType<Surroundings["drivers"]>): Html {
  if (drivers.length === 0) return html``;
  return html`<h2>Drivers that it touches</h2><ul class="plain">${drivers.map(({ tree, driver, href }) => html`<li><a href="${href}">${driver}</a> <span class="soft">${tree}</span></li>`)}</ul>`;
}

const newestOf = (thread: ReturnType<typeof orderedThread>) =>
  thread.reduce((newest, { message }) => Math.max(newest, message.entry.received), 0);

/** `20260224103028`: the form of `?t=`. */
export function stamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\D/g, "").slice(0, 14);
}

function replyInstructions(message: Message): Html {
  const args = sendEmailArguments(message).map((arg) => `    ${arg} \\\n`);
  return html`<h2 id="R">Reply instructions:</h2>
<p>You may reply publicly to this message via plain-text email using any one of the following methods:</p>
<ul><li>Save the following mbox file, import it into your mail client, and reply-to-all from there: <a href="raw">mbox</a>
<p>Avoid top-posting and favor interleaved quoting:
<a rel="nofollow noreferrer" href="https://en.wikipedia.org/wiki/Posting_style#Interleaved_style">https://en.wikipedia.org/wiki/Posting_style#Interleaved_style</a></p></li>
<li>Reply using the <strong>--to</strong>, <strong>--cc</strong>, and <strong>--in-reply-to</strong> switches of git-send-email(1):
<pre data-copy="reply command">  git send-email \\
${args}    /path/to/YOUR_REPLY</pre>
<a rel="nofollow noreferrer" href="https://kernel.org/pub/software/scm/git/docs/git-send-email.html">https://kernel.org/pub/software/scm/git/docs/git-send-email.html</a></li>
<li>If your mail client supports setting the <strong>In-Reply-To</strong> header via mailto: links, try the
<a href="${mailtoLink(message)}">mailto: link</a></li></ul>
<p>Be sure your reply has a <strong>Subject:</strong> header at the top and a blank line before the message body.</p>`;
}
