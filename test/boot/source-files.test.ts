import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run } from "../../src/base/process.js";
import { sourceFiles } from "../../src/boot/source-files.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "treewide-source-"));
  write("Makefile");
  write(".gitignore", ".*\n*.o\n/include/config/\n!.gitignore\n");
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text = ""): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

test("of a git tree in which a kernel was built only the source is taken, new files included", async () => {
  const git = (...args: string[]) =>
    run("git", ["-C", root, "-c", "user.name=A", "-c", "user.email=a@b.c", ...args]);
  await git("init", "-q");
  write("gone.c");
  await git("add", ".");
  await git("commit", "-qm", "all");
  for (const path of [".config", "include/config/auto.conf", "kernel/fork.o", "kernel/new.c"]) write(path);
  rmSync(join(root, "gone.c"));
  expect([...sourceFiles(root)].sort()).toEqual([".gitignore", "Makefile", "kernel/new.c"]);
});

test("a tree without git in which a kernel was built is refused, with what cleans it", () => {
  expect(sourceFiles(root)).toContain("Makefile");
  write("include/config/auto.conf");
  expect(() => sourceFiles(root)).toThrow("a kernel was configured or built in it (include/config)");
});
