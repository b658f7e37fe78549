/** Answers kept in memory, compressed; and how a reader gets one: compressed, plain, or not again. */
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Context } from "hono";
import type { Html } from "./shell.js";

export interface Kept {
  readonly version: string;
  readonly type: string;
  /** Compressed: five times as many fit, and most readers take it as it is. */
  readonly gzipped: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  /** As it is, once a reader wanted it so. */
  plain?: Uint8Array<ArrayBuffer>;
}

/** What a reader said of itself. */
export interface Asked {
  readonly ifNoneMatch: string | undefined;
  readonly acceptEncoding: string | undefined;
}

export type Answer = { readonly headers: Record<string, string> } & (
  | { readonly status: 200; readonly body: Uint8Array<ArrayBuffer> }
  | { readonly status: 304; readonly body: null }
);

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Answers that were made before, least recently used out first; as many as fit in 128 MB. */
export class PageCache {
  private readonly kept = new Map<string, Kept>();
  private size = 0;

  constructor(private readonly limit = 1 << 27) {}

  /** The answer to the same request, when it was made under the same `version`. */
  find(context: Context, version: number | string): Promise<Response> | undefined {
    const kept = this.get(context.req.url, String(version));
    return kept && this.respond(context, context.req.url, kept);
  }

  /** Answers with a page's HTML, XML or JSON, and keeps it. */
  async answer(
    context: Context,
    version: number | string,
    type: string,
    page: Html | Promise<string> | string,
  ): Promise<Response> {
    // In a thread of its own, at the level that costs least.
    const gzipped = await compress(String(await page), { level: 1 });
    return this.respond(context, context.req.url, this.keep(context.req.url, String(version), type, gzipped));
  }

  /** What is kept of an address, when it was made under the same `version`. */
  get(key: string, version: string): Kept | undefined {
    const kept = this.kept.get(key);
    if (kept?.version !== version) return undefined;
    this.kept.delete(key);
    this.kept.set(key, kept); // now the most recently used
    return kept;
  }

  /** Keeps a page, compressed with gzip. */
  keep(key: string, version: string, type: string, gzipped: Uint8Array): Kept {
    const before = this.kept.get(key);
    if (before) this.size -= cost(key, before);
    this.kept.delete(key);
    const bytes = alone(gzipped);
    const kept = { version, type, gzipped: bytes, etag: etagOf(bytes) };
    this.kept.set(key, kept);
    this.size += cost(key, kept);
    this.shrink();
    return kept;
  }

  async respond(context: Context, key: string, kept: Kept): Promise<Response> {
    const answer = await this.answerOf(key, kept, {
      ifNoneMatch: context.req.header("If-None-Match"),
      acceptEncoding: context.req.header("Accept-Encoding"),
    });
    return answer.status === 304
      ? context.body(null, 304, answer.headers)
      : context.body(answer.body, 200, answer.headers);
  }

  /** 304 when the reader has it. Pages change with what they show, so readers ask again each time. */
  answerOf(key: string, kept: Kept, { ifNoneMatch, acceptEncoding }: Asked): Answer | Promise<Answer> {
    const { type, gzipped, etag } = kept;
    const headers = {
      "Content-Type": type,
      "Cache-Control": "no-cache",
      ETag: etag,
      Vary: "Accept-Encoding",
    };
    if (hasAlready(ifNoneMatch, etag)) return { status: 304, headers, body: null };
    if (acceptsGzip(acceptEncoding))
      return { status: 200, headers: { ...headers, "Content-Encoding": "gzip" }, body: gzipped };
    if (kept.plain) return { status: 200, headers, body: kept.plain };
    return this.unpacked(key, kept).then((body) => ({ status: 200, headers, body }));
  }

  private async unpacked(key: string, kept: Kept): Promise<Uint8Array<ArrayBuffer>> {
    const plain = new Uint8Array(await decompress(kept.gzipped));
    if (this.kept.get(key) === kept && kept.plain === undefined) {
      kept.plain = plain;
      this.size += plain.length;
      this.shrink();
    }
    return plain;
  }

  private shrink(): void {
    if (this.size <= this.limit) return;
    for (const [oldest, value] of this.kept) {
      this.kept.delete(oldest);
      this.size -= cost(oldest, value);
      if (this.size <= this.limit) break;
    }
  }
}

const cost = (key: string, { gzipped, plain }: Kept) =>
  2 * key.length + gzipped.length + (plain?.length ?? 0);

/** In memory of its own: a small buffer is a part of a large one, which it would keep. */
const alone = (bytes: Uint8Array) =>
  bytes.byteLength === bytes.buffer.byteLength ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);

/** The CRC-32 and the length of the plain page, which end the stream (RFC 1952 §2.3): two versions of it differ. */
const etagOf = (gzipped: Uint8Array<ArrayBuffer>) =>
  `W/"${Buffer.from(gzipped.buffer, gzipped.length - 8, 8).toString("base64url")}"`;

/** RFC 9110 §13.1.2: one tag, several, or any. Our tags hold no comma. */
const hasAlready = (header = "", etag: string) =>
  header !== "" && header.split(",").some((tag) => tag.trim() === etag || tag.trim() === "*");

/** RFC 9110 §12.5.3; `q=0` says no. */
const acceptsGzip = (header = "") => /(?:^|[,\s])gzip(?!\s*;\s*q=0(?:\.0*)?(?:[,\s]|$))/i.test(header);
