/**
 * Threads, messages and searches, the pages that are asked for most: kept until the index changes. A thread or a message
 * is made at once, which costs less than to hand it to others; a search is made once for all who ask meanwhile. Answers them also before the server's frame is asked (server.ts, `Quick`): that costs more than they do.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Archive } from "../../archive/archive.js";
import { deflatedPiece, joinPieces } from "../../base/gzip-pieces.js";
import { safeHeaders } from "../app.js";
import { type Answer, type Kept, PageCache } from "../page-cache.js";
import { messageAddress } from "./address.js";
import {
  entriesOf,
  inThisThread,
  type MessageRequest,
  type PageMaker,
  type PageRequest,
  type SearchRequest,
} from "./made-pages.js";
import { messagePage } from "./message-page.js";
import { alone, type Surroundings } from "./surroundings.js";
import { threadPage } from "./thread-page.js";

const htmlType = "text/html; charset=utf-8";

export class ArchivePages {
  private readonly byName: ReadonlyMap<string, Archive>;
  private readonly cache = new PageCache();
  /** As asked for in this turn of the event loop. */
  private readonly versions = new Map<string, string>();
  private readonly underWay = new Map<string, Promise<Kept>>();

  /** @param judgedOn the tree that a thread's series can be judged on */
  constructor(
    archives: readonly Archive[],
    private readonly judgedOn: string | undefined,
    private readonly maker: PageMaker = inThisThread(archives),
    private readonly surroundings: Surroundings = alone,
  ) {
    this.byName = new Map(archives.map((archive) => [archive.name, archive]));
  }

  /** What an address asks for, when it is one of them. @param path with its query, as sent */
  request(path: string): PageRequest | undefined {
    const [, name, rest, query = ""] = /^\/([\w.-]+)\/([^?]*)(?:\?(.*))?$/s.exec(path) ?? [];
    if (name === undefined || rest === undefined || !this.byName.has(name)) return undefined;
    if (rest === "") return searchRequest(name, query);
    if (!rest.endsWith("/") || /(?:^|\/)\.{1,2}(?:\/|$)/.test(rest)) return undefined;
    const { ids, view } = messageAddress(rest);
    if (view === "message") return { kind: "message", archive: name, ids };
    const flat = view === "flat";
    const asked = query === "" ? null : new URLSearchParams(query).get("o");
    const from = asked === null ? undefined : whole(asked);
    return { kind: "thread", archive: name, ids, flat, from, judgedOn: this.judgedOn };
  }

  /** The page, from memory or made; undefined when there is no such message. @throws UsageError as `foundPage` */
  page(
    path: string,
    request: PageRequest,
    version = this.versionOf(request),
  ): Kept | undefined | Promise<Kept> {
    const kept = this.cache.get(path, version);
    if (kept) return kept;
    if (request.kind === "search") return this.found(path, version, request);
    const archive = this.archive(request);
    const page =
      request.kind === "thread"
        ? threadPage(archive, request)
        : messageGzipped(archive, request, this.surroundings);
    return page && this.cache.keep(path, version, htmlType, page);
  }

  private archive({ archive }: PageRequest): Archive {
    return this.byName.get(archive)!;
  }

  private versionOf(request: PageRequest): string {
    const version = this.archive(request).version();
    return request.kind === "message" ? `${version} ${this.surroundings.version()}` : version;
  }

  /** To ask an index for its version costs a tenth of a page: who came at once share it. */
  private versionNow(request: PageRequest): string {
    if (request.kind === "message") return this.versionOf(request);
    const known = this.versions.get(request.archive);
    if (known !== undefined) return known;
    if (this.versions.size === 0) setImmediate(() => this.versions.clear());
    const version = this.archive(request).version();
    this.versions.set(request.archive, version);
    return version;
  }

  private found(path: string, version: string, request: SearchRequest): Promise<Kept> {
    const key = `${version} ${path}`;
    const under = this.underWay.get(key);
    if (under) return under;
    const made = this.maker
      .make(request)
      .then((page) => this.cache.keep(path, version, htmlType, page))
      .finally(() => this.underWay.delete(key));
    this.underWay.set(key, made);
    return made;
  }

  /** Answers a request on the wire; false when it is for others: another page, a mistake, an error. */
  quick(request: IncomingMessage, response: ServerResponse): boolean | Promise<boolean> {
    const { method, url = "" } = request;
    const asked = method === "GET" ? this.request(url) : undefined;
    if (!asked) return false;
    // Of a mistake or an error the frame is asked again, which has the words for it.
    try {
      const kept = this.page(url, asked, this.versionNow(asked));
      if (!(kept instanceof Promise)) return kept ? this.send(request, response, kept) : false;
      return kept.then((made) => this.send(request, response, made)).catch(() => false);
    } catch {
      return false;
    }
  }

  private send(request: IncomingMessage, response: ServerResponse, kept: Kept): true | Promise<true> {
    const { "if-none-match": ifNoneMatch, "accept-encoding": encoding } = request.headers;
    const acceptEncoding = typeof encoding === "string" ? encoding : undefined;
    const answer = this.cache.answerOf(request.url!, kept, { ifNoneMatch, acceptEncoding });
    return answer instanceof Promise ? answer.then((each) => write(response, each)) : write(response, answer);
  }

  /** As `PageCache.respond`. */
  readonly respond: PageCache["respond"] = (context, key, kept) => this.cache.respond(context, key, kept);

  close(): void {
    this.maker.close();
  }
}

function messageGzipped(archive: Archive, { ids }: MessageRequest, surroundings: Surroundings) {
  const [entry, ...others] = entriesOf(archive, ids);
  if (!entry) return undefined;
  const page = messagePage(archive, [entry, ...others], surroundings);
  return joinPieces([deflatedPiece(String(page))]);
}

/** In the form that costs least to send: names and values in turn. */
const safeHeaderList = Object.entries(safeHeaders).flat();

function write(response: ServerResponse, { status, headers, body }: Answer): true {
  const list = safeHeaderList.slice();
  for (const name in headers) list.push(name, headers[name]!);
  if (body) list.push("Content-Length", String(body.length));
  response.writeHead(status, list);
  response.end(body);
  return true;
}

function searchRequest(archive: string, text: string): PageRequest | undefined {
  const query = new URLSearchParams(text);
  const words = query.get("q")?.trim();
  if (!words || query.has("x")) return undefined; // `x`: a feed or an mbox
  const asked = { query: words, offset: whole(query.get("o")), relevance: query.has("r") };
  return { kind: "search", archive, asked };
}

const whole = (text: string | null) => (text !== null && /^\d{1,6}$/.test(text) ? Number(text) : 0);
