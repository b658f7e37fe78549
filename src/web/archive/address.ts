/**
 * What an address of public-inbox asks for. Message-IDs hold slashes and percent signs, encoded or not, so the path
 * is taken apart by its known endings rather than by its slashes.
 */

export type View =
  | "message"
  | "raw"
  | "nested"
  | "flat"
  | "mbox"
  | "atom"
  | "redirect"
  | { readonly part: number };

export interface MessageAddress {
  /** As asked for, decoded; the second reading is of ids that were not encoded where they should have been. */
  readonly ids: readonly string[];
  readonly view: View;
}

const endings: readonly (readonly [RegExp, View])[] = [
  [/\/raw$/, "raw"],
  [/\/t\.mbox(?:\.gz)?$/, "mbox"],
  [/\/t\.atom$/, "atom"],
  [/\/T\/$/, "flat"],
  [/\/t$/, "nested"],
  [/\/T$/, "flat"],
  [/\/R$/, "redirect"],
  [/\/$/, "message"],
];

/** @param path what follows `/INBOX/`, still encoded. */
export function messageAddress(path: string): MessageAddress {
  if (path.endsWith("/t/")) return { ids: readings(path.slice(0, -3)), view: "nested" };
  const part = /\/(\d{1,3})-[\w.-]+$/.exec(path);
  if (part) return { ids: readings(path.slice(0, part.index)), view: { part: Number(part[1]) } };
  for (const [ending, view] of endings)
    if (ending.test(path)) return { ids: readings(path.replace(ending, "")), view };
  return { ids: readings(path), view: "redirect" };
}

function readings(encoded: string): readonly string[] {
  if (!encoded.includes("%")) return [encoded];
  try {
    return [...new Set([decodeURIComponent(encoded), encoded])];
  } catch {
    return [encoded]; // a bare percent sign
  }
}
