import { expect, test } from "vitest";
import { auditHtml } from "../../src/report/html.js";
import { html } from "../../src/report/markup.js";
import { toyReport, toySource, withNames } from "./toy.js";

const hostile = `<script>alert("x")</script>'&`;

test("nothing is fetched from anywhere", async () => {
  const text = auditHtml(await toyReport(), toySource);
  expect(text).not.toMatch(/\b(src|href)=|url\(|@import|https?:|fetch\(/);
  expect(text).toContain("default-src 'none'");
});

test("every driver, hazard and release path is there without the script", async () => {
  const report = await toyReport();
  const text = auditHtml(report, toySource).replace(/<script>[\s\S]*<\/script>/, "");
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  expect(count(/<details class="driver"/g)).toBe(report.drivers.length);
  expect(count(/<details class="hazard"/g)).toBe(report.drivers.flatMap((d) => d.hazards).length);
  expect(count(/<details class="release"/g)).toBe(report.drivers.flatMap((d) => d.releasePaths).length);
});

test("what comes from the tree is text, never markup", async () => {
  const report = withNames(await toyReport(), (name) => name + hostile);
  const text = auditHtml(report, () => hostile);
  expect(text.match(/<script>/g)).toHaveLength(1);
  expect(text).not.toContain(hostile);
  expect(text).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39;&amp;");
});

test("a template escapes values and joins lists of markup", () => {
  expect(html`<a b="${'"'}">${["<", html`<i>${1}</i>`, false, undefined]}</a>`.text).toBe(
    '<a b="&quot;">&lt;<i>1</i></a>',
  );
});

test("elements are closed in the order in which they were opened", async () => {
  const text = auditHtml(await toyReport(), toySource).replace(/<(script|style)>[\s\S]*?<\/\1>/g, "");
  const open: string[] = [];
  for (const [, end, name] of text.matchAll(/<(\/?)([a-z]\w*)[^>]*>/g)) {
    if (["meta", "input", "br"].includes(name!)) continue;
    if (end) expect(open.pop()).toBe(name);
    else open.push(name!);
  }
  expect(open).toEqual([]);
});
