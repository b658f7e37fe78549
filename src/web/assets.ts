/** What pages load from us: the style sheet, the icon, the browser modules. Read once; nothing else can be asked for. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Context, Hono } from "hono";

const root = join(import.meta.dirname, "../..");
/** Compiled by `npm run build`, also for a server that runs from TypeScript. */
const browserModules = join(root, "dist/web/browser");

const types = {
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  js: "text/javascript; charset=utf-8",
} as const;

interface Asset {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

/** Answers `/_/NAME`. */
export function mountAssets(app: Hono): void {
  const assets = new Map<string, Asset>([
    ["style.css", asset("css", join(root, "assets/style.css"))],
    ["icon.svg", asset("svg", join(root, "assets/icon.svg"))],
  ]);
  for (const name of readdirSync(browserModules))
    if (name.endsWith(".js")) assets.set(name, asset("js", join(browserModules, name)));
  app.get("/_/:name", (context) => {
    const found = assets.get(context.req.param("name"));
    return found ? send(context, found) : context.notFound();
  });
}

function asset(ending: keyof typeof types, path: string): Asset {
  const body = new Uint8Array(readFileSync(path));
  return {
    type: types[ending],
    body,
    etag: `"${createHash("sha1").update(body).digest("base64url")}"`,
  };
}

/** Readers ask again each time: a new version of the server must not meet an old page's script. */
function send(context: Context, { type, body, etag }: Asset): Response {
  const headers = { "Content-Type": type, "Cache-Control": "no-cache", ETag: etag };
  if (context.req.header("If-None-Match") === etag) return context.body(null, 304, headers);
  return context.body(body, 200, headers);
}
