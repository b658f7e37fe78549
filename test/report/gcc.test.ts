import { expect, test } from "vitest";
import { gccLines } from "../../src/report/gcc.js";
import { toyReport, toySource, withNames } from "./toy.js";

test("every line is one that a compiler could have printed", async () => {
  for (const line of gccLines(await toyReport(), toySource)
    .trimEnd()
    .split("\n"))
    expect(line).toMatch(/^drivers\/toy\/\w+\.c:\d+:\d+: (warning: .* \[[a-z-]+\]|note: .*)$/);
});

test("a warning names its kind, and the column of the code", async () => {
  expect(gccLines(await toyReport(), toySource)).toContain(
    "drivers/toy/handler.c:23:2: warning: IRQ vectors are freed while a handler is still requested (handler_driver) [freed-under-handler]",
  );
});

test("a name with a line break cannot forge a line", async () => {
  const report = await toyReport();
  const lines = (text: string) => text.split("\n").length;
  const plain = lines(
    gccLines(
      withNames(report, (name) => name),
      toySource,
    ),
  );
  expect(
    lines(
      gccLines(
        withNames(report, (name) => `${name}\nx.c:1:1: error: no`),
        toySource,
      ),
    ),
  ).toBe(plain);
});
