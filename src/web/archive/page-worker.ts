/** Makes pages of searches in a thread of its own, with its own connection to each index. */
import { Archive } from "../../archive/archive.js";
import { KnownError, UsageError } from "../../base/errors.js";
import { thisWorker } from "../../base/worker.js";
import { foundPage, type SearchRequest } from "./made-pages.js";

/** A page to make, or an archive to get ready for searches before one is asked for. */
export type PageJob =
  | { readonly number: number; readonly request: SearchRequest }
  | { readonly number: number; readonly prepare: string };

export interface PageMade {
  readonly number: number;
  /** Of a request. */
  readonly page?: Uint8Array;
  readonly failed?: { readonly kind: "usage" | "known" | "bug"; readonly message: string };
}

const worker = thisWorker<undefined, PageMade>();
const archives = new Map<string, Archive>();

worker.listen((message) => {
  const job = message as PageJob;
  const { number } = job;
  try {
    if ("prepare" in job) {
      archive(job.prepare).prepareSearch();
      return worker.post({ number });
    }
    const page = foundPage(archive(job.request.archive), job.request);
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
