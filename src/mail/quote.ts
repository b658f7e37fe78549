/** What a reply quotes and what it says itself. */

export type Block =
  | { readonly kind: "quote"; readonly text: string }
  | { readonly kind: "own"; readonly text: string };

const quoted = /^[ \t]{0,2}(?:>|\|(?=[ >]))/;
/** The end of `On …, X wrote:` in the shapes and languages seen on kernel lists. */
const attributionEnd =
  /^(?=.*(?:\d|@|:)).{2,300}(?:wrote|writes|said|schrieb|écrit|escribió|ha scritto|escreveu|skrev|写道|寫道).{0,60}$/i;
/** The beginning of one that is broken over lines. */
const attributionStart = /^(?:on|le|am|el|em|il|op|den|w dniu|在)\s.*\d/i;

/** A text's quoted and own stretches in order; a stretch keeps its line breaks and is never empty. */
export function splitQuotes(text: string): readonly Block[] {
  const blocks: { kind: Block["kind"]; lines: string[] }[] = [];
  for (const line of text.split("\n")) {
    const kind = quoted.test(line) ? "quote" : "own";
    const last = blocks.at(-1);
    // An empty line inside a quote belongs to whichever came before, so that quotes are not torn.
    if (last && (last.kind === kind || (line.trim() === "" && last.kind === "own"))) last.lines.push(line);
    else blocks.push({ kind, lines: [line] });
  }
  return blocks.map(({ kind, lines }) => ({ kind, text: lines.join("\n") }));
}

/** The quoted text without one level of quote marks. */
export function unquote(text: string): string {
  return text.replace(/^[ \t]{0,2}[>|] ?/gm, "");
}

/** The text without its signature: from the line `-- ` on (RFC 3676 §4.3), as git leaves it out. */
export function withoutSignature(text: string): string {
  const at = /^-- ?\r?$/m.exec(text);
  return at ? text.slice(0, at.index) : text;
}

/** What stands before a quotation, without the line or lines that introduce it. */
export function withoutAttribution(own: string): string {
  const lines = own.trimEnd().split("\n");
  let end = lines.length;
  if (!attributionEnd.test(lines[end - 1]!.trim()) && !/^\s*wrote:\s*$/i.test(lines[end - 1]!)) return own;
  end--;
  for (let up = end; up >= Math.max(0, end - 2); up--)
    if (attributionStart.test(lines[up]!.trim())) return lines.slice(0, up).join("\n");
  return lines.slice(0, end).join("\n");
}

/** What the author of a reply wrote: no quotes, no attribution lines, no signature. */
export function ownText(text: string): string {
  return splitQuotes(withoutSignature(text))
    .map((block, i, all) =>
      block.kind === "quote"
        ? ""
        : all[i + 1]?.kind === "quote"
          ? withoutAttribution(block.text)
          : block.text,
    )
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
