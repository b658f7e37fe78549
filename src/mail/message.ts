/** A mail as the rest of the program sees it. */
import { createHash } from "node:crypto";
import type { Address } from "./address.js";
import { type Headers, headerAddresses, headerText, parseHeaders, rawValues } from "./header.js";
import { type Part, parseBody, splitHead } from "./mime.js";
import { parseSubject, type Subject } from "./subject.js";

export interface Message {
  /** Without angle brackets. The first is the message's own; mailing lists and bugs add more. */
  readonly ids: readonly [string, ...string[]];
  /** The id was made up because the mail has none. */
  readonly idMissing: boolean;
  readonly subject: Subject;
  readonly from: readonly Address[];
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  /** Seconds since 1970, UTC, of the Date header; of the receipt when that cannot be read. */
  readonly date: number;
  /** Seconds since 1970, UTC, of the newest Received header; else the Date. */
  readonly received: number;
  /** References, then In-Reply-To, each id once; the last is the parent. */
  readonly references: readonly string[];
  readonly listIds: readonly string[];
  readonly headers: Headers;
  readonly parts: readonly Part[];
  /** All readable parts, one after the other. */
  readonly text: string;
  /** What was odd and how it was read, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Reads a mail as received. Never throws, whatever the bytes.
 * @param fallbackDate seconds since 1970 for a mail without a date: of its commit or file.
 */
export function parseMessage(raw: Uint8Array, fallbackDate = 0): Message {
  let bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  if (/^>?From /.test(bytes.toString("latin1", 0, 6))) bytes = bytes.subarray(bytes.indexOf(10) + 1);
  const { head, rest } = splitHead(bytes);
  const headers = parseHeaders(head);
  const body = parseBody(headers, rest);
  const notes = [...body.notes];
  const from = headerAddresses(headers, "from");
  const to = headerAddresses(headers, "to");
  const cc = headerAddresses(headers, "cc");
  const sent = parseDate(rawValues(headers, "date")[0]);
  if (sent === undefined) notes.push("no readable Date: the time of receipt is used");
  const received = receivedDate(headers) ?? sent ?? fallbackDate;
  const ids = messageIds(headers, "message-id");
  if (ids.length === 0) notes.push("no Message-ID: one was made from the content");
  if (ids.length > 1) notes.push("more than one Message-ID: all are known");
  return {
    ids: ids.length > 0 ? (ids as [string, ...string[]]) : [madeUpId(bytes, sent ?? received)],
    idMissing: ids.length === 0,
    subject: parseSubject(headerText(headers, "subject")),
    from,
    to,
    cc,
    date: sent ?? received,
    received,
    references: references(headers, [...from, ...to, ...cc]),
    listIds: rawValues(headers, "list-id").flatMap(
      (value) => /<([^>]+)>/.exec(value)?.[1]?.toLowerCase() ?? [],
    ),
    headers,
    parts: body.parts,
    text: body.parts.flatMap((part) => part.text ?? []).join("\n"),
    notes,
  };
}

function messageIds(headers: Headers, name: string): string[] {
  const ids = rawValues(headers, name).flatMap((value) => {
    const bracketed = [...value.matchAll(/<([^<>]+)>/g)].map((match) => match[1]!.replace(/\s+/g, ""));
    return bracketed.length > 0 ? bracketed : value.trim() === "" ? [] : [value.trim()];
  });
  return [...new Set(ids)];
}

/**
 * References, then In-Reply-To (RFC 5322 §3.6.4), each id once. Mail addresses are left out: some mailers put
 * them there, and old git-send-email let people answer "y" (public-inbox, MID.pm).
 */
function references(headers: Headers, people: readonly Address[]): string[] {
  const strangers = new Set(["y", "n", ...people.map(({ address }) => address)]);
  const found = new Set<string>();
  for (const name of ["references", "in-reply-to"])
    for (const value of rawValues(headers, name))
      for (const match of value.matchAll(/<([^<>]+)>/g)) {
        const id = match[1]!.replace(/\s+/g, "");
        if (!strangers.has(id)) found.add(id);
      }
  return [...found];
}

/** The form of public-inbox for mails without an id: `<UTC time>.<hash>@z`. The same bytes give the same id. */
function madeUpId(bytes: Buffer, seconds: number): string {
  const time = new Date(clampSeconds(seconds) * 1000)
    .toISOString()
    .replace(/[^0-9]/g, "")
    .slice(0, 14);
  return `${time}.${createHash("sha256").update(bytes).digest("hex").slice(0, 20)}@z`;
}

function receivedDate(headers: Headers): number | undefined {
  for (const value of rawValues(headers, "received")) {
    const date = parseDate(value.slice(value.lastIndexOf(";") + 1));
    if (date !== undefined) return date;
  }
  return undefined;
}

/** Years 1970 to 9999: what dates in an archive can be. */
const clampSeconds = (seconds: number) => Math.min(Math.max(seconds, 0), 253402300799);

/** RFC 5322 dates and the odd ones that JavaScript reads too; seconds since 1970, UTC. */
function parseDate(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const plain = value
    .replace(/\([^()]*\)/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  for (const candidate of [plain, plain.replace(/^[A-Za-z]+,? /, ""), plain.replace(/ [A-Za-z]\S*$/, "")]) {
    const time = Date.parse(candidate);
    if (!Number.isNaN(time) && time >= 0 && time < 253402300799_000) return Math.floor(time / 1000);
  }
  return undefined;
}
