import { expect, test } from "vitest";
import { LineMap } from "../../src/base/line-map.js";

const text = (...lines: string[]) => `${lines.join("\n")}\n`;
const before = text("a", "{", "b", "}", "c", "{", "d", "}");

test.each([
  ["lines above", text("x", "y", "a", "{", "b", "}", "c", "{", "d", "}"), 2],
  ["another indentation", text("x", "a", "{", "  b", "}", "c", "{", "\td", "}"), 1],
])("with %s each line is where it moved", (_, after, by) => {
  const map = new LineMap(before, after);
  for (let line = 1; line <= 8; line++) expect(map.line(line)).toBe(line + by);
});

test("a block that moved past another is followed, with the lines in it that are no line's own", () => {
  const map = new LineMap(before, text("c", "{", "d", "}", "a", "{", "b", "}"));
  expect([1, 2, 3, 4, 5, 6, 7, 8].map((line) => map.line(line))).toEqual([5, 6, 7, 8, 1, 2, 3, 4]);
});

test("a line that was changed stands where it did, and was rewritten; the lines around it were not", () => {
  const map = new LineMap(before, text("a", "{", "new", "more", "}", "c", "{", "d", "}"));
  expect(map.isRewritten(3, 3)).toBe(true);
  expect(map.isRewritten(3, 4)).toBe(true);
  expect(map.isRewritten(3, 8)).toBe(false);
  expect(map.isRewritten(5, 3)).toBe(false);
});

test("a line that is still there was not rewritten as the one below it", () => {
  const map = new LineMap(before, text("a", "{", "b", "new", "}", "c", "{", "d", "}"));
  expect(map.isRewritten(3, 3)).toBe(true);
  expect(map.isRewritten(3, 4)).toBe(false);
});

test("equal texts have each line where it is, and none was rewritten as another", () => {
  const map = new LineMap(before, before);
  expect(map.line(7)).toBe(7);
  expect([map.isRewritten(7, 7), map.isRewritten(2, 7)]).toEqual([true, false]);
});
