/**
 * A table of 1,000 drivers in Debian's chromium: the longest time between two frames, and the longest that the page
 * was busy without a break, while a person scrolls it, types a filter, takes it away again and sorts.
 *   npx tsx bench/table.ts [TREE]     (default: Linux 7.3 in the cache)
 * Needs `npm run build` and chromium, which draws without a graphics card here. The load is printed with the results.
 */
import { loadavg } from "node:os";
import type { CDPSession, Page } from "playwright-core";
import { cacheFolder } from "../src/base/files.js";
import { Bench } from "../src/web/bench.js";
import { Guard } from "../src/web/guard.js";
import { listen } from "../src/web/server.js";
import { audited } from "../src/web/tree/audited.js";
import { createWorkbench } from "../src/web/workbench.js";
import { openBrowser, openTab } from "../test/web/browser.js";

const count = 1000;
const path = process.argv[2] ?? cacheFolder("trees", "linux-source-7.3");
const bench = new Bench({ archives: [] });
const tree = bench.addTree({ kind: "folder", path });
bench.audit(tree);
for (const { id } of bench.jobs.list()) await bench.jobs.ended(id);
if (!tree.audited) throw new Error(bench.jobs.list()[0]!.error ?? "not audited");

// The drivers of the tree, again under other names.
const { report, maintainers } = tree.audited;
const copies = Array.from({ length: count }, (_, i) => {
  const driver = report.drivers[i % report.drivers.length]!;
  return { ...driver, driver: driver.driver.replace(/\.c$/, `-${i}.c`) };
});
tree.audited = audited({
  result: { ...report, drivers: copies },
  maintainers: new Map(
    copies.map(({ driver }, i) => [driver, maintainers?.slice(i % 50, (i % 50) + 1) ?? []]),
  ),
});

const guard = new Guard();
const server = await listen(createWorkbench(bench, guard), { host: "127.0.0.1", port: 0, guard });
const browser = await openBrowser();
const { page } = await openTab(browser);
const trace = await page.context().newCDPSession(page);
await page.goto(new URL(`/tree/${tree.name}/`, server.url).href);
await page.locator("#results").scrollIntoViewIfNeeded();
await page.waitForTimeout(1000);

/** Frames and busy stretches (ms) while something happens. */
async function watched(what: string, act: () => Promise<void>): Promise<void> {
  await page.evaluate(`(() => {
    const seen = (window.seen = { frames: [], busy: [], on: true });
    const frame = (now) => { seen.frames.push(now); if (seen.on) requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
    seen.observer = new PerformanceObserver((list) => seen.busy.push(...list.getEntries().map((each) => each.duration)));
    seen.observer.observe({ type: "longtask" });
  })()`);
  const tasks = await busyStretches(trace, act);
  const { frames, busy } = (await page.evaluate(
    "seen.on = false, ({ frames: seen.frames, busy: seen.busy })",
  )) as { frames: number[]; busy: number[] };
  const between = frames.slice(1).map((at, i) => at - frames[i]!);
  const sorted = [...between].sort((a, b) => a - b);
  const most = (numbers: readonly number[]) => Math.max(0, ...numbers).toFixed(0);
  console.log(
    `${what.padEnd(28)} ${String(between.length).padStart(5)} frames, 95 % ${(sorted[Math.floor(sorted.length * 0.95)] ?? 0).toFixed(0).padStart(3)} ms, longest ${most(between).padStart(3)} ms;  busy at most ${most(tasks).padStart(3)} ms (CPU), ${busy.length} tasks over 50 ms`,
  );
}

interface TraceEvent {
  readonly name: string;
  readonly dur?: number;
  readonly tdur?: number;
  readonly tid: number;
  readonly args: { readonly name?: string };
}

/** CPU time (ms) of each task of the page's main thread, as chromium's own trace tells it. */
async function busyStretches(session: CDPSession, act: () => Promise<void>): Promise<number[]> {
  const events: TraceEvent[] = [];
  const collect = ({ value }: { value: object[] }) => events.push(...(value as TraceEvent[]));
  session.on("Tracing.dataCollected", collect);
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: {
      includedCategories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"],
    },
  });
  await act();
  const ended = new Promise<void>((resolve) => session.once("Tracing.tracingComplete", () => resolve()));
  await session.send("Tracing.end");
  await ended;
  session.off("Tracing.dataCollected", collect);
  const main = new Set(
    events
      .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(({ tid }) => tid),
  );
  return events
    .filter(({ name, tid }) => name.endsWith("RunTask") && main.has(tid))
    .map(({ tdur, dur }) => (tdur ?? dur ?? 0) / 1000);
}

async function type(keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await page.keyboard.press(key);
    await page.waitForTimeout(150);
  }
  await page.waitForTimeout(500);
}

async function scroll(tab: Page): Promise<void> {
  await tab.mouse.move(700, 500);
  for (let i = 0; i < 60; i++) {
    await tab.mouse.wheel(0, 400);
    await tab.waitForTimeout(16);
  }
}

console.log(`${count} drivers; load ${loadavg()[0]!.toFixed(1)}`);
await watched("nothing", () => page.waitForTimeout(1000));
await watched("scrolling", () => scroll(page));
await page.locator("input[name=q]").focus();
await watched("typing net/ethernet", () => type([..."net/ethernet"]));
await watched("taking it away", () => type(Array(12).fill("Backspace")));
await watched("typing a single letter", () => type(["s", "Backspace", "s", "Backspace"]));
await watched("choosing a class", async () => {
  await page.locator("select[name=class]").selectOption("implicit");
  await page.waitForTimeout(500);
  await page.locator("select[name=class]").selectOption("");
  await page.waitForTimeout(700);
});
await watched("sorting", async () => {
  for (const text of ["driver", "maintainer"]) {
    await page.locator("#results thead a", { hasText: text }).click();
    await page.waitForTimeout(700);
  }
});
await browser.close();
await server.close();
bench.close();
