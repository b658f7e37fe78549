/** What the sender of a series should know before sending it, one sentence each. Nothing here keeps a message back. */
import type { Outgoing } from "./outbox.js";
import { isUnfinished } from "./outbox-format.js";
import { formatMessage, headerText, type Message } from "./outbox-message.js";
import type { PatchFacts } from "./route-patch.js";

/** From here on list servers commonly hold a message for a moderator. */
const LARGE_BYTES = 100_000;

export function namelessWarnings({ item, nameless }: PatchFacts): string[] {
  return nameless.map((line) => `${item}: "${line}" has no address: not mailed`);
}

/**
 * A patch without its author's sign-off, which nobody may take (Documentation/process/submitting-patches.rst, "Sign
 * your work"); checkpatch calls it an error.
 * @param author his address
 */
export function signOffWarnings({ item, trailers }: PatchFacts, author: string): string[] {
  const signers = trailers.filter(({ key }) => /^signed-off-by$/i.test(key));
  if (signers.some(({ address }) => address.toLowerCase() === author.toLowerCase())) return [];
  return [
    `${item}: no Signed-off-by${signers.length > 0 ? ` of its author, ${author}` : ""}: nobody may take it so`,
  ];
}

/** One sentence for all messages: a series to everybody would have the same one for each. */
export function capWarnings(messages: readonly Outgoing[]): string[] {
  const cut = messages.filter(({ leftOut }) => leftOut.length > 0);
  if (cut.length === 0) return [];
  const most = Math.max(...cut.map(({ leftOut }) => leftOut.length));
  const others = cut.length > 1 ? ` and ${cut.length - 1} more` : "";
  return [
    `${cut[0]!.file}${others}: too many recipients for lists and servers; up to ${most} are left out, each of whom gets the patch that concerns him`,
  ];
}

export function messageWarnings({ file, message, to, cc }: Outgoing): string[] {
  const size = formatMessage(message).length;
  return [
    ...(to.length + cc.length === 0
      ? [`${file}: nobody to send it to: MAINTAINERS names no section for it`]
      : []),
    ...(size > LARGE_BYTES
      ? [`${file}: ${Math.round(size / 1000)} kB: lists may hold it for a moderator`]
      : []),
    ...(isUnfinished(message)
      ? [`${file}: has no text yet: write it, or use --cover FILE; it cannot be sent so`]
      : []),
    ...amWarnings(file, message),
  ];
}

/**
 * What git am would not apply as it was committed: it drops bracketed words at the beginning of a subject
 * (git-mailinfo(1)), and ends the message at a line that looks like a patch's first (git's mailinfo.c, patchbreak).
 */
function amWarnings(file: string, message: Message): string[] {
  const subject = headerText(message, "Subject").replace(/^\[[^\]]*\] */, "");
  const body = message.body.split("\n");
  const end = body.indexOf("---");
  if (end === -1) return []; // a cover letter
  const cut = body.slice(0, end).find((line) => /^(?:diff -|Index: |--- \S)/.test(line));
  return [
    ...(subject.startsWith("[") ? [`${file}: git am drops the bracketed words from "${subject}"`] : []),
    ...(cut === undefined
      ? []
      : [`${file}: git am takes "${cut}" for the patch, and ends the message there`]),
  ];
}
