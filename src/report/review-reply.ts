/** A review as mails: an answer to each patch that has a fault, with the hunk it is about, and one on the whole. */
import { formatAddress } from "../mail/address.js";
import { mboxrdEntry } from "../mail/mbox.js";
import type { Message } from "../mail/message.js";
import type { PostedPatch, Posting } from "../series/posting.js";
import type { HazardChange, PatchReview, Review } from "../series/review.js";
import { failureText, firstOf, ranges, undecidedTexts } from "./review.js";

/** An mboxrd of drafts, without From and Date: the sender's mailer fills them in. Empty when there is nothing to say. */
export function reviewReply(review: Review, posting: Posting): Buffer {
  const drafts: Buffer[] = [];
  const head = posting.cover ?? posting.patches[0]!.message;
  if (review.missed.length > 0)
    drafts.push(draft(head, [...quote(["", head.subject.text]), "", ...missedText(review)]));
  for (const patch of posting.patches) {
    const judged = review.patches.find(({ n }) => n === patch.n)!;
    const text = patchText(judged, patch);
    if (text.length > 0) drafts.push(draft(patch.message, text));
  }
  return Buffer.concat(drafts);
}

function missedText({ missed, tree, absent }: Review): string[] {
  const judged =
    absent.length > 0 ? `the patches that I had (all but ${ranges(absent)})` : "the whole series";
  return [
    ...wrap(
      `On Linux ${tree.version}, with ${judged}, these drivers free their vectors on no path or only on some, and devres no longer does:`,
    ),
    "",
    ...missed.flatMap(({ file, line, why }) => [`  ${file}:${line}`, `    ${why}`]),
  ];
}

function patchText(judged: PatchReview, { patch }: PostedPatch): string[] {
  const faults = judged.introduced.filter(({ kind }) => kind !== "leaks-after-core-change");
  const wrong = judged.claims.filter(({ holds }) => !holds);
  const lines: string[] = [];
  for (const { text, why } of wrong)
    lines.push(...quote(wrap(text)), "", ...wrap(`This is not so: ${why}.`), "");
  if (judged.failure) lines.push(...wrap(`Does not apply: ${failureText(judged.failure)}.`), "");
  const undecided = undecidedTexts(judged.undecided ?? []);
  if (undecided.length > 0)
    lines.push(
      "I cannot tell who frees the vectors from here on:",
      ...undecided.flatMap((text) => wrap(text)),
      "",
    );
  if (judged.ended)
    lines.push(...wrap(`Is it meant that no vectors are taken any more in ${firstOf(judged.ended)}?`), "");
  if (faults.length > 0) {
    lines.push(...quote(hunkAt(patch, faults[0]!)), "");
    const kinds = new Map<string, HazardChange[]>();
    for (const f of faults) kinds.set(f.kind, [...(kinds.get(f.kind) ?? []), f]);
    for (const [kind, group] of kinds) lines.push(...faultText(kind, group), "");
  }
  if (judged.sound === false)
    lines.push("The tree is not sound if one stops at this patch, so the series cannot be bisected.");
  return lines;
}

/** The hunk that a fault is in, or comes from: the last that begins before its line, else the patch's first. */
function hunkAt({ files }: PostedPatch["patch"], { file, line }: HazardChange): string[] {
  const changed = files.find(({ newPath }) => newPath === file) ?? files[0];
  const hunk = changed?.hunks.findLast(({ newStart }) => newStart <= line) ?? changed?.hunks[0];
  return [`+++ b/${changed?.newPath}`, ...(hunk?.lines ?? [])];
}

function faultText(kind: string, group: readonly HazardChange[]): string[] {
  const places = [...new Set(group.map(({ file, line }) => `${file}:${line}`))];
  const [first] = group;
  return [
    ...wrap(
      `From here on, ${kind.replaceAll("-", " ")} at ${places.length} place${places.length === 1 ? "" : "s"}: ${places.slice(0, 4).join(", ")}${places.length > 4 ? ", …" : ""}`,
    ),
    ...(first ? ["The path:", ...first.witness.map((s) => `  ${s.event}  [${s.state}]`)] : []),
  ];
}

function draft(to: Message, body: readonly string[]): Buffer {
  const subject = /^re:/i.test(to.subject.text) ? to.subject.text : `Re: ${to.subject.text}`;
  // A file of git format-patch has none, unless it is of a thread.
  const id = to.idMissing ? undefined : `<${to.ids[0]}>`;
  const headers = [
    `To: ${to.from.map(formatAddress).join(", ")}`,
    ...(to.to.length + to.cc.length > 0
      ? [`Cc: ${[...to.to, ...to.cc].map(formatAddress).join(",\n ")}`]
      : []),
    `Subject: ${subject}`,
    ...(id === undefined
      ? []
      : [`In-Reply-To: ${id}`, `References: ${[...to.references.map((r) => `<${r}>`), id].join("\n ")}`]),
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
    "Content-Transfer-Encoding: 8bit",
  ];
  return mboxrdEntry(Buffer.from(`${headers.join("\n")}\n\n${body.join("\n")}\n`, "utf8"));
}

const quote = (lines: readonly string[]) => lines.map((line) => (line === "" ? ">" : `> ${line}`));

function wrap(text: string, width = 72): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}
