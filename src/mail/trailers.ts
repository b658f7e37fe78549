/**
 * Trailers: the `Key: value` lines that end a commit message (git-interpret-trailers(1),
 * Documentation/process/submitting-patches.rst), and those that reviewers give in a reply.
 */
import { type Address, parseAddresses } from "./address.js";

export interface Trailer {
  /** As written: `Reviewed-by`. */
  readonly key: string;
  readonly value: string;
  /** The person, for trailers that name one. */
  readonly person?: Address;
}

/** Trailers that the kernel's documents know, and what each means for a patch's state. */
const kinds = {
  "reviewed-by": "review",
  "acked-by": "ack",
  "tested-by": "test",
  "reported-by": "report",
  "reported-and-tested-by": "test",
  "nacked-by": "nak",
  "nak-by": "nak",
  "naked-by": "nak",
  "signed-off-by": "sign-off",
  "co-developed-by": "author",
  "suggested-by": "credit",
  "requested-by": "credit",
  "debugged-by": "credit",
  "reviewed-and-tested-by": "review",
  "acked-and-tested-by": "ack",
  "tested-and-reviewed-by": "review",
  cc: "notice",
  fixes: "reference",
  link: "reference",
  closes: "reference",
  "change-id": "reference",
  "base-commit": "reference",
} as const;
export type TrailerKind = (typeof kinds)[keyof typeof kinds] | "other";

export function trailerKind(key: string): TrailerKind {
  return (kinds as Readonly<Record<string, TrailerKind>>)[key.toLowerCase()] ?? "other";
}

const trailerLine = /^([A-Za-z][A-Za-z0-9-]{1,40}):[ \t]+(\S.*?)\s*$/;

/** One line as a trailer, or undefined. */
export function parseTrailer(line: string): Trailer | undefined {
  const match = trailerLine.exec(line);
  if (!match) return undefined;
  const [, key, value] = match as unknown as [string, string, string];
  if (!/-by$|^cc$/i.test(key)) return { key, value };
  const person = parseAddresses(value)[0];
  return person ? { key, value, person } : { key, value };
}

/**
 * The trailers that end a commit message: those of its last paragraph, when that paragraph is mostly trailers
 * (git-interpret-trailers(1) asks for a quarter and one that git makes; `[maintainer: note]` lines are allowed).
 */
export function messageTrailers(message: string): readonly Trailer[] {
  return trailerBlock(message.trimEnd().split("\n")).trailers;
}

function trailerBlock(lines: readonly string[]): { start: number; trailers: Trailer[] } {
  let start = lines.length;
  while (start > 0 && lines[start - 1]!.trim() !== "") start--;
  const block = lines.slice(start);
  const trailers: Trailer[] = [];
  let notes = 0;
  for (const line of block) {
    const trailer = parseTrailer(line);
    if (trailer) trailers.push(trailer);
    else if (/^\s|^\[.*\]?$|^\(cherry picked from/.test(line)) notes++;
  }
  const enough = trailers.some(({ key }) => trailerKind(key) !== "other")
    ? (trailers.length + notes) * 4 >= block.length
    : trailers.length + notes === block.length;
  return start > 0 && enough && trailers.length > 0
    ? { start, trailers }
    : { start: lines.length, trailers: [] };
}

/**
 * The trailers that a reply gives: known person trailers on lines of their own, anywhere in the given text,
 * which must hold no quoted lines (see quote.ts).
 */
export function givenTrailers(ownText: string): readonly Trailer[] {
  const found: Trailer[] = [];
  for (const line of ownText.split("\n")) {
    const trailer = parseTrailer(line.trim());
    if (trailer?.person?.address.includes("@") && isVerdict(trailerKind(trailer.key))) found.push(trailer);
  }
  return found;
}

const isVerdict = (kind: TrailerKind) => ["review", "ack", "test", "nak", "report", "credit"].includes(kind);

export function formatTrailer(trailer: Trailer): string {
  return `${trailer.key}: ${trailer.value}`;
}

/**
 * A commit message with trailers added to its block, in the order given, those that it already has left out.
 * Starts a block when there is none. Keeps what follows the message (nothing) out of it: pass the message only.
 */
export function addTrailers(message: string, added: readonly Trailer[]): string {
  const lines = message.trimEnd().split("\n");
  const { trailers } = trailerBlock(lines);
  const identity = (trailer: Trailer) =>
    `${trailer.key}:${parseTrailer(formatTrailer(trailer))?.person?.address ?? trailer.value}`.toLowerCase();
  const seen = new Set(trailers.map(identity));
  const fresh = added.filter((trailer) => {
    const id = identity(trailer);
    return !seen.has(id) && seen.add(id);
  });
  if (fresh.length === 0) return `${lines.join("\n")}\n`;
  const gap = trailers.length > 0 ? [] : [""];
  return `${[...lines, ...gap, ...fresh.map(formatTrailer)].join("\n")}\n`;
}
