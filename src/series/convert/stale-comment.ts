/**
 * A comment that says that devres frees the vectors because of pcim_enable_device(): with the managed allocation its
 * name says so, and after the core change the comment would be wrong. Comments between the allocation and the statement
 * before the last are looked at, and those in the rest of the file that say it of vectors in so many words. A comment
 * of which nothing else would be left goes as a whole; of a longer one a paragraph that is about nothing else, or the
 * lines that say it, when they are sentences of their own.
 */
import { type Edit, lineAt } from "../edit.js";
import type { Site } from "./conversion.js";

const says = /\bpcim_release\b|\bpcim_enable_device\b|\bpci_setup_msi_context\b/;
/** What a sentence on who frees the vectors names. */
const isAboutOwner =
  /\bpcim_|\bpci_setup_msi_context\b|\bpci_free_irq_vectors\b|\bdevres\b|\bmanaged\b|\bautomatic/i;
const isAboutRelease = /free|releas|managed|automatic|devres/i;
const saysOfVectors = (comment: string) =>
  /\bpcim_release\b/.test(comment) && /\b(irqs?|vectors?|msi)\b/i.test(comment);
/** Statements before the call: the comment of what is computed for it belongs to it. */
const statementsBefore = 2;
/** A comment, or line comments one below the other. */
const comments = /\/\*(?:[^*]|\*(?!\/))*\*\/|\/\/[^\n]*(?:\n[ \t]*\/\/[^\n]*)*/g;

/** @returns the edits that take such comments away; none when there are none */
export function staleComment({ body, call }: Site): Edit[] {
  const { text } = body.file;
  let first = call;
  for (let left = statementsBefore; first > 0 && left >= 0; first--)
    if (/^[;{}]$/.test(body.words[first - 1]!) && left-- === 0) break;
  const from = body.end(Math.max(first - 1, 0));
  const to = body.start(call);
  return [...text.matchAll(comments)].flatMap((comment) => {
    const isNear = comment.index >= from && comment.index < to;
    const isStale = isNear ? says.test(comment[0]) : saysOfVectors(comment[0]);
    return isStale ? without(text, comment.index, comment[0]) : [];
  });
}

function without(text: string, at: number, comment: string): Edit[] {
  const { start } = lineAt(text, at);
  const { end } = lineAt(text, at + comment.length - 1);
  if (text.slice(start, at).trim() !== "" || text.slice(at + comment.length, end).trim() !== "") return [];
  const lines = comment.split("\n");
  const gone = staleLines(lines);
  if (gone.size === 0) return [];
  if (lines.every((line, i) => gone.has(i) || !/\w/.test(line))) return [{ at: start, end, text: "" }];
  let offset = at;
  return lines.flatMap((line, i) => {
    const lineStart = i === 0 ? start : offset;
    offset += line.length + 1;
    return gone.has(i) ? [{ at: lineStart, end: offset, text: "" }] : [];
  });
}

/** The lines of a comment that say it, and nothing else. */
function staleLines(lines: readonly string[]): ReadonlySet<number> {
  const gone = new Set<number>();
  const isEmpty = (i: number) => !/\w/.test(lines[i] ?? "");
  for (let i = 0; i < lines.length; i++) {
    if (isEmpty(i)) continue;
    let last = i;
    while (!isEmpty(last + 1)) last++;
    const paragraph = lines.slice(i, last + 1);
    const text = paragraph.join(" ");
    if (says.test(text) && isAboutRelease.test(text)) {
      const isFirst = lines.slice(0, i).every((line) => !/\w/.test(line));
      for (const line of staleOf(paragraph)) gone.add(i + line);
      // The empty line above a paragraph goes with it.
      if (!isFirst && gone.has(i) && gone.has(last)) gone.add(i - 1);
    }
    i = last;
  }
  return gone;
}

/** A paragraph that is about nothing else, or lines of it that are sentences of their own. */
function staleOf(paragraph: readonly string[]): readonly number[] {
  const words = paragraph.map((line) => line.replace(/^\s*(\/\*+|\*|\/\/)?\s?/, "").replace(/\*\/\s*$/, ""));
  const all = paragraph.map((_, i) => i);
  const sentences = words.join(" ").split(/(?<=[.!?])\s+(?=[A-Z])/);
  if (sentences.every((sentence) => isAboutOwner.test(sentence))) return all;
  const saying = all.filter((i) => says.test(words[i]!));
  // A line can go when the one before ends a sentence and it ends one itself.
  const ends = (line: string) => /(^|[.!?])\s*$/.test(line);
  return saying.every((i) => i > 0 && ends(words[i - 1]!) && ends(words[i]!)) ? saying : [];
}
