/** Atom feeds (RFC 4287). */
import { createHash } from "node:crypto";
import type { Archive, Entry } from "../../archive/archive.js";
import { escapeHtml, segment } from "../shell.js";

/** Entries of a feed; each carries its text, cut. */
const maxEntries = 25;
const maxContent = 20_000;

/** Characters that XML 1.0 does not allow at all. */
const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const xml = (text: string) => escapeHtml(text.replace(forbidden, "\ufffd"));
/** RFC 3339 has years of four digits: mails claim others, too. */
const [firstMoment, lastMoment] = [-62_167_219_200, 253_402_300_799];
const time = (seconds: number) =>
  new Date(Math.min(Math.max(seconds, firstMoment), lastMoment) * 1000).toISOString();
/** A title, a name: not empty, and in one line. */
const words = (text: string, otherwise: string) => xml(text.replace(/\s+/g, " ").trim() || otherwise);

/** @param self the feed's own address; @param origin with the archive's path, ends in a slash. */
export function atomFeed(
  archive: Archive,
  title: string,
  self: string,
  origin: string,
  entries: readonly Entry[],
): string {
  const shown = entries.slice(0, maxEntries);
  const seen = new Set<string>();
  const ids = shown.map(({ messageId, hash }) => {
    // Another mail with the same Message-ID is another entry (RFC 4287 §4.1.1).
    const id = seen.has(messageId) ? `${messageId} ${hash}` : messageId;
    seen.add(id);
    return urn(id);
  });
  const updated = shown.reduce((newest, { received }) => Math.max(newest, received), 0);
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>${words(title, archive.name)}</title><id>${urn(self)}</id><updated>${time(updated)}</updated>
<author><name>${xml(archive.name)}</name></author>
<link rel="alternate" type="text/html" href="${xml(origin)}"/><link rel="self" href="${xml(self)}"/>
${[...archive.messages(shown)].map(({ text }, i) => feedEntry(shown[i]!, ids[i]!, text, origin)).join("\n")}
</feed>
`;
}

function feedEntry(entry: Entry, id: string, text: string, origin: string): string {
  const cut = text.length > maxContent ? `${text.slice(0, maxContent)}\n…` : text;
  return `<entry><author><name>${words(entry.from, "(no author)")}</name>${/^\S+@\S+$/.test(entry.address) ? `<email>${xml(entry.address)}</email>` : ""}</author>
<title>${words(entry.subject, "(no subject)")}</title><updated>${time(entry.received)}</updated><published>${time(entry.date)}</published>
<link href="${xml(`${origin}${segment(entry.messageId)}/`)}"/><id>${id}</id>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><pre style="white-space:pre-wrap">${xml(cut)}</pre></div></content></entry>`;
}

/** The same message has the same id on every server. */
function urn(text: string): string {
  const hex = createHash("sha1").update(text).digest("hex");
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
