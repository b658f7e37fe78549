import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  changedFiles,
  formatPatches,
  headCommit,
  resolveCommit,
  uncommittedFiles,
  workTreeRoot,
} from "../../src/kernel/git.js";
import { ObjectReader } from "../../src/kernel/objects.js";
import { commitAll, git, temporaryFolder, unusualSettings, writeRepository, writeTree } from "./fixture.js";

test("a revision has a full name", () => {
  const { folder, commit } = writeRepository({ a: "1" });
  expect(resolveCommit(folder, "main")).toBe(commit);
  expect(resolveCommit(folder, commit.slice(0, 10))).toBe(commit);
});

test("a folder outside any repository is an error that says so", () => {
  expect(() => resolveCommit(temporaryFolder(), "HEAD")).toThrow(/not a git repository/);
});

test("a repository without a commit has no head", () => {
  const folder = temporaryFolder();
  git(folder, "init", "-q");
  expect(headCommit(folder)).toBeNull();
});

test("the work tree's root is found from within", () => {
  const { folder } = writeRepository({ "a/b/c": "1" });
  expect(workTreeRoot(join(folder, "a/b"))).toBe(folder);
  expect(workTreeRoot(temporaryFolder())).toBeNull();
});

test("changed files between two revisions: added, deleted, modified; a rename is two changes", () => {
  const { folder, commit } = writeRepository({ keep: "1", edit: "1", "old name": "same", gone: "1" });
  git(folder, "mv", "old name", "nëw name");
  rmSync(join(folder, "gone"));
  writeTree({ edit: "2" }, folder);
  commitAll(folder, "second");
  expect(changedFiles(folder, commit, "HEAD")).toEqual([
    { path: "edit", change: "modified" },
    { path: "gone", change: "deleted" },
    { path: "nëw name", change: "added" },
    { path: "old name", change: "deleted" },
  ]);
});

test("uncommitted files are those that git tracks and that differ from HEAD", () => {
  const { folder } = writeRepository({ a: "1", b: "1" });
  expect(uncommittedFiles(folder)).toEqual([]);
  writeFileSync(join(folder, "b"), "22");
  writeFileSync(join(folder, "untracked"), "x");
  expect(uncommittedFiles(folder)).toEqual(["b"]);
});

test("a repository that git's environment names is not ours", () => {
  const ours = writeRepository({ a: "1" });
  const other = writeRepository({ b: "1" });
  process.env.GIT_DIR = join(other.folder, ".git");
  try {
    expect(headCommit(ours.folder)).toBe(ours.commit);
  } finally {
    delete process.env.GIT_DIR;
  }
});

test("objects are read by name, missing ones are said", () => {
  const { folder } = writeRepository({ "a file": "content", "dir/x": "" });
  const reader = new ObjectReader(folder);
  const answers = reader.read(["main:a file", "main:none", "main:dir", "main:dir/x", "junk junk", "main"]);
  expect(answers.map((answer) => answer.kind)).toEqual([
    "blob",
    "missing",
    "tree",
    "blob",
    "missing",
    "unusable",
  ]);
  expect(answers[0]).toMatchObject({ content: Buffer.from("content") });
  expect(answers[3]).toMatchObject({ content: Buffer.from("") });
  reader.close();
  expect(reader.read(["main:a file"])[0]!.kind).toBe("blob");
});

test("a repository that breaks while it is read is an error, not a hang", () => {
  const folder = temporaryFolder();
  expect(() => new ObjectReader(folder).read(["HEAD:a"])).toThrow(/ended too early/);
});

test("patches are the same bytes whatever is configured", () => {
  const before = "one\n\ntwo\n\n3\n4\n5\n6\n7\n8\n9\neight\n";
  const { folder } = writeRepository({ "a.c": before, "b.c": "b\n" });
  writeTree({ "a.c": before.replace("two", "zwei").replace("eight", "acht"), "b.c": "c\n" }, folder);
  commitAll(folder, "Böse Umlaute\n\nFrom here on it is German.");
  git(folder, "notes", "add", "-m", "a note");
  const plain = formatPatches(folder, ["--end-of-options", "HEAD^..HEAD"]).toString();
  expect(plain).toContain("Subject: [PATCH] =?UTF-8?q?B=C3=B6se=20Umlaute?=\n");
  expect(plain).toContain("\n>From here on it is German.\n---\n");
  expect(plain).toContain("\ndiff --git a/a.c b/a.c\n");
  expect(plain.match(/^@@ .*$/gm)).toEqual(["@@ -1,6 +1,6 @@", "@@ -9,4 +9,4 @@ two", "@@ -1 +1 @@"]);
  for (const [key, value] of Object.entries(unusualSettings)) git(folder, "config", key, value);
  expect(formatPatches(folder, ["--end-of-options", "HEAD^..HEAD"]).toString()).toBe(plain);
});
