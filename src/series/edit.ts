/** Edits of one file's text: replacements at offsets, applied together. Texts are latin1, one character a byte. */

/** Replaces `[at, end)` by `text`. */
export interface Edit {
  readonly at: number;
  readonly end: number;
  readonly text: string;
}

/** New contents of files by path, latin1. */
export type Change = ReadonlyMap<string, string>;

/**
 * Applies edits to a text.
 * @throws Error when two edits overlap: a bug of the caller, since no order of them would be right.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let from = 0;
  for (const { at, end, text: replacement } of [...edits].sort((a, b) => a.at - b.at || a.end - b.end)) {
    if (at < from) throw new Error(`edits overlap at offset ${at}`);
    result += text.slice(from, at) + replacement;
    from = end;
  }
  return result + text.slice(from);
}

/** The offsets of the line that holds `at`, with its line end. */
export function lineAt(text: string, at: number): { readonly start: number; readonly end: number } {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const newline = text.indexOf("\n", at);
  return { start, end: newline === -1 ? text.length : newline + 1 };
}

/** How the file ends its lines: as its first line does. */
export function lineEnd(text: string): "\n" | "\r\n" {
  const first = text.indexOf("\n");
  return first > 0 && text[first - 1] === "\r" ? "\r\n" : "\n";
}
