/** Clones of an archive's epochs: git's smart HTTP protocol, fetch only (gitprotocol-http(5)). */
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import type { Context } from "hono";
import { type Streaming, startStream } from "../../base/process.js";
import { errorPage } from "../app.js";

/** A fetch names what it has and wants: far below this (bytes). */
const maxRequest = 1 << 20;
/** Packs made at once, with those whose requests are being read; each can take a core. */
const maxClones = 2;
let clones = 0;

/** Answers `/INBOX/EPOCH/info/refs?service=git-upload-pack` and `POST …/git-upload-pack`. */
export async function gitHttp(context: Context, repository: string, file: string): Promise<Response> {
  const protocol = /^version=[012]$/.exec(context.req.header("Git-Protocol") ?? "")?.[0];
  const env = { GIT_PROTOCOL: protocol, GIT_CONFIG_NOSYSTEM: "1" };
  const headers = { "Cache-Control": "no-cache" };
  if (file === "info/refs" && context.req.method === "GET") {
    if (context.req.query("service") !== "git-upload-pack")
      return errorPage(context, 403, "only fetching with git's smart protocol is served");
    const { output } = startStream(
      "git",
      ["upload-pack", "--stateless-rpc", "--advertise-refs", repository],
      { env },
    );
    const pieces: Uint8Array[] = [
      Buffer.from(protocol === "version=2" ? "" : "001e# service=git-upload-pack\n0000"),
    ];
    for await (const piece of output) pieces.push(piece as Buffer);
    return context.body(new Uint8Array(Buffer.concat(pieces)), 200, {
      ...headers,
      "Content-Type": "application/x-git-upload-pack-advertisement",
    });
  }
  if (file !== "git-upload-pack" || context.req.method !== "POST")
    return errorPage(context, 404, "there is no such page");
  if (clones >= maxClones) return errorPage(context, 503, "too many clones at once: try again in a minute");
  clones++; // now: more requests come while the body is read
  let pack: Streaming | undefined;
  try {
    const body = await readBody(context);
    if (!body) return errorPage(context, 413, "the request is too large");
    pack = startStream("git", ["upload-pack", "--stateless-rpc", repository], { env, input: body });
  } finally {
    if (pack) pack.output.once("close", () => clones--);
    else clones--;
  }
  context.req.raw.signal.addEventListener("abort", pack.stop, { once: true });
  return context.body(Readable.toWeb(pack.output) as ReadableStream, 200, {
    ...headers,
    "Content-Type": "application/x-git-upload-pack-result",
  });
}

async function readBody(context: Context): Promise<Buffer | undefined> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of context.req.raw.body ?? []) {
    size += piece.length;
    if (size > maxRequest) return undefined;
    pieces.push(piece);
  }
  const body = Buffer.concat(pieces);
  try {
    return context.req.header("Content-Encoding") === "gzip"
      ? gunzipSync(body, { maxOutputLength: 16 * maxRequest })
      : body;
  } catch {
    return undefined;
  }
}
