/** How to answer a message: to whom, below what, in which words. */
import { type Address, formatAddress } from "./address.js";
import { headerAddresses } from "./header.js";
import type { Message } from "./message.js";
import { withoutSignature } from "./quote.js";

export interface ReplyHeaders {
  /** The author (or who Reply-To names). */
  readonly to: readonly Address[];
  /** Everybody else in To and Cc, in the message's order, each address once. */
  readonly cc: readonly Address[];
  readonly subject: string;
  readonly inReplyTo: string;
  /** Oldest first, the message itself last (RFC 5322 §3.6.4). */
  readonly references: readonly string[];
}

/**
 * Reply to all, as kernel lists ask for.
 * @param self addresses that are left out: one's own.
 */
function replyHeaders(message: Message, self: readonly string[] = []): ReplyHeaders {
  const replyTo = headerAddresses(message.headers, "reply-to");
  const to = replyTo.length > 0 ? replyTo : message.from;
  const seen = new Set(
    [...self, ...to.map(({ address }) => address)].map((address) => address.toLowerCase()),
  );
  const cc = [...(replyTo.length > 0 ? message.from : []), ...message.to, ...message.cc].filter(
    ({ address }) => {
      const key = address.toLowerCase();
      return !seen.has(key) && seen.add(key);
    },
  );
  return {
    to,
    cc,
    subject: /^re:/i.test(message.subject.text) ? message.subject.text : `Re: ${message.subject.text}`,
    inReplyTo: message.ids[0],
    references: [...message.references.filter((id) => id !== message.ids[0]), message.ids[0]],
  };
}

/** A draft: headers, attribution line, the text quoted, ready for interleaved answers. */
export function replyTemplate(
  message: Message,
  from: string | undefined,
  self: readonly string[] = [],
): string {
  const { to, cc, subject, inReplyTo, references } = replyHeaders(message, self);
  const list = (name: string, people: readonly Address[]) =>
    people.length > 0 ? [`${name}: ${people.map(formatAddress).join(",\n ")}`] : [];
  const author = message.from[0];
  const quoted = withoutSignature(message.text)
    .trimEnd()
    .split("\n")
    .map((line) => (line.startsWith(">") || line === "" ? `>${line}` : `> ${line}`));
  return [
    ...(from === undefined ? [] : [`From: ${from}`]),
    ...list("To", to),
    ...list("Cc", cc),
    `Subject: ${subject}`,
    `In-Reply-To: <${inReplyTo}>`,
    `References: ${references.map((id) => `<${id}>`).join("\n ")}`,
    "",
    `On ${attributionDate(message)}, ${author?.name || author?.address || "somebody"} wrote:`,
    ...quoted,
    "",
  ].join("\n");
}

/** The date as the author's clock had it, as mutt and git people quote it. */
function attributionDate(message: Message): string {
  const written = message.headers.fields.find(([name]) => name === "date")?.[1];
  return written?.replace(/\s*\([^)]*\)\s*$/, "") ?? new Date(message.date * 1000).toUTCString();
}

/**
 * The recipients in the order of public-inbox's reply instructions (Reply.pm): the first address of From is --to;
 * those of From, To, Cc and Reply-To are --cc, each once, sorted by code unit.
 */
export function sendEmailArguments(message: Message): readonly string[] {
  const { to, cc } = replyRecipients(message);
  return [
    `--in-reply-to=${shellWord(message.ids[0])}`,
    ...(to === undefined ? [] : [`--to=${shellWord(to)}`]),
    ...cc.map((address) => `--cc=${shellWord(address)}`),
  ];
}

function replyRecipients(message: Message): { readonly to: string | undefined; readonly cc: string[] } {
  const first = new Map<string, string>();
  const replyTo = headerAddresses(message.headers, "reply-to");
  for (const { address } of [...message.from, ...message.to, ...message.cc, ...replyTo])
    if (address.includes("@") && !first.has(address.toLowerCase())) first.set(address.toLowerCase(), address);
  const [to] = first.keys();
  if (to !== undefined) first.delete(to);
  return { to, cc: [...first.values()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)) };
}

/** Quoted for a shell when it holds anything that a shell might read. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** RFC 6068, with the order of public-inbox: Subject last, in case that it gets cut. */
export function mailtoLink(message: Message): string {
  const { to, cc } = replyRecipients(message);
  const subject = replyHeaders(message).subject;
  const copies = cc.length > 0 ? `&Cc=${encodeURIComponent(cc.join(","))}` : "";
  return `mailto:${encodeURIComponent(to ?? "").replaceAll("%40", "@")}?In-Reply-To=${encodeURIComponent(`<${message.ids[0]}>`).replaceAll("%40", "@")}${copies}&Subject=${encodeURIComponent(subject)}`;
}
