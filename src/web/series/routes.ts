/** Series: listed, shown, downloaded, sent here to be judged. */
import type { Context, Hono } from "hono";
import { KnownError, UsageError } from "../../base/errors.js";
import { mboxrdEntry } from "../../mail/mbox.js";
import { errorPage } from "../app.js";
import type { Bench, BenchTree } from "../bench.js";
import type { Guard } from "../guard.js";
import { PageCache } from "../page-cache.js";
import { type BenchSeries, seriesMbox } from "./bench-series.js";
import type { PostingSource } from "./judged.js";
import { seriesListPage, seriesPage } from "./page.js";
import { patchPage } from "./patch-page.js";
import { seriesView } from "./view.js";

const htmlType = "text/html; charset=utf-8";

export function mountSeries(app: Hono, bench: Bench, guard: Guard): void {
  const cache = new PageCache();
  app.get("/series/", (context) =>
    context.html(seriesListPage(bench, guard.carriesToken(context)), 200, { "Cache-Control": "no-store" }),
  );
  app.get("/series/:name", (context) => context.redirect(`/series/${context.req.param("name")}/`, 301));
  app.get("/series/:name/", (context) =>
    withSeries(context, bench, (series) => {
      const job = series.jobId === undefined ? undefined : bench.jobs.get(series.jobId);
      const view = () => seriesPage(seriesView(series, bench.archives), job, [...bench.trees.keys()][0]);
      if (job && job.state !== "done") return context.html(view(), 200, { "Cache-Control": "no-store" });
      return cache.find(context, bench.version()) ?? cache.answer(context, bench.version(), htmlType, view());
    }),
  );
  app.get("/series/:name/series.mbox", (context) =>
    withSeries(context, bench, (series) => mbox(context, series.name, seriesMbox(series))),
  );
  app.get("/series/:name/:n{[0-9]{1,4}}/", (context) =>
    withSeries(context, bench, (series) => {
      const known = cache.find(context, bench.version());
      if (known) return known;
      const view = seriesView(series, bench.archives);
      const patch = view.patches.find(({ number }) => number === Number(context.req.param("n")));
      if (!patch) return errorPage(context, 404, "the series has no such patch");
      return cache.answer(context, bench.version(), htmlType, patchPage(series, view, patch));
    }),
  );
  app.get("/series/:name/:n{[0-9]{1,4}}/patch.mbox", (context) =>
    withSeries(context, bench, (series) => {
      const n = Number(context.req.param("n"));
      if (!series.mails.has(n)) return errorPage(context, 404, "the series has no such patch");
      return mbox(context, `${series.name}-${n}`, seriesMbox(series, n));
    }),
  );
  app.post("/series/", guard.acting, async (context) => {
    const source = await sourceSent(context, bench);
    if (!source)
      return errorPage(context, 400, "send an mbox, or the archive and the Message-ID of a thread");
    return context.redirect(`/series/${judgeSent(bench, source).name}/`, 303);
  });
  app.post("/series/:name/judge", guard.acting, (context) =>
    withSeries(context, bench, (series) => {
      bench.judge(series, firstTree(bench));
      return context.redirect(`/series/${series.name}/`, 303);
    }),
  );
  app.post("/series/:name/check", guard.acting, (context) =>
    withSeries(context, bench, (series) => {
      bench.check(series, firstTree(bench));
      return context.redirect(`/series/${series.name}/`, 303);
    }),
  );
}

/** The tree that series are judged on. @throws KnownError when there is none */
export function firstTree(bench: Bench): BenchTree {
  const [tree] = bench.trees.values();
  if (!tree) throw new KnownError("there is no tree here to judge a series on", "start the server with one");
  return tree;
}

function withSeries(
  context: Context,
  bench: Bench,
  make: (series: BenchSeries) => Response | Promise<Response>,
): Response | Promise<Response> {
  const series = bench.series.get(context.req.param("name") ?? "");
  return series ? make(series) : errorPage(context, 404, "there is no such series here");
}

function mbox(context: Context, name: string, body: Buffer): Response {
  return context.body(new Uint8Array(body), 200, {
    "Content-Type": "application/mbox",
    "Content-Disposition": `attachment; filename="${name}.mbox"`,
    "Cache-Control": "private, max-age=60",
  });
}

async function sourceSent(context: Context, bench: Bench): Promise<PostingSource | undefined> {
  const form = await context.req.parseBody();
  if (form.mbox instanceof File)
    return { kind: "bytes", bytes: new Uint8Array(await form.mbox.arrayBuffer()) };
  return threadSource(bench, String(form.archive ?? ""), String(form.id ?? ""));
}

/** A thread of an archive as an mbox. */
export function threadSource(bench: Bench, name: string, id: string): PostingSource | undefined {
  const archive = bench.archives.find((each) => each.name === name);
  const [entry] = archive?.byMessageId(id) ?? [];
  if (!archive || !entry) return undefined;
  const mails = archive.thread(entry.thread, 1000).map((each) => mboxrdEntry(archive.raw(each)));
  return { kind: "bytes", bytes: new Uint8Array(Buffer.concat(mails)) };
}

/**
 * Takes a series on the bench and judges it on the first tree.
 * @throws UsageError when it holds no patch; KnownError when there is no tree, or too much waits
 */
export function judgeSent(bench: Bench, source: PostingSource): BenchSeries {
  const tree = firstTree(bench);
  const series = seriesSent(bench, source);
  bench.judge(series, tree);
  return series;
}

/** What was sent without a patch in it is the sender's mistake, not this server's. */
function seriesSent(bench: Bench, source: PostingSource): BenchSeries {
  try {
    return bench.addSeries(source);
  } catch (error) {
    throw error instanceof KnownError ? new UsageError(error.message) : error;
  }
}
