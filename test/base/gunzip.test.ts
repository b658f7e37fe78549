import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { unpacked } from "../../src/base/gunzip.js";

test("what is gzip is unpacked, everything else stays, and broken gzip is told", () => {
  const text = Buffer.from("From a");
  expect(unpacked(text, "x")).toBe(text);
  expect(unpacked(gzipSync(text), "x")).toEqual(text);
  expect(() => unpacked(gzipSync(text).subarray(0, 12), "x.gz")).toThrow("x.gz: broken gzip");
});
