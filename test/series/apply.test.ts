/** Applying diffs in memory, held to what git apply does with them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runSync } from "../../src/base/process.js";
import { openTree } from "../../src/kernel/tree.js";
import { parseDiff } from "../../src/mail/diff.js";
import { applyDiffs } from "../../src/series/apply.js";
import { makefile, writeTree } from "../kernel/fixture.js";

const file = "drivers/a.c";
const hunk = (lines: string) => `--- a/${file}\n+++ b/${file}\n${lines}`;

const cases: readonly (readonly [what: string, text: string, diff: string])[] = [
  [
    "a last line without newline as context",
    "a\nb\nc",
    hunk("@@ -1,3 +1,3 @@\n-a\n+x\n b\n c\n\\ No newline at end of file\n"),
  ],
  [
    "a last line that loses its newline",
    "a\nb\n",
    hunk("@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ No newline at end of file\n"),
  ],
  ["lines that moved", "0\n1\na\nb\nc\nd\n", hunk("@@ -2,3 +2,3 @@\n a\n-b\n+x\n c\n")],
  ["a hunk of the first line that moved", "0\na\nb\nc\n", hunk("@@ -1,2 +1,3 @@\n+x\n a\n b\n")],
  ["a hunk of the last line that is no longer the last", "a\nb\nc\n", hunk("@@ -5,2 +5,3 @@\n a\n b\n+x\n")],
];

test.each(cases)("%s: as git apply", (_, text, diff) => {
  const folder = writeTree({ Makefile: makefile, [file]: text });
  const ours = applyDiffs(openTree({ kind: "folder", path: folder }), parseDiff(diff));
  const path = join(folder, file);
  const git = runSync("git", ["apply", "-"], { cwd: folder, input: diff, accept: "any" });
  expect(ours.applies).toBe(git.status === 0);
  if (ours.applies) expect(ours.files.get(file)).toBe(readFileSync(path, "utf8"));
});
