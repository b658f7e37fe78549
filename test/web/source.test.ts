/** Source on pages: whatever a file holds, its pages are small, made at once, and true to the newest audit. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Bench } from "../../src/web/bench.js";
import { Guard } from "../../src/web/guard.js";
import { createWorkbench } from "../../src/web/workbench.js";
import { removeTestArchives, testCache } from "../archive/fixture.js";
import { toyTree } from "./workbench.js";

/** Bytes of a whole page. */
const maxPage = 300_000;

const bench = new Bench({ archives: [], jobs: 1 });
const app = createWorkbench(bench, new Guard());
let folder: string;
beforeAll(async () => {
  testCache();
  folder = toyTree();
  const audit = bench.audit(bench.addTree({ kind: "folder", path: folder }));
  await bench.jobs.ended(audit.id);
});
afterAll(() => {
  bench.close();
  removeTestArchives();
});

const page = async (path: string) => (await app.request(`http://localhost/tree/toy-tree/${path}`)).text();

test.each([
  ["numbers", `${"1, ".repeat(60)}\n`.repeat(3000)],
  ["quotes", `${'"'.repeat(100)}\n`.repeat(2000)],
  ["one line", "x ".repeat(1_000_000)],
  ["one word", "x".repeat(1_000_000)],
  ["letters of three bytes", `${"漢".repeat(150)}\n`.repeat(1500)],
  ["short lines", "a\n".repeat(5000)],
])("a file of %s is shown in small pages that hold each line once", async (name, text) => {
  const path = `${name.replaceAll(" ", "-")}.c`;
  writeFileSync(join(folder, path), text);
  const lines: number[] = [];
  for (let next: string | undefined = ""; next !== undefined; ) {
    const html = await page(`source/${path}${next}`);
    expect(Buffer.byteLength(html)).toBeLessThan(maxPage);
    lines.push(...[...html.matchAll(/id="L(\d+)"/g)].map(([, line]) => Number(line)));
    next = /<a rel="next" href="([^"]+)"/.exec(html)?.[1];
  }
  expect(lines).toEqual(text.split("\n").map((_, i) => i + 1));
});

test("what is cut of a long line is said", async () => {
  writeFileSync(join(folder, "long.c"), `${"x ".repeat(1500)}\n`);
  expect(await page("source/long.c")).toContain("⋯ 1000 more characters");
});

test("after an audit, source is as the audit saw it", async () => {
  const file = "drivers/toy/implicit.c";
  const path = join(folder, file);
  writeFileSync(path, "/* first */\n");
  expect(await page(`source/${file}`)).toContain("/* first */");
  writeFileSync(path, "/* second */\n");
  await bench.jobs.ended(bench.audit(bench.trees.get("toy-tree")!).id);
  expect(await page(`source/${file}`)).toContain("/* second */");
});
