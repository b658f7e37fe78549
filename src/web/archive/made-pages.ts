/** The pages of an archive that are asked for most, made of plain requests: in this thread or in others. */
import type { Archive, Entry } from "../../archive/archive.js";
import { gzipPiece, joinPieces } from "../../base/gzip-pieces.js";
import { type SearchAsked, searchPage } from "./list-page.js";
import type { ThreadAsked } from "./thread-page.js";

export type ThreadRequest = { readonly kind: "thread"; readonly archive: string } & ThreadAsked;

/** Plain data: it goes to other threads. */
export interface SearchRequest {
  readonly kind: "search";
  readonly archive: string;
  readonly asked: SearchAsked;
}

export interface MessageRequest {
  readonly kind: "message";
  readonly archive: string;
  readonly ids: readonly string[];
}

export type PageRequest = ThreadRequest | MessageRequest | SearchRequest;

/**
 * What a search found, compressed with gzip.
 * @throws UsageError when the query cannot be read.
 */
export function foundPage(archive: Archive, { asked }: SearchRequest): Uint8Array {
  return joinPieces([gzipPiece(String(searchPage(archive, asked)))]);
}

export function entriesOf(archive: Archive, ids: readonly string[]): readonly Entry[] {
  return ids.map((id) => archive.byMessageId(id)).find((found) => found.length > 0) ?? [];
}

/** Who makes pages of searches. */
export interface PageMaker {
  make(request: SearchRequest): Promise<Uint8Array>;
  close(): void;
}

/** Makes them when asked, one after the other. */
export function inThisThread(archives: readonly Archive[]): PageMaker {
  const byName = new Map(archives.map((archive) => [archive.name, archive]));
  return { make: async (request) => foundPage(byName.get(request.archive)!, request), close: () => {} };
}
