/**
 * A mail as HTML. It is an attacker's text: everything is escaped, only http and https addresses become links, and
 * nothing that it says reaches an attribute unquoted.
 */
import { type Address, formatAddress } from "./address.js";
import type { Message } from "./message.js";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char]!);

/** A Message-ID as one segment of a path; `@` stays readable. */
export function segment(id: string): string {
  if (plainId.test(id)) return id;
  return encodeURIComponent(id.replace(/[\ud800-\udfff]/gu, "\ufffd")).replaceAll("%40", "@");
}

/** What `encodeURIComponent` leaves as it is, and `@`. */
const plainId = /^[\w.!~*'()@-]*$/;

/** Longer texts are cut on pages, with a note; the raw message has them whole (bytes of HTML). */
export const maxHtml = 230_000;
/** As much of one header: some 500 recipients. */
const maxHeader = 20_000;

/** Where a mail's links lead, relative to the page: its own address, and that of its list. Both end in a slash. */
export interface MailLinks {
  readonly own: string;
  readonly list: string;
}

/** Headers, text and attachments. @param attributes of the list of headers */
export function mailHtml(message: Message, { own, list }: MailLinks, attributes = ""): string {
  const { from, to, cc, subject, date, ids, references, notes, text, parts } = message;
  const parent = references.at(-1);
  const lines = [
    `<dl class="mail"${attributes}>`,
    row("From", people(from)),
    row("To", people(to)),
    row("Cc", people(cc)),
    `<dt>Subject:</dt><dd><strong>${escapeHtml(cut(subject.text)) || "(no subject)"}</strong></dd>`,
    row("Date", new Date(date * 1000).toUTCString()),
    `<dt>Message-ID:</dt><dd>&lt;${escapeHtml(ids[0])}&gt; (<a href="${own}raw">raw</a>)</dd>`,
    parent === undefined
      ? ""
      : `<dt>In-Reply-To:</dt><dd>&lt;<a href="${list}${segment(parent)}/">${escapeHtml(parent)}</a>&gt;</dd>`,
    "</dl>",
    notes.length === 0 ? "" : `<p class="soft">(${escapeHtml(notes.join("; "))})</p>`,
    `<pre>${textHtml(text)}</pre>`,
  ];
  for (const { text: readable, number, filename, type, size } of parts)
    if (readable === undefined)
      lines.push(
        `<p>[<a href="${own}${number}-${fileName(filename, type)}">attachment ${number}: ${escapeHtml(filename ?? "no name")}, ${escapeHtml(type)}, ${size} bytes</a>]</p>`,
      );
  return lines.join("");
}

const people = (list: readonly Address[]) => list.map(formatAddress).join(", ");
const row = (name: string, value: string) =>
  value === "" ? "" : `<dt>${name}:</dt><dd>${escapeHtml(cut(value))}</dd>`;
const cut = (value: string) => (value.length > maxHeader ? `${value.slice(0, maxHeader)} …` : value);

/** A name that is safe in an address and on a disk; the type is never guessed from it. */
export function fileName(name: string | undefined, type: string): string {
  const safe = (name ?? "")
    .replace(/[^\w.-]+/g, "_")
    .replace(/^\.+/, "")
    .slice(-60);
  return safe || `${type.replace(/\W+/g, "-")}.bin`;
}

/** A mail's text, escaped, with links; quotations and the lines of diffs get classes. */
export function textHtml(text: string): string {
  let inDiff = false;
  return fitting(text, (line) => {
    if (/^(?:diff --git |--- \S|\+\+\+ \S)/.test(line)) inDiff = true;
    else if (line === "-- ") inDiff = false;
    const kind = lineKind(line, inDiff);
    const escaped = linked(line);
    return kind === "" ? escaped : `<span class="${kind}">${escaped}</span>`;
  });
}

/**
 * The lines of a text as HTML, as many as fit into `maxHtml`; that the others are left out is said.
 * @param between what stands between two lines
 */
export function fitting(text: string, lineHtml: (line: string) => string, between = "\n"): string {
  const lines = text.slice(0, maxHtml).split("\n");
  const pieces = lines.map(lineHtml);
  const whole = pieces.join(between);
  // A character is three bytes at most for each of its units, which is quicker to know than to count.
  if (text.length <= maxHtml && (3 * whole.length <= maxHtml || Buffer.byteLength(whole) <= maxHtml))
    return whole;
  let [bytes, characters, shown] = [0, 0, 0];
  for (; shown < pieces.length; shown++) {
    bytes += Buffer.byteLength(pieces[shown]!) + 1;
    if (bytes > maxHtml) break;
    characters += lines[shown]!.length + 1;
  }
  const rest = Math.max(0, text.length - characters);
  const note = `<span class="soft">(cut here: ${rest} more characters)</span>`;
  return [...pieces.slice(0, shown), note].join(between);
}

function lineKind(line: string, inDiff: boolean): string {
  if (line[0] === ">") return "q";
  if (!inDiff) return "";
  if (line.startsWith("diff ") || line.startsWith("--- ") || line.startsWith("+++ ")) return "head";
  if (line[0] === "+") return "add";
  if (line[0] === "-") return "del";
  return line.startsWith("@@") ? "hunk" : "";
}

const address = /https?:\/\/[^\s<>"'`{}|\\^\]]+/g;

function linked(line: string): string {
  if (!line.includes("://")) return escapeHtml(line);
  let html = "";
  let last = 0;
  for (const match of line.matchAll(address)) {
    const url = match[0].replace(/[.,;:!?)]+$/, "");
    html += `${escapeHtml(line.slice(last, match.index))}<a rel="nofollow noreferrer" href="${escapeHtml(url)}">${escapeHtml(url)}</a>`;
    last = match.index + url.length;
  }
  return html + escapeHtml(line.slice(last));
}
