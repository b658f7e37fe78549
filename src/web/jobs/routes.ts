/** Starting, watching and stopping work. */
import type { Context, Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { KnownError } from "../../base/errors.js";
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
  const events = (context: Context, asked: readonly string[]) => {
    const ids = [...new Set(asked)].filter((id) => bench.jobs.get(id));
    if (ids.length === 0) return errorPage(context, 404, "there is no such job");
    if (streams >= maxStreams) return errorPage(context, 503, "too many pages watch jobs");
    streams++;
    return streamSSE(context, async (stream) => {
      try {
        await follow(bench, ids, stream);
      } finally {
        streams--;
      }
    });
  };
  // One stream for all jobs of a page: a browser has six connections to a server, for all of its tabs.
  app.get("/jobs/events", (context) => events(context, context.req.queries("id") ?? []));
  app.get("/jobs/:id/events", (context) => events(context, [context.req.param("id")]));
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
 * Starts an audit of a tree that the server was given, or of a revision of its repository; or says which of the two
 * cannot be, and what can.
 * @throws KnownError when too much waits
 */
export function startAudit(
  bench: Bench,
  name: string,
  revision: string,
): { readonly job: JobView; readonly tree: BenchTree } | { readonly refused: string } {
  const given = bench.trees.get(name);
  if (!given) {
    const names = [...bench.trees.keys()].join(", ") || "there is none";
    return { refused: `tree: ${JSON.stringify(name)} is no tree of this server: ${names}` };
  }
  if (revision === "") return { job: bench.audit(given), tree: given };
  const wanted = "name a branch, a tag or a commit of the tree's repository";
  if (!/^[\w][\w./@^~{}-]{0,199}$/.test(revision) || revision.includes(".."))
    return { refused: `revision: ${JSON.stringify(revision)} is not the name of one revision; ${wanted}` };
  if (!hasRevisions(given))
    return { refused: `revision: ${name} is in no git repository, so it has no revisions; leave it empty` };
  let tree: BenchTree;
  try {
    tree = bench.addTree({ kind: "revision", repository: given.tree.root, revision });
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    return { refused: `revision: ${error.message}; ${wanted}` };
  }
  return { job: bench.audit(tree), tree };
}

function stop(context: Context, bench: Bench): Response | Promise<Response> {
  const id = context.req.param("id") ?? "";
  if (!bench.jobs.get(id)) return errorPage(context, 404, "there is no such job");
  bench.jobs.stop(id);
  return context.redirect("/jobs/", 303);
}

/** Sends the jobs as they are now and at each change, until all have ended or the reader goes. */
async function follow(
  { jobs }: Bench,
  ids: readonly string[],
  stream: Parameters<Parameters<typeof streamSSE>[1]>[0],
): Promise<void> {
  let wake = () => {};
  const changed = new Set(ids);
  const open = new Set(ids);
  const unwatch = ids.map((id) =>
    jobs.watch(id, () => {
      changed.add(id);
      wake();
    }),
  );
  stream.onAbort(() => wake());
  try {
    while (!stream.aborted && open.size > 0) {
      if (changed.size === 0) await stream.write(": still here\n\n");
      for (const id of changed) {
        changed.delete(id);
        const view = jobs.get(id);
        if (view) await stream.writeSSE({ data: JSON.stringify(view) });
        if (!view || view.endedAt !== null) open.delete(id);
      }
      if (open.size > 0) await pause();
    }
  } finally {
    for (const end of unwatch) end();
  }

  /** Until something changes, the reader goes, or it is time for a sign of life. */
  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, heartbeat);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (changed.size > 0 || stream.aborted) wake();
    });
  }
}
