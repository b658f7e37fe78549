/**
 * The workbench on a real tree: time to first byte and size of every kind of page, cold (made for the first time) and
 * warm (asked for again). "CPU" is the mean time of processors for one page, that of the reader included: the other
 * times say little on a machine that does other work.
 *   npx tsx bench/workbench.ts [TREE [SERIES...]]     (default: Linux 7.3 in the cache, no series)
 * Series are judged on the tree first; archives are those of `treewide archive list`. The load is printed with the
 * results. Exits with 1 when a warm page is later than 50 ms.
 */
import { request } from "node:http";
import { loadavg } from "node:os";
import type { Archive, Entry } from "../src/archive/archive.js";
import { openArchives } from "../src/archive/open.js";
import { archiveNames } from "../src/archive/registry.js";
import { cacheFolder } from "../src/base/files.js";
import { Bench } from "../src/web/bench.js";
import { Guard } from "../src/web/guard.js";
import { sourceOf } from "../src/web/series/judged.js";
import { listen } from "../src/web/server.js";
import { segment } from "../src/web/shell.js";
import { createWorkbench } from "../src/web/workbench.js";

/** Milliseconds that a warm page may take. */
const target = 50;

const path = process.argv[2] ?? cacheFolder("trees", "linux-source-7.3");
const bench = new Bench({ archives: archiveNames().length > 0 ? openArchives(undefined) : [] });
const tree = bench.addTree({ kind: "folder", path });
for (const source of process.argv.slice(3)) bench.addSeries(sourceOf(source, path));
bench.begin();
for (const { id } of [...bench.jobs.list()].reverse()) await bench.jobs.ended(id);
for (const { title, error } of bench.jobs.list()) if (error !== null) throw new Error(`${title}: ${error}`);
if (!tree.audited) throw new Error("not audited");
const guard = new Guard();
const server = await listen(createWorkbench(bench, guard), { host: "127.0.0.1", port: 0, guard });

/** Milliseconds to the first byte, and bytes. */
function get(address: string): Promise<{ readonly first: number; readonly bytes: number }> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    request(new URL(address, server.url), (answer) => {
      const first = performance.now() - start;
      if (answer.statusCode !== 200) reject(new Error(`${address}: ${answer.statusCode}`));
      let bytes = 0;
      answer.on("data", (piece: Buffer) => {
        bytes += piece.length;
      });
      answer.on("end", () => resolve({ first, bytes }));
    })
      .on("error", reject)
      .end();
  });
}

let late = 0;

