/** Continuation lines that were aligned with an opening parenthesis stay aligned when it moves. */
import { type Edit, lineAt } from "../edit.js";

/** Kernel tabs (Documentation/process/coding-style.rst, "Indentation"). */
const tab = 8;

/** The column after some text that begins a line. */
function columnAfter(text: string): number {
  let column = 0;
  for (const c of text) column = c === "\t" ? column - (column % tab) + tab : column + 1;
  return column;
}

/** White space of a width, in the manner of a sample: tabs first, unless the sample has none. */
function whiteSpace(width: number, sample: string): string {
  if (width > 0 && !sample.includes("\t")) return " ".repeat(width);
  return "\t".repeat(Math.floor(width / tab)) + " ".repeat(width % tab);
}

/**
 * Edits that move the continuation lines of a call, which lie in `[open, end)`, by some columns.
 * A line that was not aligned with the parenthesis at `open`, or with one inside the call, is left as it is.
 */
export function realign(text: string, open: number, end: number, by: number): Edit[] {
  const edits: Edit[] = [];
  const aligned = columnAfter(text.slice(lineAt(text, open).start, open + 1));
  for (
    let newline = text.indexOf("\n", open);
    newline !== -1 && newline < end;
    newline = text.indexOf("\n", newline + 1)
  ) {
    const at = newline + 1;
    const white = /^[ \t]*/.exec(text.slice(at, end))![0];
    if (/^[\r\n#]/.test(text.slice(at + white.length, at + white.length + 1))) continue;
    if (columnAfter(white) >= aligned)
      edits.push({ at, end: at + white.length, text: whiteSpace(columnAfter(white) + by, white) });
  }
  return edits;
}
