/** Makes pages of searches in a thread of its own, with its own connection to each index. */
import { Archive } from "../../archive/archive.js";
import { KnownError, UsageError } from "../../base/errors.js";
import { thisWorker } from "../../base/worker.js";
import { foundPage, type SearchRequest } from "./made-pages.js";

export interface PageJob {
  readonly number: number;
  readonly request: SearchRequest;
}

export interface PageMade {
  readonly number: number;
  readonly page?: Uint8Array;
  readonly failed?: { readonly kind: "usage" | "known" | "bug"; readonly message: string };
}

const worker = thisWorker<undefined, PageMade>();
const archives = new Map<string, Archive>();

worker.listen((message) => {
  const { number, request } = message as PageJob;
  try {
    const page = foundPage(archive(request.archive), request);
    if (page.byteLength === page.buffer.byteLength)
      worker.post({ number, page }, [page.buffer as ArrayBuffer]);
    else worker.post({ number, page });
  } catch (error) {
    worker.post({ number, failed: failure(error) });
  }
});

function archive(name: string): Archive {
  const known = archives.get(name);
  if (known) return known;
  const opened = Archive.open(name);
  archives.set(name, opened);
  return opened;
}

function failure(error: unknown): NonNullable<PageMade["failed"]> {
  if (error instanceof UsageError) return { kind: "usage", message: error.message };
  if (error instanceof KnownError) return { kind: "known", message: error.message };
  return { kind: "bug", message: String(error instanceof Error ? error.stack : error) };
}
