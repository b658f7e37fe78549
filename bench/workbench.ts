/**
 * The workbench on a real tree: time to first byte and size of every driver's page and of one page of each kind, cold
 * and warm; and a table of 1,000 drivers in Debian's chromium, scrolled and filtered.
 *   npx tsx bench/workbench.ts [TREE]     (default: Linux 7.3 in the cache)
 * Needs `npm run build` and chromium. The load is printed with the results.
 */
import { request } from "node:http";
import { loadavg } from "node:os";
import { openArchives } from "../src/archive/open.js";
import { archiveNames } from "../src/archive/registry.js";
import { cacheFolder } from "../src/base/files.js";
import { Bench } from "../src/web/bench.js";
import { Guard } from "../src/web/guard.js";
import { listen } from "../src/web/server.js";
import { audited } from "../src/web/tree/audited.js";
import { createWorkbench } from "../src/web/workbench.js";
import { openBrowser, openTab } from "../test/web/browser.js";

const path = process.argv[2] ?? cacheFolder("trees", "linux-source-7.3");
const bench = new Bench({ archives: archiveNames().length > 0 ? openArchives(undefined) : [] });
const tree = bench.addTree({ kind: "folder", path });
bench.audit(tree);
for (const { id } of bench.jobs.list()) await bench.jobs.ended(id);
if (!tree.audited) throw new Error(bench.jobs.list()[0]!.error ?? "not audited");
const guard = new Guard();
const server = await listen(createWorkbench(bench, guard), { host: "127.0.0.1", port: 0, guard });

/** Milliseconds to the first byte, and bytes. */
function get(address: string): Promise<{ readonly first: number; readonly bytes: number }> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    request(new URL(address, server.url), (answer) => {
      const first = performance.now() - start;
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

function row(name: string, times: readonly number[], bytes: readonly number[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(1);
  console.log(
    `${name.padEnd(34)}${String(times.length).padStart(5)}  ${at(0.5).padStart(7)} ${at(0.95).padStart(7)} ${at(1).padStart(7)} ms  ${(Math.max(...bytes) / 1000).toFixed(0).padStart(5)} kB`,
  );
}

async function measure(name: string, addresses: readonly string[]): Promise<void> {
  for (const state of ["cold", "warm"]) {
    const answers = [];
    for (const address of addresses) answers.push(await get(address));
    row(
      `${name}, ${state}`,
      answers.map(({ first }) => first),
      answers.map(({ bytes }) => bytes),
    );
  }
}

const root = `/tree/${tree.name}/`;
const { rows } = tree.audited;
console.log(`${tree.name}: ${rows.length} drivers; load ${loadavg()[0]!.toFixed(1)}`);
console.log("page                              count   median     95 %     max   largest");
await measure("overview", [root, `${root}?class=implicit`, `${root}?sort=driver`, `${root}?q=net`]);
await measure(
  "driver",
  rows.map(({ href }) => root + href),
);
await measure("source", [...new Set(rows.map(({ driver }) => `${root}source/${driver.driver}`))]);
await measure("series, archives, work, API", ["/series/", "/archives/", "/jobs/", "/api/v1/"]);
const archives = bench.archives.map(({ name }) => `/${name}/`);
if (archives.length > 0) await measure("archive", archives);

// A thousand drivers: those of the tree, again under other names.
const { report, maintainers } = tree.audited;
const copies = Array.from({ length: 1000 }, (_, i) => {
  const driver = report.drivers[i % report.drivers.length]!;
  return { ...driver, driver: driver.driver.replace(/\.c$/, `-${i}.c`) };
});
tree.audited = audited({
  result: { ...report, drivers: copies },
  maintainers: new Map(
    copies.map(({ driver }, i) => [driver, maintainers?.slice(i % 50, (i % 50) + 1) ?? []]),
  ),
});
const thousand = await get(`${root}?sort=class`);
console.log(`1,000 drivers: ${(thousand.bytes / 1000).toFixed(0)} kB`);
const browser = await openBrowser();
const { page } = await openTab(browser);
await page.goto(new URL(`${root}?sort=class`, server.url).href);
/** The longest time between two frames while something happens (ms), and what the page was busy with longest. */
const longestFrame = (what: string) =>
  page.evaluate(`(async () => {
    let longest = 0, last = performance.now(), busy = true;
    const frame = (now) => { longest = Math.max(longest, now - last); last = now; if (busy) requestAnimationFrame(frame); };
    await new Promise(requestAnimationFrame); last = performance.now();
    requestAnimationFrame(frame);
    await (async () => { ${what} })();
    busy = false;
    return longest;
  })()`) as Promise<number>;
const wait = (ms: number) => `await new Promise((done) => setTimeout(done, ${ms}));`;
const scrolled = await longestFrame(`for (let y = 0; y < 20000; y += 400) { scrollTo(0, y); ${wait(16)} }`);
const typed = await longestFrame(
  `const text = document.querySelector("input[name=q]"); for (const word of ["n", "ne", "net", ""]) { text.value = word; text.dispatchEvent(new Event("input", { bubbles: true })); ${wait(400)} }`,
);
console.log(
  `longest frame while scrolling ${scrolled.toFixed(0)} ms, while typing a filter ${typed.toFixed(0)} ms`,
);
await browser.close();
await server.close();
bench.close();
