import { expect, test } from "vitest";
import { plural } from "../../src/base/plural.js";

test("one of something is singular", () => {
  expect([0, 1, 2].map((count) => plural(count, "patch", "patches"))).toEqual([
    "0 patches",
    "1 patch",
    "2 patches",
  ]);
  expect([1, 2].map((count) => plural(count, "file"))).toEqual(["1 file", "2 files"]);
});
