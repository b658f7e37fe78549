/** public-inbox's addresses (public-inbox-httpd's design_www), answered from the archives. */
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { Context, Hono } from "hono";
import type { Archive, Entry } from "../../archive/archive.js";
import { fileName } from "../../mail/html.js";
import { mboxrdEntry } from "../../mail/mbox.js";
import { errorPage } from "../app.js";
import { PageCache } from "../page-cache.js";
import { segment } from "../shell.js";
import { messageAddress } from "./address.js";
import { ArchivePages } from "./archive-pages.js";
import { atomFeed } from "./feed.js";
import { gitHttp } from "./git-http.js";
import { helpPage, indexPage, mirrorPage, newestPage } from "./list-page.js";
import { entriesOf } from "./made-pages.js";

const htmlType = "text/html; charset=utf-8";
const atomType = "application/atom+xml";
/** Messages in one mbox download. */
const maxMbox = 5000;

export function mountArchives(
  app: Hono,
  archives: readonly Archive[],
  pages = new ArchivePages(archives, undefined),
): void {
  const cache = new PageCache();
  const byName = new Map(archives.map((archive) => [archive.name, archive]));
  app.get("/archives/", (context) => context.html(indexPage(archives)));
  app.all("/:inbox", (context) =>
    byName.has(context.req.param("inbox"))
      ? context.redirect(`/${context.req.param("inbox")}/`, 301)
      : errorPage(context, 404, "there is no such page"),
  );
  app.all("/:inbox/*", async (context) => {
    const archive = byName.get(context.req.param("inbox"));
    if (!archive) return errorPage(context, 404, "there is no such archive");
    // The path as sent: Message-IDs may hold encoded slashes.
    const path = new URL(context.req.url).pathname.slice(archive.name.length + 2);
    const epoch = /^(\d{1,4})(?:\.git)?\/(info\/refs|git-upload-pack)$/.exec(path);
    const repository = epoch && archive.repositories()[Number(epoch[1])];
    if (epoch && repository) return gitHttp(context, repository, epoch[2]!);
    if (context.req.method === "POST" && path === "" && context.req.query("x") === "m")
      return searchMbox(context, archive);
    if (context.req.method !== "GET" && context.req.method !== "HEAD")
      return errorPage(context, 405, "only GET is answered here");
    return (await madePage(context, pages)) ?? inboxPage(context, archive, cache, path);
  });
}

/** A thread, a message or a search; undefined for other pages, and when there is no such message. */
async function madePage(context: Context, pages: ArchivePages): Promise<Response | undefined> {
  const { pathname, search } = new URL(context.req.url);
  const request = pages.request(pathname + search);
  const kept = request && (await pages.page(pathname + search, request));
  return kept && pages.respond(context, pathname + search, kept);
}

function inboxPage(
  context: Context,
  archive: Archive,
  cache: PageCache,
  path: string,
): Response | Promise<Response> {
  const version = archive.version();
  const known = cache.find(context, version);
  if (known) return known;
  const { origin } = new URL(context.req.url);
  const base = `${origin}/${archive.name}/`;
  if (path === "") {
    const query = context.req.query("q")?.trim();
    if (query && context.req.query("x") === "A")
      return cache.answer(
        context,
        version,
        atomType,
        atomFeed(archive, query, context.req.url, base, archive.search(query, "time", 0, 25).entries),
      );
    return cache.answer(context, version, htmlType, newestPage(archive, before(context.req.query("t"))));
  }
  if (path === "new.atom")
    return cache.answer(
      context,
      version,
      atomType,
      atomFeed(archive, archive.name, context.req.url, base, archive.newest(Number.MAX_SAFE_INTEGER, 25)),
    );
  if (path === "_/text/help/") return cache.answer(context, version, htmlType, helpPage(archive));
  if (path === "_/text/mirror/") return cache.answer(context, version, htmlType, mirrorPage(archive, origin));
  return messageAnswer(context, archive, cache, path, base);
}

function messageAnswer(
  context: Context,
  archive: Archive,
  cache: PageCache,
  path: string,
  base: string,
): Response | Promise<Response> {
  const { ids, view } = messageAddress(path);
  const entries = entriesOf(archive, ids);
  const [entry] = entries;
  if (!entry) return errorPage(context, 404, "there is no such message in this archive");
  if (typeof view === "object") return attachment(context, archive, entry, view.part);
  switch (view) {
    case "redirect":
      return context.redirect(`${base}${segment(entry.messageId)}/`, 301);
    case "raw":
      return bytes(
        context,
        Buffer.concat(Array.from(archive.raws(entries), mboxrdEntry)),
        "text/plain; charset=utf-8",
      );
    case "mbox":
      return gzippedMbox(context, archive, archive.thread(entry.thread, maxMbox));
    case "atom":
      return cache.answer(
        context,
        archive.version(),
        atomType,
        atomFeed(archive, entry.subject, context.req.url, base, [...archive.thread(entry.thread)].reverse()),
      );
    default: // with a slash at its end it is a page of ArchivePages
      return context.redirect(`${base}${segment(entry.messageId)}/${view === "flat" ? "T" : "t"}/`, 301);
  }
}

function searchMbox(context: Context, archive: Archive): Response {
  const { entries } = archive.search(context.req.query("q") ?? "", "time", 0, maxMbox);
  if (entries.length === 0) return context.text("No results\n", 404);
  return gzippedMbox(context, archive, entries);
}

/** Sent while it is read: it can be larger than memory, and others are answered meanwhile. */
function gzippedMbox(context: Context, archive: Archive, entries: readonly Entry[]): Response {
  const mails = Readable.from(mboxOf(archive, entries), { objectMode: false });
  const stream = mails.pipe(createGzip({ level: 4 }));
  mails.once("error", (error) => stream.destroy(error)); // the reader sees that the end is missing
  context.req.raw.signal.addEventListener("abort", () => mails.destroy(), { once: true });
  return context.body(Readable.toWeb(stream) as ReadableStream, 200, downloadHeaders("application/gzip"));
}

function* mboxOf(archive: Archive, entries: readonly Entry[]): Generator<Buffer> {
  for (const raw of archive.raws(entries)) yield mboxrdEntry(raw);
}

/** A file is always a download, whatever it says it is: nothing of a mail runs in our origin. */
function attachment(
  context: Context,
  archive: Archive,
  entry: Entry,
  number: number,
): Response | Promise<Response> {
  const part = archive.message(entry).parts.find((each) => each.number === number);
  if (part?.text !== undefined || !part) return errorPage(context, 404, "there is no such attachment");
  context.header("Content-Disposition", `attachment; filename="${fileName(part.filename, part.type)}"`);
  return bytes(context, part.bytes, "application/octet-stream");
}

function bytes(context: Context, body: Buffer, type: string): Response {
  return context.body(new Uint8Array(body), 200, downloadHeaders(type));
}

const downloadHeaders = (type: string) => ({ "Content-Type": type, "Cache-Control": "private, max-age=60" });

/** `?t=20260224103028`, or the beginning of such a time. */
function before(text: string | undefined): number {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)?(\d\d)?(\d\d)?$/.exec(text ?? "");
  if (!match) return Number.MAX_SAFE_INTEGER;
  const [year, month, day, hour, minute, second] = match
    .slice(1)
    .map((part) => Number(part ?? 0)) as number[];
  return Date.UTC(year!, month! - 1, day, hour, minute, second) / 1000;
}
