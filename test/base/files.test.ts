import { execFileSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import {
  cacheFolder,
  makeFolder,
  requireWritable,
  writeFileAtomic,
  writeOutput,
} from "../../src/base/files.js";
import { run } from "../../src/base/process.js";
import { temporaryFolder } from "../kernel/fixture.js";

test.each([
  [{ TREEWIDE_CACHE: "/own", XDG_CACHE_HOME: "/shared" }, "/own/a"],
  [{ TREEWIDE_CACHE: "", XDG_CACHE_HOME: "/shared" }, "/shared/treewide/a"],
  [{ TREEWIDE_CACHE: "", XDG_CACHE_HOME: "" }, "/home/me/.cache/treewide/a"],
  [{ TREEWIDE_CACHE: "", XDG_CACHE_HOME: "relative" }, "/home/me/.cache/treewide/a"],
])("with %j the cache is %s", (environment, folder) => {
  for (const [name, value] of Object.entries({ ...environment, HOME: "/home/me" })) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(cacheFolder("a")).toBe(folder);
});

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

test("output behind symbolic links goes into their target, and they stay", () => {
  const folder = temporaryFolder();
  const target = join(folder, "below", "report.txt");
  makeFolder(join(folder, "below"));
  symlinkSync("below/link", join(folder, "report"));
  symlinkSync("report.txt", join(folder, "below", "link")); // nothing is there yet
  for (const text of ["first", "second"]) {
    requireWritable(join(folder, "report"));
    writeOutput(join(folder, "report"), text);
    expect(readFileSync(target, "utf8")).toBe(text);
  }
  expect(lstatSync(join(folder, "report")).isSymbolicLink()).toBe(true);
  expect(readdirSync(join(folder, "below"))).toEqual(["link", "report.txt"]);
});

test("output to a FIFO reaches its reader, and the FIFO stays", async () => {
  const fifo = join(temporaryFolder(), "fifo");
  execFileSync("mkfifo", [fifo]);
  requireWritable(fifo);
  const reader = run("cat", [fifo]);
  writeOutput(fifo, "text");
  expect((await reader).stdout.toString()).toBe("text");
  expect(lstatSync(fifo).isFIFO()).toBe(true);
});

test("output to a device that takes none is an error, and the device stays", () => {
  const link = join(temporaryFolder(), "full");
  symlinkSync("/dev/full", link);
  requireWritable(link);
  expect(() => writeOutput(link, "text")).toThrow(`${link}: cannot be written (ENOSPC)`);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
});

test("output to a circle of links, or to a folder, is an error", () => {
  const folder = temporaryFolder();
  symlinkSync("circle", join(folder, "circle"));
  expect(() => writeOutput(join(folder, "circle"), "")).toThrow("cannot be written (ELOOP)");
  expect(() => writeOutput(folder, "")).toThrow(`${folder}: cannot be written (it is a folder)`);
});
