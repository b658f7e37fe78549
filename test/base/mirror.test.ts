import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { folderFingerprint, listFiles, mirrorFolder } from "../../src/base/mirror.js";

let root: string;
let tree: string;
let copy: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "treewide-mirror-"));
  tree = join(root, "tree");
  copy = join(root, "copy");
  mkdirSync(join(tree, "folder"), { recursive: true });
  writeFileSync(join(tree, "folder/a.c"), "original");
  writeFileSync(join(tree, "b.c"), "kept");
  utimesSync(join(tree, "folder/a.c"), 1000, 1000);
});
afterEach(() => rmSync(root, { recursive: true }));

test("a replaced file leaves the original as it is", () => {
  mirrorFolder(tree, copy);
  mirrorFolder(tree, copy, new Map([["folder/a.c", "patched"]]));
  expect(readFileSync(join(copy, "folder/a.c"), "utf8")).toBe("patched");
  expect(readFileSync(join(tree, "folder/a.c"), "utf8")).toBe("original");
});

test("a file that is put back gets a new time, and others keep theirs", () => {
  mirrorFolder(tree, copy, new Map([["folder/a.c", "patched"]]));
  const kept = statSync(join(copy, "b.c")).mtimeMs;
  mirrorFolder(tree, copy);
  expect(readFileSync(join(copy, "folder/a.c"), "utf8")).toBe("original");
  expect(statSync(join(copy, "folder/a.c")).mtimeMs).toBeGreaterThan(1_000_000);
  expect(statSync(join(copy, "b.c")).mtimeMs).toBe(kept);
});

test("what is gone from the tree, or removed by a patch, goes from the copy", () => {
  mirrorFolder(tree, copy);
  rmSync(join(tree, "b.c"));
  mirrorFolder(tree, copy, new Map([["folder/a.c", null]]));
  expect(() => statSync(join(copy, "b.c"))).toThrow();
  expect(() => statSync(join(copy, "folder/a.c"))).toThrow();
});

test("an edit changes the fingerprint", () => {
  const before = folderFingerprint(tree);
  writeFileSync(join(tree, "b.c"), "edited");
  expect(folderFingerprint(tree)).not.toBe(before);
});

test("a new copy that fails is removed; one that was there stays", () => {
  const missing = ["b.c", "folder/none.c"];
  expect(() => mirrorFolder(tree, copy, new Map(), missing)).toThrow("none.c");
  expect(existsSync(copy)).toBe(false);
  mirrorFolder(tree, copy);
  expect(() => mirrorFolder(tree, copy, new Map(), missing)).toThrow("none.c");
  expect(readFileSync(join(copy, "b.c"), "utf8")).toBe("kept");
});

/** What a path of the tree can be. */
const kinds: Readonly<Record<string, (path: string) => void>> = {
  file: (path) => writeFileSync(path, "file"),
  folder: (path) => {
    mkdirSync(path);
    writeFileSync(join(path, "inner.c"), "inner");
  },
  link: (path) => symlinkSync("folder", path),
  "dangling link": (path) => symlinkSync("none", path),
};
const changes = Object.keys(kinds).flatMap((from) =>
  Object.keys(kinds).flatMap((to) => (from === to ? [] : [[from, to] as const])),
);

test.each(changes)("a %s that becomes a %s is one in the copy", (from, to) => {
  kinds[from]!(join(tree, "x"));
  mirrorFolder(tree, copy);
  rmSync(join(tree, "x"), { recursive: true });
  kinds[to]!(join(tree, "x"));
  mirrorFolder(tree, copy);
  expect(shape(copy)).toEqual(shape(tree));
});

test("what is behind a link of the copy that becomes a folder stays", () => {
  const outside = join(root, "outside/deep");
  mkdirSync(outside, { recursive: true });
  writeFileSync(join(outside, "c.c"), "not ours");
  symlinkSync(join(root, "outside"), join(tree, "x"));
  mirrorFolder(tree, copy);
  rmSync(join(tree, "x"));
  mkdirSync(join(tree, "x/deep"), { recursive: true });
  writeFileSync(join(tree, "x/deep/new.c"), "new");
  mirrorFolder(tree, copy);
  expect(shape(copy)).toEqual(shape(tree));
  expect(shape(join(root, "outside"))).toEqual(["deep/c.c: not ours"]);
});

test("a patch may put a folder where a file is, and a file where a folder is", () => {
  mirrorFolder(tree, copy);
  const replaced = new Map([
    ["b.c", null],
    ["b.c/deep/new.c", "new"],
    ["folder/a.c", null],
    ["folder", "a file"],
  ]);
  mirrorFolder(tree, copy, replaced);
  expect(shape(copy)).toEqual(["b.c/deep/new.c: new", "folder: a file"]);
  mirrorFolder(tree, copy);
  expect(shape(copy)).toEqual(shape(tree));
});

/** Each file and link with what it holds. */
function shape(root: string): string[] {
  const holds = (path: string) =>
    lstatSync(path).isSymbolicLink() ? `-> ${readlinkSync(path)}` : readFileSync(path, "utf8");
  return listFiles(root)
    .map((path) => `${path}: ${holds(join(root, path))}`)
    .sort();
}
