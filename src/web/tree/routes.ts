/** The pages of trees: overview, drivers, source. */
import type { Context, Hono } from "hono";
import { pastAudits } from "../../report/history.js";
import { errorPage, PageCache } from "../app.js";
import type { Bench, BenchTree } from "../bench.js";
import { type Html, html, page } from "../shell.js";
import { type Audited, pciDriverPlace } from "./audited.js";
import { driverPage } from "./driver-page.js";
import { tableParts } from "./driver-table.js";
import { type Filter, readFilter } from "./filter.js";
import { overviewPage } from "./overview-page.js";
import { patchesTouching, threadsTouching } from "./related.js";
import { sourcePage } from "./source-page.js";
import { waitingPage } from "./waiting-page.js";

const htmlType = "text/html; charset=utf-8";

export function mountTrees(app: Hono, bench: Bench): void {
  const cache = new PageCache();
  app.get("/tree/", (context) => {
    const [first] = bench.trees.keys();
    return first === undefined ? context.html(noTreePage()) : context.redirect(`/tree/${first}/`);
  });
  app.get("/tree/:tree", (context) => context.redirect(`/tree/${context.req.param("tree")}/`, 301));
  app.get("/tree/:tree/", (context) =>
    withAudit(context, bench, cache, (tree, found) =>
      overviewPage(tree, found, readFilter(context.req.query()), pastAudits(), [...bench.trees.keys()]),
    ),
  );
  // The table alone, for a page that has the rest.
  app.get("/tree/:tree/rows", (context) =>
    withAudit(
      context,
      bench,
      cache,
      (_tree, found) => rowsAnswer(found, readFilter(context.req.query())),
      "application/json",
    ),
  );
  app.get("/tree/:tree/driver/*", (context) =>
    withAudit(context, bench, cache, ({ name, sources }, found) => {
      const path = pathAfter(context, `/tree/${name}/driver/`);
      const siblings = found.rows.filter(({ driver }) => driver.driver === path);
      const pci = context.req.query("pci");
      const row = siblings.find(({ driver }) => pci === pciDriverPlace(driver)) ?? siblings[0];
      if (!row) return undefined;
      const asked = context.req.query();
      const patches = patchesTouching(bench, row.driver.driver);
      const threads = threadsTouching(bench.archives, row.driver.driver);
      return driverPage({ tree: name, row, siblings, asked, sources, patches, threads });
    }),
  );
  app.get("/tree/:tree/source/*", (context) =>
    withAudit(context, bench, cache, ({ name, sources }, found) => {
      const file = sources.read(pathAfter(context, `/tree/${name}/source/`));
      const line = /^\d{1,7}$/.exec(context.req.query("line") ?? "")?.[0];
      const drivers = found.rows.filter(({ driver }) => driver.driver === file?.path);
      return file && sourcePage(name, file, Math.max(1, Number(line ?? 1)), drivers);
    }),
  );
}

/** What stands after a prefix of the path, decoded; empty when it cannot be. */
function pathAfter(context: Context, prefix: string): string {
  const { pathname } = new URL(context.req.url);
  try {
    return decodeURIComponent(pathname.slice(prefix.length));
  } catch {
    return "";
  }
}

/** The parts of a table as JSON. */
async function rowsAnswer(found: Audited, filter: Filter): Promise<string> {
  const parts = tableParts(found, filter);
  const rows = parts.rows.map(async ({ key, html }) => [key, String(await html)]);
  return JSON.stringify({
    at: found.at.toISOString(),
    found: String(await parts.found),
    head: String(await parts.head),
    rows: await Promise.all(rows),
  });
}

/** Answers with what is made of an audited tree, or with a page that waits for the audit. */
function withAudit(
  context: Context,
  bench: Bench,
  cache: PageCache,
  make: (tree: BenchTree, found: Audited) => Html | Promise<string> | undefined,
  type = htmlType,
): Response | Promise<Response> {
  const version = bench.version();
  const known = cache.find(context, version);
  if (known) return known;
  const tree = bench.trees.get(context.req.param("tree") ?? "");
  if (!tree) return errorPage(context, 404, "there is no such tree here");
  if (!tree.audited) return context.html(waitingPage(tree, bench), 200, { "Cache-Control": "no-store" });
  const made = make(tree, tree.audited);
  if (!made) return errorPage(context, 404, "the tree has no such driver or file");
  return cache.answer(context, version, type, made);
}

function noTreePage() {
  return page(
    { title: "treewide", look: "bench", part: "Drivers" },
    html`<h1>No tree</h1><p>This server was given no kernel tree. Start it with one: <code>treewide serve ~/src/linux</code>; or get one first: <code>treewide tree get 7.3</code>.</p>`,
  );
}
