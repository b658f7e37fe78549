/** Debian's chromium, driven by playwright-core; what goes wrong in it is remembered. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
/** Looked at by people after a run; not kept in git. */
const artefacts = join(import.meta.dirname, "../../artefacts");

/** A browser with a fresh profile that talks to nobody but us. */
export async function openBrowser(): Promise<Browser> {
  if (!existsSync(executablePath)) throw new Error("chromium is not installed: `make test` installs it");
  return chromium.launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface Tab {
  readonly page: Page;
  /** Errors of the console and of scripts, refused loads. */
  readonly faults: string[];
  close(): Promise<void>;
}

export async function openTab(browser: Browser, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("requestfailed", (request) => {
    // A page that is left cancels what it was loading, and its streams.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") faults.push(`${request.url()} failed`);
  });
  // Chromium waits for ever for a page that goes elsewhere while it is closed, as a page of jobs does when one ends; and
  // such a page may be faster than we are, once for each job.
  const leave = (tries: number): Promise<unknown> =>
    page.goto("about:blank").catch((error) => {
      if (tries === 0) throw error;
      return leave(tries - 1);
    });
  const close = async () => {
    await leave(9);
    await context.close();
  };
  return { page, faults, close };
}

export const keep = (page: Page, name: string) =>
  page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: true });

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Serious and critical accessibility faults, as axe-core finds them. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(await import("node:fs/promises").then(({ readFile }) => readFile(axe, "utf8")));
  const { violations } = (await page.evaluate("axe.run()")) as AxeResult;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}
