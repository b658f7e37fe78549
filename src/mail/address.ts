/** Mail addresses of header values (RFC 5322 address lists, as they occur rather than as they should). */

export interface Address {
  /** The display name, or "" */
  readonly name: string;
  /** `local@domain`; what stands there, when it is no address. */
  readonly address: string;
}

/** The list's entries in order; groups are flattened. Never fails. */
export function parseAddresses(value: string): readonly Address[] {
  return splitList(value).flatMap((entry) => {
    const parsed = parseOne(entry);
    return parsed ? [parsed] : [];
  });
}

/** A word that holds encoded text (RFC 2047, 2). Some mailers leave commas in it as they are. */
const encodedWord = /=\?[^\s?]+\?[bq]\?[^\s?]*\?=/iy;

/** Splits at commas (and semicolons of groups) outside quotes, comments, angle brackets and encoded words. */
function splitList(value: string): string[] {
  const entries: string[] = [];
  let entry = "";
  let quoted = false;
  let comment = 0;
  let angle = false;
  for (let i = 0; i < value.length; i++) {
    const char = value[i]!;
    if (char === "\\" && (quoted || comment > 0)) {
      entry += char + (value[++i] ?? "");
      continue;
    }
    if (quoted) quoted = char !== '"';
    else if (comment > 0) comment += char === "(" ? 1 : char === ")" ? -1 : 0;
    else if (char === '"') quoted = true;
    else if (char === "(") comment++;
    else if (char === "<") angle = true;
    else if (char === ">") angle = false;
    else if (char === "=") {
      encodedWord.lastIndex = i;
      const word = encodedWord.exec(value)?.[0] ?? char;
      entry += word;
      i += word.length - 1;
      continue;
    } else if ((char === "," || char === ";") && !angle) {
      entries.push(entry);
      entry = "";
      continue;
    }
    entry += char;
  }
  // An unbalanced quote or bracket swallowed the rest: split at commas again rather than lose people.
  if ((quoted || angle || comment > 0) && entry.includes(",")) entries.push(...entry.split(","));
  else entries.push(entry);
  return entries;
}

function parseOne(entry: string): Address | undefined {
  const text = entry.trim();
  if (text === "") return undefined;
  const angled = /^([\s\S]*)<([^<>]*)>[^<>]*$/.exec(text);
  if (angled)
    return { name: plainName(angled[1]!.replace(/^[^":]*:(?=\s*")/, "")), address: angled[2]!.trim() };
  const comment = /\(((?:[^()\\]|\\.)*)\)\s*$/.exec(text);
  const bare = text
    .replace(/\([^()]*\)/g, "")
    .replace(/^[^@\s]*:\s*/, "")
    .trim();
  if (bare === "") return undefined;
  return { name: comment ? plainName(comment[1]!) : "", address: bare };
}

/** A display name without the quotes and backslashes that protect it (RFC 5322, 3.2.4), and on one line. */
export function plainName(text: string): string {
  const trimmed = text.trim();
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(trimmed);
  return (quoted ? quoted[1]! : trimmed.replaceAll('"', ""))
    .replace(/\\(.)/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}

/** `Name <local@domain>`, the name quoted when RFC 5322 asks for it. */
export function formatAddress({ name, address }: Address): string {
  if (name === "") return address;
  const bare = /^[\w!#$%&'*+/=?^`{|}~ \-\u0080-\uffff]+$/.test(name);
  return `${bare ? name : `"${name.replace(/["\\]/g, "\\$&")}"`} <${address}>`;
}
