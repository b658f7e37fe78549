import { expect, test } from "vitest";
import { ownText, splitQuotes } from "../../src/mail/quote.js";

const reply = `Hi,

On Mon, 23 Feb 2026 23:29:40 +0800
A Person <a@example.org> wrote:

> quoted
> 
> more

Own words.

在 2026/02/24 星期二 1:38, B 写道:
> again

Yes.

-- 
Sig
`;

test("a reply's own words are what is left without quotes, attributions and signature", () => {
  expect(ownText(reply)).toBe("Hi,\n\nOwn words.\n\nYes.");
});

test("splitting loses nothing", () => {
  expect(
    splitQuotes(reply)
      .map(({ text }) => text)
      .join("\n"),
  ).toBe(reply);
});
