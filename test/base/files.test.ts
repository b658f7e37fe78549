import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder, requireWritable, writeFileAtomic } from "../../src/base/files.js";
import { temporaryFolder } from "../kernel/fixture.js";

test("missing folders are made on the way", () => {
  const file = join(temporaryFolder(), "a", "b", "c.txt");
  writeFileAtomic(file, "text");
  expect(readFileSync(file, "utf8")).toBe("text");
});

test("a folder that is there already is no error", () => {
  const folder = temporaryFolder();
  makeFolder(folder);
  expect(statSync(folder).isDirectory()).toBe(true);
});

// Node 20's recursive mkdir does not come back from there.
test("below a folder that can hold none, the error comes and names the path", () => {
  expect(() => writeFileAtomic("/proc/none/file", "")).toThrow("/proc/none/file: cannot be written");
});

test("where a file stands in a folder's place, the error comes", () => {
  const file = join(temporaryFolder(), "file");
  writeFileAtomic(file, "");
  expect(() => writeFileAtomic(join(file, "below", "x"), "")).toThrow("cannot be written");
});

test("a place that can be written is left as it was; one that cannot is told", () => {
  const folder = temporaryFolder();
  requireWritable(join(folder, "below", "report.json"));
  expect(readdirSync(join(folder, "below"))).toEqual([]);
  expect(() => requireWritable(folder)).toThrow(`${folder}: cannot be written (it is a folder)`);
  expect(() => requireWritable("/proc/none/file")).toThrow("/proc/none/file: cannot be written");
});
