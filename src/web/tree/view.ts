/** Trees and drivers as the API shows them. */
import { driverClasses } from "../../ownership/classify.js";
import { pastAudits } from "../../report/history.js";
import { publicReport } from "../../report/json.js";
import { auditReport } from "../../report/report.js";
import { timelineOf } from "../../report/timeline.js";
import type { Bench, BenchTree } from "../bench.js";
import type { Audited, DriverRow } from "./audited.js";
import { perPage } from "./driver-table.js";
import { type Filter, filterRows } from "./filter.js";
import { patchesTouching, threadsTouching } from "./related.js";

export function treeView(bench: Bench, { name, tree, audited, jobId }: BenchTree) {
  return {
    name,
    version: tree.version,
    commit: audited?.report.tree.commit ?? null,
    revision: tree.spec.kind === "revision" ? tree.spec.revision : null,
    auditedAt: audited?.at.toISOString() ?? null,
    job: (jobId === undefined ? undefined : bench.jobs.get(jobId)) ?? null,
  };
}

export function overviewView(bench: Bench, tree: BenchTree, found: Audited) {
  const { report, rows, subsystems, maintainers } = found;
  const { core, parse, leftOut } = publicReport({ ...report, drivers: [] });
  return {
    tree: treeView(bench, tree),
    summary: report.summary,
    core,
    subsystems: subsystems.map((name) => {
      const inside = rows.filter(({ subsystem }) => subsystem === name);
      const counts = driverClasses.map((each) => [
        each,
        inside.filter(({ driver }) => driver.class === each).length,
      ]);
      return { name, byClass: Object.fromEntries(counts) };
    }),
    maintainers: maintainers ?? null,
    history: pastAudits(),
    parse,
    leftOut,
  };
}

export function rowsView({ name }: BenchTree, { rows }: Audited, filter: Filter) {
  const found = filterRows(rows, filter);
  const from = (filter.page - 1) * perPage;
  return {
    total: rows.length,
    found: found.length,
    page: filter.page,
    drivers: found.slice(from, from + perPage).map((row) => ({
      driver: row.driver.driver,
      pciDriver: row.driver.pciDriver,
      class: row.driver.class,
      subsystem: row.subsystem,
      maintainers: row.maintainers,
      hazards: row.counts,
      href: `/tree/${name}/${row.href}`,
    })),
  };
}

/** A driver in the shape of `treewide.audit/1`, with its lanes and what else speaks of it. */
export function driverDetail(bench: Bench, { report }: Audited, { driver, maintainers }: DriverRow) {
  const [shown] = publicReport(auditReport({ ...report, drivers: [driver] })).drivers;
  return {
    driver: shown,
    maintainers,
    lanes: driver.releasePaths.map(timelineOf),
    related: {
      patches: patchesTouching(bench, driver.driver),
      threads: threadsTouching(bench.archives, driver.driver),
    },
  };
}
