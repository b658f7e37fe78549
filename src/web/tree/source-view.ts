/** Source on a page: the functions that matter, their lines numbered and linked, with what happens at each. */
import { type Html, html, raw } from "../shell.js";
import { highlightLines } from "./highlight.js";
import type { Piece, SourceText } from "./source-files.js";

/** What is said at a line. */
export interface Mark {
  readonly line: number;
  /** The number of the step that happens here, for lighting it up. */
  readonly step?: number;
  readonly words: string;
}

export interface SourceOptions {
  /** The lit step; 0: none. */
  readonly now: number;
  /** Before the `L12` of each line's id, so that two files on one page differ. */
  readonly prefix: string;
  /** The address of the whole file. */
  readonly whole: string;
}

/** Longer lines are data, and cut on pages (characters). */
export const maxLine = 2000;

/** Longer functions show only what is near their marks; both in lines. */
const longFunction = 90;
const near = 8;
const head = 3;

export function sourceView(file: SourceText, marks: readonly Mark[], options: SourceOptions): Html {
  const pieces = piecesOf(file, marks);
  let last = 0;
  const shown = pieces.map((piece) => {
    const gap = piece.from - last - 1;
    last = piece.to;
    return html`${gap > 0 ? html`<span class="gap"><a href="${options.whole}?line=${piece.from}#L${piece.from}">⋯ ${gap} lines</a></span>` : ""}${pieceView(file, piece, marks, options)}`;
  });
  return html`<pre class="code" tabindex="0" role="region" aria-label="${file.path}" data-whole="${options.whole}">${shown}</pre>`;
}

/** Lines as they stand, all of them. */
export function plainSource(file: SourceText, piece: Piece, line: number, whole: string): Html {
  const options = { now: 0, prefix: "", whole };
  return html`<pre class="code" tabindex="0" role="region" aria-label="${file.path}" data-whole="${whole}">${pieceView(file, piece, [], options, line)}</pre>`;
}

function pieceView(
  { lines }: SourceText,
  { from, to }: Piece,
  marks: readonly Mark[],
  { now, prefix }: SourceOptions,
  lit = 0,
): Html {
  const shown = lines.slice(from - 1, to).map((line) => line.slice(0, maxLine));
  return html`${highlightLines(shown.join("\n")).map((code, i) => {
    const line = from + i;
    const here = marks.filter((mark) => mark.line === line);
    const isNow = here.some(({ step }) => step !== undefined && step === now);
    const look = `l${here.length > 0 || line === lit ? " mark" : ""}${isNow ? " now" : ""}`;
    const id = `${prefix}L${line}`;
    const cut = lines[line - 1]!.length - maxLine;
    const rest = cut > 0 ? html` <small>⋯ ${cut} more characters</small>` : "";
    return html`<span class="${look}" id="${id}"><a href="#${id}">${line}</a>${raw(code)}${rest}
</span>${here.map((mark) => saying(mark, now))}`;
  })}`;
}

function saying({ step, words }: Mark, now: number): Html {
  if (step === undefined) return html`<span class="say" data-n="•">${words}</span>`;
  return html`<span class="say${step === now ? " now" : ""}" data-n="${step}" data-step="${step}">${words}</span>`;
}

/** The parts of a file to show: functions with marks, or of long ones the surroundings of the marks. */
export function piecesOf({ lines, functions }: SourceText, marks: readonly Mark[]): Piece[] {
  const wanted = marks.flatMap(({ line }): Piece[] => {
    const around = { from: Math.max(1, line - near), to: Math.min(lines.length, line + near) };
    const inside = functions.find(({ from, to }) => from <= line && line <= to);
    if (!inside) return [{ from: Math.max(1, line - 2), to: Math.min(lines.length, line + 2) }];
    if (inside.to - inside.from <= longFunction) return [inside];
    return [
      { from: inside.from, to: Math.min(inside.from + head, inside.to) },
      { from: Math.max(around.from, inside.from), to: Math.min(around.to, inside.to) },
    ];
  });
  const merged: Piece[] = [];
  for (const piece of wanted.sort((a, b) => a.from - b.from)) {
    const before = merged.at(-1);
    if (before && piece.from <= before.to + 3)
      merged[merged.length - 1] = { from: before.from, to: Math.max(before.to, piece.to) };
    else merged.push(piece);
  }
  return merged;
}
