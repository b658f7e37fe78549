import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { folderFingerprint, mirrorFolder } from "../../src/base/mirror.js";

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
