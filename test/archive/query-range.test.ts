import { expect, test } from "vitest";
import { parseRange } from "../../src/archive/query-range.js";

test("a day that no calendar has is no date, and is not read as another", () => {
  for (const text of ["2021-06-31..", "..20210230", "2021-13-45", "20210301256000.."])
    expect(() => parseRange("date", text)).toThrow("is no date");
  const leapDay = Date.UTC(2020, 1, 29) / 1000;
  expect(parseRange("date", "2020-02-29")).toEqual({ from: leapDay, to: leapDay + 86399 });
  expect(parseRange("date", "20200229000001..").from).toBe(leapDay + 1);
});
