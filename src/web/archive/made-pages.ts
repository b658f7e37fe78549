/** The pages of an archive that are asked for most, made of plain requests: in this thread or in others. */
import type { Archive, Entry } from "../../archive/archive.js";
import { gzipPiece, joinPieces } from "../../base/gzip-pieces.js";
import { type SearchAsked, searchPage } from "./list-page.js";
import { threadPage } from "./thread-page.js";

/** Plain data: it goes to other threads. */
export type PageRequest =
  | {
      readonly kind: "thread";
      readonly archive: string;
      /** Readings of what the address names; the first that is there is meant. */
      readonly ids: readonly string[];
      readonly flat: boolean;
      /** The place of the page's first message. */
      readonly from: number | undefined;
      /** The tree that the thread's series can be judged on. */
      readonly judgedOn: string | undefined;
    }
  | { readonly kind: "search"; readonly archive: string; readonly asked: SearchAsked };

/**
 * A page, compressed with gzip; undefined when there is no such message.
 * @throws UsageError when a query cannot be read.
 */
export async function makePage(archive: Archive, request: PageRequest): Promise<Uint8Array | undefined> {
  if (request.kind === "search")
    return joinPieces([gzipPiece(String(await searchPage(archive, request.asked)))]);
  for (const id of request.ids) {
    const listed = archive.listed(id);
    if (listed) return threadPage(archive, listed, request.flat, request.from, request.judgedOn);
  }
  return undefined;
}

export function entriesOf(archive: Archive, ids: readonly string[]): readonly Entry[] {
  return ids.map((id) => archive.byMessageId(id)).find((found) => found.length > 0) ?? [];
}

/** Who makes pages. */
export interface PageMaker {
  make(request: PageRequest): Promise<Uint8Array | undefined>;
  close(): void;
}

/** Makes them when asked, one after the other. */
export function inThisThread(archives: readonly Archive[]): PageMaker {
  const byName = new Map(archives.map((archive) => [archive.name, archive]));
  return { make: async (request) => makePage(byName.get(request.archive)!, request), close: () => {} };
}
