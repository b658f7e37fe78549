/** Whole lines that go, and the empty line that they would leave over. */
import { type Edit, lineAt } from "../edit.js";

/** `[at, end)`, from the start of a line to the end of one. */
export interface Lines {
  readonly at: number;
  readonly end: number;
}

/** The edit that takes lines away: no empty line stays double, begins a block, follows a label or ends a block. */
export function closeGap(text: string, { at, end }: Lines): Edit {
  const before = at === 0 ? { start: 0, end: 0 } : lineAt(text, at - 1);
  const after = lineAt(text, end);
  const isEmpty = (line: { readonly start: number; readonly end: number }) =>
    line.end > line.start && text.slice(line.start, line.end).trim() === "";
  const opens = /[{:]\s*$/.test(text.slice(before.start, before.end));
  if (isEmpty(after) && (isEmpty(before) || opens)) return { at, end: after.end, text: "" };
  if (isEmpty(before) && /^\s*\}/.test(text.slice(after.start, after.end)))
    return { at: before.start, end, text: "" };
  return { at, end, text: "" };
}
