/** All pages of a bench on one server. */
import type { Hono } from "hono";
import { UsageError } from "../base/errors.js";
import { mountApi } from "./api/routes.js";
import { createApp } from "./app.js";
import { ArchivePages } from "./archive/archive-pages.js";
import type { PageMaker } from "./archive/made-pages.js";
import { driversTouched } from "./archive/message-view.js";
import { mountPrior } from "./archive/prior-page.js";
import { mountArchives } from "./archive/routes.js";
import type { Bench } from "./bench.js";
import type { Guard } from "./guard.js";
import { mountJobs } from "./jobs/routes.js";
import { mountSeries } from "./series/routes.js";
import { mountTrees } from "./tree/routes.js";

/** First parts of addresses that archives cannot have as names here. */
const ours = ["_", "api", "archives", "enter", "jobs", "robots.txt", "series", "tree"];

/** @throws UsageError when an archive's name is one of the workbench's own addresses */
export function createWorkbench(bench: Bench, guard: Guard, pages = archivePages(bench)): Hono {
  const clash = bench.archives.find(({ name }) => ours.includes(name));
  if (clash)
    throw new UsageError(
      `the archive ${clash.name} has the name of one of the workbench's own pages`,
      "name the archives to serve with --archive",
    );
  return createApp((app) => {
    app.get("/", (context) => context.redirect(bench.trees.size > 0 ? "/tree/" : "/archives/"));
    mountTrees(app, bench);
    mountApi(app, bench, guard);
    mountSeries(app, bench, guard);
    mountJobs(app, bench, guard);
    mountPrior(app, bench);
    mountArchives(app, bench.archives, pages);
  });
}

/** @param maker makes them in this thread when not given */
export function archivePages(bench: Bench, maker?: PageMaker): ArchivePages {
  return new ArchivePages(bench.archives, [...bench.trees.keys()][0], maker, {
    drivers: (text) => driversTouched(bench, text),
    version: () => bench.version(),
  });
}
