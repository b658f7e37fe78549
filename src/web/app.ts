/** The server's frame: headers that keep a page safe, limits, errors as pages, and answers kept in memory. */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { type Context, Hono } from "hono";
import { KnownError, UsageError } from "../base/errors.js";
import { mountAssets } from "./assets.js";
import { type Html, html, page } from "./shell.js";

/** Our own style sheet, modules and forms; no inline script or style, no frames, nothing from elsewhere. */
const contentSecurityPolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Addresses longer than any Message-ID, query or path that we make. */
const maxUrl = 8192;

/** A server without pages; `mount` adds them. */
export function createApp(mount: (app: Hono) => void): Hono {
  const app = new Hono({ strict: true });
  app.use(async (context, next) => {
    setSafeHeaders(context);
    if (context.req.url.length > maxUrl) return errorPage(context, 414, "the address is too long");
    return next();
  });
  mountAssets(app);
  app.get("/robots.txt", (context) => context.text("User-agent: *\nDisallow: /*?q=\nDisallow: /jobs/\n"));
  mount(app);
  app.notFound((context) => errorPage(context, 404, "there is no such page"));
  app.onError((error, context) => {
    if (error instanceof UsageError) return errorPage(context, 400, error.message);
    if (error instanceof KnownError) return errorPage(context, 503, error.message);
    process.stderr.write(
      `treewide: ${context.req.method} ${JSON.stringify(context.req.path)}: ${error.stack}\n`,
    );
    return errorPage(context, 500, "this is a bug; the server's log has the details");
  });
  return app;
}

function setSafeHeaders(context: Context): void {
  context.header("Content-Security-Policy", contentSecurityPolicy);
  context.header("X-Content-Type-Options", "nosniff");
  // Nothing to other sites. Not "no-referrer": browsers then say `Origin: null` of our own forms, too.
  context.header("Referrer-Policy", "same-origin");
  context.header("Cross-Origin-Opener-Policy", "same-origin");
  context.header("Cross-Origin-Resource-Policy", "same-origin");
}

export type ErrorStatus = 400 | 403 | 404 | 405 | 409 | 413 | 414 | 500 | 503;

/** Programs that ask below `/api/` get JSON, people a page. */
export function errorPage(
  context: Context,
  status: ErrorStatus,
  message: string,
): Response | Promise<Response> {
  setSafeHeaders(context); // also before the app is reached
  context.header("Cache-Control", "no-store");
  if (new URL(context.req.url).pathname.startsWith("/api/")) return context.json({ error: message }, status);
  return context.html(
    page({ title: `${status}`, look: "bench" }, html`<h1>${status}</h1><p>${message}</p>`),
    status,
  );
}

interface Kept {
  readonly version: string;
  readonly type: string;
  /** Compressed: five times as many fit, and most readers take it as it is. */
  readonly gzipped: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  /** As it is, once a reader wanted it so. */
  plain?: Uint8Array<ArrayBuffer>;
}

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Answers that were made before, least recently used out first; as many as fit in 128 MB. */
export class PageCache {
  private readonly kept = new Map<string, Kept>();
  private size = 0;

  constructor(private readonly limit = 1 << 27) {}

  /** The answer to the same request, when it was made under the same `version`. */
  find(context: Context, version: number | string): Promise<Response> | undefined {
    const kept = this.kept.get(context.req.url);
    if (kept?.version !== String(version)) return undefined;
    this.kept.delete(context.req.url);
    this.kept.set(context.req.url, kept); // now the most recently used
    return this.respond(context, kept);
  }

  /** Answers with a page's HTML, XML or JSON, and keeps it. */
  async answer(
    context: Context,
    version: number | string,
    type: string,
    page: Html | Promise<string> | string,
  ): Promise<Response> {
    // In a thread of its own, at the level that costs least.
    return this.answerGzipped(context, version, type, compress(String(await page), { level: 1 }));
  }

  /** As `answer`, of a page that is compressed already. The same page must be the same bytes. */
  async answerGzipped(
    context: Context,
    version: number | string,
    type: string,
    page: Promise<Buffer>,
  ): Promise<Response> {
    const gzipped = new Uint8Array(await page);
    const etag = `W/"${createHash("sha1").update(gzipped).digest("base64url")}"`;
    const kept = { version: String(version), type, gzipped, etag };
    this.keep(context.req.url, kept);
    return this.respond(context, kept);
  }

  /** 304 when the reader has it. Pages change with the archive, so readers ask again each time. */
  private async respond(context: Context, kept: Kept): Promise<Response> {
    const { type, gzipped, etag } = kept;
    const headers = {
      "Content-Type": type,
      "Cache-Control": "no-cache",
      ETag: etag,
      Vary: "Accept-Encoding",
    };
    if (hasAlready(context.req.header("If-None-Match"), etag)) return context.body(null, 304, headers);
    if (acceptsGzip(context.req.header("Accept-Encoding")))
      return context.body(gzipped, 200, { ...headers, "Content-Encoding": "gzip" });
    return context.body(kept.plain ?? (await this.unpacked(context.req.url, kept)), 200, headers);
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

  private keep(key: string, kept: Kept): void {
    const before = this.kept.get(key);
    if (before) this.size -= cost(key, before);
    this.kept.delete(key);
    this.kept.set(key, kept);
    this.size += cost(key, kept);
    this.shrink();
  }

  private shrink(): void {
    for (const [oldest, value] of this.kept) {
      if (this.size <= this.limit) break;
      this.kept.delete(oldest);
      this.size -= cost(oldest, value);
    }
  }
}

const cost = (key: string, { gzipped, plain }: Kept) =>
  2 * key.length + gzipped.length + (plain?.length ?? 0);

/** RFC 9110 §13.1.2: one tag, several, or any. Our tags hold no comma. */
const hasAlready = (header = "", etag: string) =>
  header.split(",").some((tag) => tag.trim() === etag || tag.trim() === "*");

/** RFC 9110 §12.5.3; `q=0` says no. */
const acceptsGzip = (header = "") => /(?:^|[,\s])gzip(?!\s*;\s*q=0(?:\.0*)?(?:[,\s]|$))/i.test(header);
