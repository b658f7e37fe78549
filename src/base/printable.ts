/** Text of strangers on a terminal. */

/** Replaces what could move a terminal's cursor: file names, subjects and source come from strangers. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
  return text.replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, "\ufffd");
}

/** As `printable`, for a text of several lines: their ends stay. */
export function printableLines(text: string): string {
  return text.split(/\r?\n/).map(printable).join("\n");
}
