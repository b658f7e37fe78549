import { expect, test } from "vitest";
import { mailHtml } from "../../src/mail/html.js";
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
