/** Starting, watching and stopping work. */
import type { Context, Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { errorPage } from "../app.js";
import { type Bench, type BenchTree, hasRevisions } from "../bench.js";
import type { Guard } from "../guard.js";
import type { JobView } from "./jobs.js";
import { jobsPage } from "./page.js";

/** Open streams of progress; a tab has one. */
const maxStreams = 64;
/** Milliseconds between signs of life, so that a reader that is gone is noticed. */
const heartbeat = 15_000;

export function mountJobs(app: Hono, bench: Bench, guard: Guard): void {
  let streams = 0;
  app.get("/jobs/", (context) =>
    context.html(jobsPage(bench, guard.carriesToken(context)), 200, { "Cache-Control": "no-store" }),
  );
  app.get("/jobs/:id/events", (context) => {
    const id = context.req.param("id");
    if (!bench.jobs.get(id)) return errorPage(context, 404, "there is no such job");
    if (streams >= maxStreams) return errorPage(context, 503, "too many pages watch jobs");
    streams++;
    return streamSSE(context, async (stream) => {
      try {
        await follow(bench, id, stream);
      } finally {
        streams--;
      }
    });
  });
  app.post("/jobs/", guard.acting, async (context) => {
    const form = await context.req.parseBody();
    const started = startAudit(bench, text(form.tree), text(form.revision));
    if ("refused" in started) return errorPage(context, 400, started.refused);
    return context.redirect("/jobs/", 303);
  });
  app.post("/jobs/:id/stop", guard.acting, (context) => stop(context, bench));
}

const text = (value: unknown) => (typeof value === "string" ? value.trim() : "");

/**
 * Starts an audit of a tree that the server was given, or of a revision of its repository.
 * @throws KnownError when git knows no such revision, or when too much waits
 */
export function startAudit(
  bench: Bench,
  name: string,
  revision: string,
): { readonly job: JobView; readonly tree: BenchTree } | { readonly refused: string } {
  const given = bench.trees.get(name);
  if (!given) return { refused: "there is no such tree here" };
  if (revision === "") return { job: bench.audit(given), tree: given };
  if (!/^[\w][\w./@^~{}-]{0,199}$/.test(revision) || revision.includes(".."))
    return { refused: "this is not the name of one revision" };
  if (!hasRevisions(given)) return { refused: "this tree is in no git repository, so it has no revisions" };
  const tree = bench.addTree({ kind: "revision", repository: given.tree.root, revision });
  return { job: bench.audit(tree), tree };
}

function stop(context: Context, bench: Bench): Response | Promise<Response> {
  const id = context.req.param("id") ?? "";
  if (!bench.jobs.get(id)) return errorPage(context, 404, "there is no such job");
  bench.jobs.stop(id);
  return context.redirect("/jobs/", 303);
}

/** Sends the job as it is now and at each change, until it ends or the reader goes. */
async function follow(
  { jobs }: Bench,
  id: string,
  stream: Parameters<Parameters<typeof streamSSE>[1]>[0],
): Promise<void> {
  let wake = () => {};
  let changed = true;
  const unwatch = jobs.watch(id, () => {
    changed = true;
    wake();
  });
  stream.onAbort(() => wake());
  try {
    while (!stream.aborted) {
      const view = jobs.get(id);
      if (!view) return;
      await (changed ? stream.writeSSE({ data: JSON.stringify(view) }) : stream.write(": still here\n\n"));
      changed = false;
      if (view.endedAt !== null) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, heartbeat);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (changed || stream.aborted) wake();
      });
    }
  } finally {
    unwatch();
  }
}
