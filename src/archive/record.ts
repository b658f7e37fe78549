/** What the index keeps of one mail. Made in workers, plain data. */
import { createHash } from "node:crypto";
import { deflatedPiece, packPiece } from "../base/gzip-pieces.js";
import { mailHtml, segment } from "../mail/html.js";
import { type Message, parseMessage } from "../mail/message.js";
import { parsePatch } from "../mail/patch.js";
import { threadSubject } from "../mail/subject.js";
import { type ColumnTexts, columnTexts } from "./columns.js";

export interface MailRecord {
  readonly locator: string;
  readonly bytes: number;
  readonly ids: readonly [string, ...string[]];
  /** Tells a second copy of a mail from another mail with the same id. */
  readonly contentHash: string;
  readonly references: readonly string[];
  /** A reply that names nothing that it replies to: grouped by subject. */
  readonly groupBySubject: boolean;
  readonly subject: string;
  /** Equal for a mail and the replies to it. */
  readonly subjectHash: number;
  readonly from: string;
  readonly fromAddress: string;
  readonly date: number;
  readonly received: number;
  readonly patch: PatchRecord | undefined;
  readonly texts: ColumnTexts;
  /** The mail as a page of its thread shows it (`/LIST/MSGID/t/`), a packed GzipPiece: no reader waits for parsing. */
  readonly shown: Uint8Array;
  /** Bytes of that as HTML. */
  readonly shownBytes: number;
}

/** What links patches to series and versions to each other. */
export interface PatchRecord {
  readonly title: string;
  readonly version: number;
  readonly number: number | undefined;
  readonly total: number | undefined;
  readonly changeId: string | undefined;
}

export function mailRecord(locator: string, raw: Buffer, time: number): MailRecord {
  const message = parseMessage(raw, time);
  const { subject } = message;
  const isPatch = subject.patch && !subject.reply;
  const hash = contentHash(raw);
  const shown = deflatedPiece(articleHtml(message, hash));
  return {
    locator,
    bytes: raw.length,
    ids: message.ids,
    contentHash: hash,
    references: message.references,
    groupBySubject: subject.reply && message.references.length === 0,
    subject: subject.text,
    subjectHash: hash48(threadSubject(subject.text)),
    from: message.from[0]?.name || message.from[0]?.address || "(no author)",
    fromAddress: (message.from[0]?.address ?? "").toLowerCase(),
    date: message.date,
    received: message.received,
    patch: isPatch
      ? {
          title: subject.title,
          version: subject.version,
          number: subject.number,
          total: subject.total,
          changeId: parsePatch(message.text).changeId,
        }
      : undefined,
    texts: columnTexts(message),
    shown: packPiece(shown),
    shownBytes: shown.length,
  };
}

/** A mail on the page of its thread, and where that page links to it. */
export function articleHtml(message: Message, hash: string): string {
  const own = `../../${segment(message.ids[0])}/`;
  return `<article id="${articleId(hash)}">${mailHtml(message, { own, list: "../../" })}<p><a href="${own}">permalink</a> <a href="${own}raw">raw</a> <a href="${own}#R">reply</a></p></article>`;
}

/** Stays when the index is made anew: links to it are kept in other places. */
export const articleId = (hash: string) => `m${hash}`;

/** The mail without what each hop adds: the body, and the headers that its author wrote. */
function contentHash(raw: Buffer): string {
  const end = raw.indexOf("\n\n");
  const head = raw.toString("latin1", 0, end === -1 ? raw.length : end);
  const authored = head
    .replace(/\r?\n[ \t]+/g, " ")
    .split(/\r?\n/)
    .filter((line) => /^(?:from|to|cc|subject|date|message-id|references|in-reply-to):/i.test(line));
  const hash = createHash("sha1").update(authored.join("\n"));
  return hash
    .update(
      raw
        .subarray(end === -1 ? raw.length : end)
        .toString("latin1")
        .trim(),
    )
    .digest("hex")
    .slice(0, 16);
}

/** 48 bits of SHA-1: an integer that JavaScript and SQLite both hold exactly. */
export function hash48(text: string): number {
  return createHash("sha1").update(text).digest().readUIntBE(0, 6);
}
