/** The server's frame: headers that keep a page safe, limits, errors as pages. */
import { type Context, Hono } from "hono";
import { KnownError, UsageError } from "../base/errors.js";
import { printableLines } from "../base/printable.js";
import { mountAssets } from "./assets.js";
import { html, page } from "./shell.js";

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
    const what = `${context.req.method} ${JSON.stringify(context.req.path)}`;
    process.stderr.write(`${printableLines(`treewide: ${what}: ${error.stack}`)}\n`);
    return errorPage(context, 500, "this is a bug; the server's log has the details");
  });
  return app;
}

/** On every answer. */
export const safeHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": contentSecurityPolicy,
  "X-Content-Type-Options": "nosniff",
  // Nothing to other sites. Not "no-referrer": browsers then say `Origin: null` of our own forms, too.
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

function setSafeHeaders(context: Context): void {
  for (const [name, value] of Object.entries(safeHeaders)) context.header(name, value);
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
