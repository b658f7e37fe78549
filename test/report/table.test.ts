import { expect, test } from "vitest";
import { auditTable, tableWidth } from "../../src/report/table.js";
import { fitPath, wrap } from "../../src/report/text.js";
import { toyReport, withNames } from "./toy.js";

test("no line is wider than 100 columns, however long the paths", async () => {
  const names = withNames(await toyReport(), (name) => `${"folder/".repeat(20)}${name}`);
  const [first, second, ...rest] = names.drivers;
  const shared = { ...second!, class: "unknown", driver: first!.driver } as const;
  const long = { ...names, drivers: [first!, shared, ...rest] };
  for (const report of [await toyReport(), long])
    for (const line of auditTable(report).split("\n"))
      expect([...line].length).toBeLessThanOrEqual(tableWidth);
});

test("what needs a person comes first, the counts at the end", async () => {
  const text = auditTable(await toyReport());
  const order = [
    "explicit-leaky (1)",
    "hybrid-partial (1)",
    "implicit (1)",
    "hybrid-full (2)",
    "explicit (1)",
    "6 drivers\n",
  ];
  const places = order.map((words) => text.indexOf(words));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

test("within a class the worst hazard comes first", async () => {
  const text = auditTable(await toyReport());
  expect(text.indexOf("toy/handler.c")).toBeLessThan(text.indexOf("toy/hybrid.c"));
});

test("it is plain text without colours, and the same text with them", async () => {
  const report = await toyReport();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR codes are what is looked for
  const codes = /\x1b\[\d+m/g;
  expect(auditTable(report)).not.toMatch(codes);
  expect(auditTable(report, true).replace(codes, "")).toBe(auditTable(report));
});

test("a name cannot move the terminal's cursor", async () => {
  expect(auditTable(withNames(await toyReport(), (name) => `\x1b[2J${name}`))).not.toContain("\x1b");
});

test("a path gives way in the middle and keeps the file's name", () => {
  expect(fitPath("drivers/net/ethernet/marvell/octeontx2/nic/otx2_vf.c", 30)).toBe("drivers/…/nic/otx2_vf.c");
  expect(fitPath("a/b.c", 30)).toBe("a/b.c");
});

test("text is broken at spaces, and only long words elsewhere", () => {
  expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrap("one abcdefghij", 7)).toEqual(["one", "abcdefg", "hij"]);
});