async function measure(name: string, addresses: readonly string[]): Promise<void> {
  if (addresses.length === 0) return;
  const columns: string[] = [];
  let largest = 0;
  for (const state of ["cold", "warm"]) {
    const times: number[] = [];
    const before = process.cpuUsage();
    for (const address of addresses) {
      const { first, bytes } = await get(address);
      times.push(first);
      largest = Math.max(largest, bytes);
      if (state === "warm" && first > target) late++;
    }
    const sorted = times.sort((a, b) => a - b);
    const at = (share: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(1).padStart(8);
    const { user, system } = process.cpuUsage(before);
    const cpu = (user + system) / 1000 / times.length;
    columns.push(`${at(0.5)}${at(0.95)}${at(1)}${cpu.toFixed(1).padStart(7)}`);
  }
  console.log(
    `${name.padEnd(26)}${String(addresses.length).padStart(5)} ${columns.join("  |")}  |${(largest / 1000).toFixed(0).padStart(5)} kB`,
  );
}

const api = "/api/v1/";
const root = `/tree/${tree.name}/`;
const { rows, report } = tree.audited;
const filters = ["", "?class=implicit", "?hazard=leaks-today", "?sort=driver", "?q=net&maintainer=a"];
console.log(`${tree.name}: ${rows.length} drivers; load ${loadavg()[0]!.toFixed(1)}; ms to the first byte`);
console.log(
  "page                      count   median    95 %     max    CPU  |  median    95 %     max    CPU  | largest",
);
await measure(
  "overview, filtered",
  filters.map((each) => root + each),
);
await measure(
  "table alone",
  filters.map((each) => `${root}rows${each}`),
);
await measure(
  "driver",
  rows.map(({ href }) => root + href),
);
await measure(
  "driver, step of a witness",
  rows
    .filter(({ driver }) => driver.hazards.length > 0)
    .map(({ href }) => withQuery(root + href, "hazard=1&step=2")),
);
await measure("source", [...new Set(rows.map(({ driver }) => `${root}source/${driver.driver}`))]);
await measure("series list", ["/series/"]);
const series = [...bench.series.values()];
await measure(
  "series",
  series.map(({ name }) => `/series/${name}/`),
);
await measure(
  "patch of a series",
  series.flatMap(({ name, posting }) => posting.patches.map(({ n }) => `/series/${name}/${n}/`)),
);
await measure("archives", ["/archives/"]);
for (const archive of bench.archives) await measureArchive(archive);
const names = [
  "pci_alloc_irq_vectors",
  "pcim_enable_device",
  "readl",
  "drivers/pci/msi.c",
  report.drivers[0]!.driver,
];
if (bench.archives.length > 0)
  await measure(
    "earlier efforts",
    names.map((name) => `/archives/prior?q=${name}`),
  );
await measure("work", ["/jobs/"]);
await measure("API, trees and drivers", [
  api,
  `${api}openapi.json`,
  `${api}trees`,
  `${api}trees/${tree.name}`,
  `${api}trees/${tree.name}/drivers`,
  `${api}series`,
  `${api}archives`,
  `${api}jobs`,
]);
await measure(
  "API, driver",
  report.drivers.map(({ driver }) => `${api}trees/${tree.name}/driver?path=${driver}`),
);
await measure(
  "API, series",
  series.map(({ name }) => `${api}series/${name}`),
);
if (bench.archives.length > 0)
  await measure(
    "API, earlier efforts",
    names.map((name) => `${api}prior?q=${name}`),
  );
await server.close();
bench.close();
if (late > 0) console.log(`${late} warm pages were later than ${target} ms`);
process.exitCode = late > 0 ? 1 : 0;

async function measureArchive(archive: Archive): Promise<void> {
  const inbox = `/${archive.name}/`;
  const mails = spread(archive.newest(Number.MAX_SAFE_INTEGER, 2000), 100);
  const threads = spread(
    [
      ...new Map(
        archive.newest(Number.MAX_SAFE_INTEGER, 2000).map((entry) => [entry.thread, entry]),
      ).values(),
    ],
    60,
  );
  const address = ({ messageId }: Entry, view = "") => `${inbox}${segment(messageId)}/${view}`;
  await measure(`${archive.name}: newest, feed`, [inbox, `${inbox}new.atom`, `${inbox}_/text/help/`]);
  await measure(
    `${archive.name}: message`,
    mails.map((mail) => address(mail)),
  );
  await measure(`${archive.name}: thread`, [
    ...threads.map((mail) => address(mail, "t/")),
    ...threads.map((mail) => address(mail, "T/")),
  ]);
  await measure(
    `${archive.name}: search`,
    [
      "pci",
      "s:patch",
      "f:helgaas",
      "s:msi d:20210301..",
      "dfn:drivers/pci/msi.c",
      "dfb:pci_alloc_irq_vectors",
    ].map((query) => `${inbox}?q=${encodeURIComponent(query)}`),
  );
  await measure(`${archive.name}: API`, [
    `${api}archives/${archive.name}/messages`,
    `${api}archives/${archive.name}/messages?q=msi`,
    ...mails
      .slice(0, 20)
      .map(({ messageId }) => `${api}archives/${archive.name}/message?id=${segment(messageId)}`),
  ]);
}

/** Some of a list, from all over it. */
function spread<T>(all: readonly T[], count: number): readonly T[] {
  const step = Math.max(1, all.length / count);
  return Array.from({ length: Math.min(count, all.length) }, (_, i) => all[Math.floor(i * step)]!);
}

function withQuery(address: string, query: string): string {
  return `${address}${address.includes("?") ? "&" : "?"}${query}`;
}
