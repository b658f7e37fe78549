import { expect, test } from "vitest";
import { mailHtml, maxHtml, textHtml } from "../../src/mail/html.js";
import { parseMessage } from "../../src/mail/message.js";

const links = { own: "../../1@x/", list: "../../" };

test("a header with a hundred thousand recipients is cut", () => {
  const to = Array.from({ length: 100_000 }, (_, i) => `${i}@x`).join(",\n ");
  const html = mailHtml(parseMessage(Buffer.from(`From: a@x\nTo: ${to}\n\ntext\n`)), links);
  expect(html).toContain("0@x, 1@x, ");
  expect(html.length).toBeLessThan(25_000);
});

test("what a mail answers is linked below its list, wherever the page is", () => {
  const message = parseMessage(Buffer.from("From: a@x\nMessage-ID: <1@x>\nIn-Reply-To: <a/b@x>\n\ntext\n"));
  expect(mailHtml(message, links)).toContain('&lt;<a href="../../a%2Fb@x/">a/b@x</a>&gt;');
});

test.each([
  ["entities", `${"<".repeat(70)}\n`.repeat(4000)],
  ["letters of three bytes", `${"漢".repeat(70)}\n`.repeat(4000)],
  ["one line", "<".repeat(300_000)],
])("a text of %s is cut where its page would be too large, and what is left out is said", (_, text) => {
  const html = textHtml(text);
  expect(Buffer.byteLength(html)).toBeLessThan(maxHtml + 100);
  const rest = Number(/\(cut here: (\d+) more characters\)/.exec(html)?.[1]);
  expect((html.match(/&lt;|漢|\n/g)?.length ?? 0) + rest).toBe(text.length);
});
