/** What a person does, in a real browser. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Listening, listen } from "../../src/web/server.js";
import { accessibilityFaults, keep, openBrowser, openTab } from "./browser.js";
import { patchId, removeWorkbench, toyTree, toyWorkbench, type Workbench } from "./workbench.js";

// Dozens of pages each, on a machine that may be busy.
vi.setConfig({ testTimeout: 600_000 });

let workbench: Workbench;
let server: Listening;
let browser: Browser;
beforeAll(async () => {
  workbench = await toyWorkbench();
  server = await listen(workbench.app, { host: "127.0.0.1", port: 0, guard: workbench.guard });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  removeWorkbench(workbench);
});

const at = (path: string) => server.url.slice(0, -1) + path;
const tree = "/tree/toy-tree/";
const series = "/series/toy-leaky-Free-the-IRQ-vectors-when-starting-fails/";
const pages = {
  overview: tree,
  driver: `${tree}driver/drivers/toy/leaky.c?hazard=1&step=2`,
  path: `${tree}driver/drivers/toy/partial.c?path=1`,
  source: `${tree}source/drivers/toy/leaky.c`,
  "series-list": "/series/",
  series,
  patch: `${series}1/`,
  archives: "/archives/",
  archive: "/linux-toys/",
  message: `/linux-toys/${patchId}/`,
  thread: `/linux-toys/${patchId}/t/`,
  search: "/linux-toys/?q=s:leaky",
  prior: "/archives/prior?q=drivers/toy/leaky.c",
  work: "/jobs/",
  api: "/api/v1/",
  missing: "/tree/toy-tree/driver/nothing.c",
};

test.each([true, false])(
  "find a leak by its maintainer, follow it, open its patch, read and answer (JavaScript: %s)",
  async (javaScriptEnabled) => {
    const { page, faults, close } = await openTab(browser, {
      javaScriptEnabled,
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await page.goto(at("/"));
    await page.getByLabel("Maintainer").fill("Tilda");
    await page.getByLabel("Hazard").selectOption("leaks-today");
    await page.getByRole("button", { name: "filter" }).click();
    await page.waitForURL(/maintainer=Tilda/);
    await page.locator("#results", { hasText: /1 of \d+ drivers/ }).waitFor();
    expect(await page.locator("#results tbody tr").count()).toBe(1);
    await page.getByRole("link", { name: "drivers/toy/leaky.c" }).click();

    await page.locator(".hazards a", { hasText: "leaks-today" }).first().click();
    const lit: string[] = [];
    const steps = await page.locator("[data-journey] > [data-step]").count();
    for (let step = 1; step <= steps; step++) {
      await page.getByRole("link", { name: "next step" }).click();
      await page.locator(`[data-part=at]`, { hasText: `step ${step} of ${steps}` }).waitFor();
      lit.push((await page.locator(".code .l.now").first().textContent()) ?? "");
    }
    expect(lit[1]).toContain("pci_alloc_irq_vectors");
    expect(page.url()).toContain(`step=${steps}#`);

    await page
      .getByRole("link", { name: /Free the IRQ vectors when starting fails/ })
      .first()
      .click();
    await page.locator(".diff .add", { hasText: "pci_free_irq_vectors(pdev);" }).waitFor();
    await page.getByRole("link", { name: "read the thread" }).click();
    await page.getByText("Reviewed-by").or(page.getByText("Rex Reader")).first().waitFor();
    const command = page.locator("pre[data-copy]");
    expect(await command.textContent()).toContain(`--in-reply-to=${patchId}`);
    if (javaScriptEnabled) {
      await page.getByRole("button", { name: "copy the reply command" }).click();
      await page.getByRole("button", { name: "copied" }).waitFor();
      const copied = await page.evaluate("navigator.clipboard.readText()");
      expect(copied).toMatch(/^git send-email \\\n--in-reply-to=/);
    }
    await page.getByRole("link", { name: "drivers/toy/leaky.c" }).click();
    await page.locator("h1", { hasText: "drivers/toy/leaky.c" }).waitFor();
    expect(faults).toEqual([]);
    await close();
  },
);

for (const [look, options] of Object.entries({
  light: {},
  dark: { colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true },
} as const))
  test(`every page is free of faults: ${look}`, async () => {
    const { page, faults, close } = await openTab(browser, options);
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(at(path));
      await keep(page, `${name}-${look}`);
      expect([name, await accessibilityFaults(page)]).toEqual([name, []]);
      // A phone makes its window wider when a page is: what the page was given counts.
      const wide = Number(await page.evaluate("document.documentElement.scrollWidth"));
      expect([name, wide]).toEqual([name, page.viewportSize()!.width]);
    }
    expect(faults.filter((fault) => !fault.includes("404"))).toEqual([]);
    await close();
  });

test("every page says the same without JavaScript", async () => {
  const { page, faults, close } = await openTab(browser, { javaScriptEnabled: false });
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(at(path));
    const shown = await page.locator("main").textContent();
    expect([name, (shown ?? "").trim().length > 0]).toEqual([name, true]);
    expect([name, await page.locator("noscript, [hidden]").count()]).toEqual([name, 0]);
  }
  expect(faults.filter((fault) => !fault.includes("404"))).toEqual([]);
  await close();
});

test("pages print", async () => {
  const { page, close } = await openTab(browser);
  for (const name of ["overview", "driver", "series"] as const) {
    await page.goto(at(pages[name]));
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("header").isVisible()).toBe(false);
    await keep(page, `${name}-print`);
  }
  await close();
});

test("on a phone the step that was gone to is in sight, in the source", async () => {
  const { page, close } = await openTab(browser, {
    viewport: { width: 390, height: 500 },
    reducedMotion: "reduce",
  });
  await page.goto(at(`${tree}driver/drivers/toy/partial.c`));
  await page.getByRole("link", { name: "next step" }).click();
  await page.getByRole("link", { name: "next step" }).click();
  await page.locator("[data-part=at]", { hasText: "step 2" }).waitFor();
  const place = await page.locator(".code .l.now").boundingBox();
  expect(place!.y).toBeGreaterThan(0);
  expect(place!.y).toBeLessThan(440);
  await close();
});

test("steps stay under the hand that clicks through them", async () => {
  const { page, close } = await openTab(browser, {
    viewport: { width: 1300, height: 420 },
    reducedMotion: "reduce",
  });
  await page.goto(at(`${tree}driver/drivers/toy/leaky.c`));
  await page.locator(".lanes a", { hasText: "remove" }).first().click();
  await page.waitForURL(/path=\d#journey/);
  const next = page.getByRole("link", { name: "next step" });
  const before = await next.boundingBox();
  const steps = await page.locator("[data-journey] > [data-step]").count();
  for (let step = 1; step <= steps; step++) {
    await page.mouse.click(before!.x + 10, before!.y + 8);
    await page.locator("[data-part=at]", { hasText: `step ${step} of` }).waitFor();
  }
  expect(Number(await page.evaluate("scrollY"))).toBeGreaterThan(60);
  expect(await next.boundingBox()).toEqual(before);
  await close();
});

test("an address that names a line which a driver's page leaves out leads to the line", async () => {
  const { page, close } = await openTab(browser);
  await page.goto(at(`${tree}driver/drivers/toy/leaky.c#L1`));
  await page.waitForURL(/\/source\/drivers\/toy\/leaky\.c\?line=1#L1$/);
  await close();
});

test("a page watches all its jobs by one connection, of the few that a browser has", async () => {
  const { bench, guard } = workbench;
  for (const { id } of bench.jobs.list()) await bench.jobs.ended(id);
  const trees = [1, 2, 3, 4, 5, 6, 7, 8].map((n) =>
    bench.addTree({ kind: "folder", path: toyTree(`tree-${n}`) }),
  );
  const { page, close } = await openTab(browser);
  await page.goto(at(`/enter?token=${guard.token}`));
  const started = trees.map((each) => bench.audit(each).id);
  const stream = page.waitForRequest(/events/);
  await page.goto(at("/jobs/"));
  expect(new URL((await stream).url()).searchParams.getAll("id").length).toBeGreaterThan(1);
  for (const id of started) bench.jobs.stop(id);
  await close();
});

test("typing filters at once, and the address follows", async () => {
  const { page, faults, close } = await openTab(browser);
  await page.goto(at(tree));
  await page.keyboard.press("/");
  await page.keyboard.type("leaky");
  await page.waitForURL(/\?q=leaky$/);
  await page.locator("#results", { hasText: /1 of \d+ drivers/ }).waitFor();
  await page.reload();
  expect(await page.locator("#results tbody tr").count()).toBe(1);
  await page.locator("h1").click();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(/leaky\.c$/);
  await page.keyboard.press("j");
  await page.locator("[data-part=at]", { hasText: "step 1" }).waitFor();
  expect(faults).toEqual([]);
  await close();
});

test("a filter keeps the rows that stay, puts the others back in their places, and sorts", async () => {
  const { page, faults, close } = await openTab(browser);
  await page.goto(at(`${tree}?class=implicit`));
  const shown = () => page.locator("#results tbody a").allTextContents();
  const html = () => page.locator("#results table").innerHTML();
  const settled = (query: string) => page.waitForURL((url) => url.search === query);
  const implicit = await shown();
  await page.evaluate("window.first = document.querySelector('#results tbody tr')");
  await page.locator("select[name=class]").selectOption("");
  await settled("");
  expect(await page.evaluate("first.isConnected")).toBe(true);
  const all = await shown();
  expect(all.length).toBeGreaterThan(implicit.length);
  await page.locator("#results thead a", { hasText: "driver" }).focus();
  await page.keyboard.press("Enter");
  await settled("?sort=driver");
  expect(await shown()).toEqual([...all].sort());
  expect(await page.evaluate("document.activeElement.closest('th').ariaSort")).toBe("ascending");
  await page.locator("select[name=class]").selectOption("implicit");
  await settled("?class=implicit&sort=driver");
  const table = await html();
  await page.reload();
  expect(await html()).toBe(table);
  expect(faults).toEqual([]);
  await close();
});

test("work is started from the page, shows progress, survives its tab and can be stopped", async () => {
  const first = await openTab(browser);
  await first.page.goto(at(`/enter?token=${workbench.guard.token}`));
  await first.page.goto(at("/jobs/"));
  await first.page.getByRole("button", { name: "start an audit" }).click();
  await first.page.locator(".job.done, .job.running").first().waitFor();
  const [newest] = workbench.bench.jobs.list();
  await first.close();
  expect((await workbench.bench.jobs.ended(newest!.id)).state).toBe("done");

  const second = await openTab(browser);
  await second.page.goto(at(`/enter?token=${workbench.guard.token}`));
  await second.page.goto(at("/jobs/"));
  // A small tree is audited before one can click: ours waits behind others.
  const { bench } = workbench;
  const others = [1, 2, 3, 4, 5, 6].map(
    (n) => bench.audit(bench.addTree({ kind: "folder", path: toyTree(`other-${n}`) })).id,
  );
  await second.page.getByRole("button", { name: "start an audit" }).click();
  await second.page.getByRole("button", { name: "stop" }).first().click();
  await second.page.locator(".job.stopped").first().waitFor();
  for (const id of others) bench.jobs.stop(id);
  expect(second.faults).toEqual([]);
  await second.close();
});
