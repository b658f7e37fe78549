/** Everything shown is also JSON, below /api/v1. */
import type { Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { errorPage } from "../app.js";
import type { Bench } from "../bench.js";
import type { Guard } from "../guard.js";
import { html, page } from "../shell.js";
import { openApi } from "./openapi.js";
import { type Asked, type Operation, operations } from "./operations.js";
import { checkedBody, checkQuery } from "./parameters.js";
import { Refusal } from "./refusal.js";

const base = "/api/v1";
/** Bytes of a request: names and ids. */
const maxBody = 65_536;

export function mountApi(app: Hono, bench: Bench, guard: Guard): void {
  const description = openApi();
  app.get(`${base}`, (context) => context.redirect(`${base}/`, 301));
  app.get(`${base}/`, (context) => context.html(apiPage()));
  app.get(`${base}/openapi.json`, (context) => context.json(description));
  const limit = bodyLimit({
    maxSize: maxBody,
    onError: (context) => errorPage(context, 413, "the request is too large"),
  });
  for (const operation of operations) {
    const path = base + operation.path.replace(/\{(\w+)\}/g, ":$1");
    if (operation.method === "get") app.get(path, (context) => answer(context, bench, operation));
    else app.post(path, guard.acting, limit, (context) => answer(context, bench, operation));
  }
  app.all(`${base}/*`, (context) => errorPage(context, 404, "the API has no such operation"));
}

async function answer(context: Context, bench: Bench, operation: Operation): Promise<Response> {
  try {
    const query = context.req.query();
    checkQuery(query, operation.method === "get" ? (operation.parameters ?? {}) : {});
    const values = { ...query, ...context.req.param() };
    const body = operation.method === "post" ? await bodyOf(context, operation) : {};
    return context.json(operation.run(bench, { values, body }) as object, 200, {
      "Cache-Control": "no-cache",
    });
  } catch (error) {
    if (error instanceof Refusal) return errorPage(context, error.status, error.message);
    throw error;
  }
}

async function bodyOf(context: Context, { parameters = {} }: Operation): Promise<Asked["body"]> {
  const text = await context.req.text();
  if (text === "") return {};
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && !Array.isArray(body))
      return checkedBody(new Map(Object.entries(body)), parameters);
  } catch (error) {
    if (error instanceof Refusal) throw error;
  }
  throw new Refusal(400, "the body is no JSON object");
}

function apiPage() {
  return page(
    { title: "API", look: "bench", part: "API" },
    html`<h1>API</h1><p>Everything shown is also JSON. The description is <a href="${base}/openapi.json">openapi.json</a> (OpenAPI 3.1). What starts or stops work needs the token (<code>Authorization: Bearer …</code>) and this server’s address as <code>Origin</code>.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Operations"><table class="patches"><tbody>${operations.map(
      ({ method, path, summary, parameters = {} }) =>
        html`<tr><th scope="row"><code>${method.toUpperCase()} ${base}${path}</code></th><td>${summary}${Object.keys(parameters).length > 0 ? html`<br><small>${Object.keys(parameters).join(", ")}</small>` : ""}</td></tr>`,
    )}</tbody></table></div>`,
  );
}
