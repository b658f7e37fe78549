/**
 * A comment that says that devres frees the vectors because of pcim_enable_device(): with the managed allocation its
 * name says so, and after the core change the comment would be wrong. Only comments between the allocation and the
 * statement before the last are looked at. A comment of one sentence goes as a whole, of a longer one the lines that
 * say it, when they are sentences of their own.
 */
import { type Edit, lineAt } from "../edit.js";
import type { Site } from "./conversion.js";

const says = /\bpcim_release\b|\bpcim_enable_device\b/;
/** Statements before the call: the comment of what is computed for it belongs to it. */
const statementsBefore = 2;

/** @returns the edits that take such comments away; none when there are none */
export function staleComment({ body, call }: Site): Edit[] {
  const { text } = body.file;
  let first = call;
  for (let left = statementsBefore; first > 0 && left >= 0; first--)
    if (/^[;{}]$/.test(body.words[first - 1]!) && left-- === 0) break;
  const from = body.end(Math.max(first - 1, 0));
  const between = text.slice(from, body.start(call));
  return [...between.matchAll(/\/\*(?:[^*]|\*(?!\/))*\*\//g)].flatMap((comment) =>
    says.test(comment[0]) ? without(text, from + comment.index, comment[0]) : [],
  );
}

function without(text: string, at: number, comment: string): Edit[] {
  const { start } = lineAt(text, at);
  const { end } = lineAt(text, at + comment.length - 1);
  if (text.slice(start, at).trim() !== "" || text.slice(at + comment.length, end).trim() !== "") return [];
  const lines = comment.split("\n");
  const saying = lines.filter((line) => says.test(line));
  const others = lines.filter((line) => !says.test(line) && /\w/.test(line));
  if (others.length === 0) return [{ at: start, end, text: "" }];
  // A line can go when the one before ends a sentence and it ends one itself.
  const whole = saying.every((line) => {
    const i = lines.indexOf(line);
    return i > 0 && /([.!?]\s*|\/\*\s*)$/.test(lines[i - 1]!) && /[.!?]\s*$/.test(line);
  });
  if (!whole) return [];
  let offset = at;
  return lines.flatMap((line, i) => {
    const lineStart = i === 0 ? start : offset;
    offset += line.length + 1;
    return saying.includes(line) ? [{ at: lineStart, end: offset, text: "" }] : [];
  });
}
