import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { diffPaths, parseDiff } from "../../src/mail/diff.js";
import { parsePatch } from "../../src/mail/patch.js";
import { patchId } from "../../src/mail/patch-id.js";
import { addTrailers, givenTrailers, messageTrailers, parseTrailer } from "../../src/mail/trailers.js";

const diff = `diff --git a/a.c b/a.c
index 1234567..89abcde 100644
--- a/a.c
+++ b/a.c
@@ -1,3 +1,4 @@ int f(void)
 one
--- sql comment
+-- changed
+two

diff --git a/new.c b/new.c
new file mode 100644
index 0000000..89abcde
--- /dev/null
+++ b/new.c
@@ -0,0 +1 @@
+x
`;
const mail = `From: Author <a@example.org>

Why it is so.

Signed-off-by: Author <a@example.org>
---
v2: less

 a.c | 3 ++-

${diff}-- 
2.40.0

change-id: 20260101-x-1
`;

test("a patch mail has a message, an author, notes, a diff", () => {
  const patch = parsePatch(mail);
  expect(patch).toMatchObject({
    message: "Why it is so.\n\nSigned-off-by: Author <a@example.org>",
    author: "Author <a@example.org>",
    diff,
    changeId: "20260101-x-1",
  });
  expect(patch.notes).toContain("v2: less");
  expect(patch.trailers.map(({ key }) => key)).toEqual(["Signed-off-by"]);
});

test("hunks end where their counts end", () => {
  const files = parseDiff(mail);
  expect(
    files.map(({ oldPath, newPath, added, removed, newBlob }) => ({
      oldPath,
      newPath,
      added,
      removed,
      newBlob,
    })),
  ).toEqual([
    { oldPath: "a.c", newPath: "a.c", added: 2, removed: 1, newBlob: "89abcde" },
    { oldPath: undefined, newPath: "new.c", added: 1, removed: 0, newBlob: "89abcde" },
  ]);
  expect(diffPaths(files)).toEqual(["a.c", "new.c"]);
});

for (const [name, text] of [
  ["two files", diff],
  ["a whole mail", mail],
  ["no diff", "hello\n"],
] as const)
  test(`the patch id of ${name} is git's`, () => {
    const git =
      execFileSync("git", ["patch-id", "--stable"], { input: text, encoding: "utf8" }).split(" ")[0] ||
      undefined;
    expect(patchId(text)).toBe(git);
  });

test("trailers are the last paragraph's, with their persons", () => {
  expect(
    messageTrailers('x\n\nNote: no trailer here\n\nFixes: 123 ("x")\nReviewed-by: A B <a@b> # sub\n').map(
      ({ key }) => key,
    ),
  ).toEqual(["Fixes", "Reviewed-by"]);
  expect(parseTrailer("Acked-by: A B <a@b> # pci")?.person).toEqual({ name: "A B", address: "a@b" });
});

test("a reply gives trailers; a line that only looks like one gives none", () => {
  expect(
    givenTrailers("Looks good.\n\nReviewed-by: A <a@b>\nReported-by: nobody\nSubject: x\n").map(
      ({ key }) => key,
    ),
  ).toEqual(["Reviewed-by"]);
});

test("adding trailers is idempotent and keeps the block", () => {
  const added = [{ key: "Acked-by", value: "A <a@b>" }];
  const once = addTrailers("x\n\nSigned-off-by: B <b@c>\n", added);
  expect(once).toBe("x\n\nSigned-off-by: B <b@c>\nAcked-by: A <a@b>\n");
  expect(addTrailers(once, added)).toBe(once);
  expect(addTrailers("subject\n\ntext", added)).toBe("subject\n\ntext\n\nAcked-by: A <a@b>\n");
});

test("names that git quotes, copies and new modes are read as git means them", () => {
  const text = [
    'diff --git "a/t\\303\\244 1.c" "b/t\\303\\244 2.c"',
    "similarity index 100%",
    'copy from "t\\303\\244 1.c"',
    'copy to "t\\303\\244 2.c"',
    "diff --git a/run.sh b/run.sh",
    "old mode 100644",
    "new mode 100755",
    'diff --git "a/\\"q.c" "b/\\"q.c"',
    '--- "a/\\"q.c"',
    '+++ "b/\\"q.c"',
    "@@ -1 +1 @@",
    "-a",
    "+b",
  ].join("\n");
  expect(
    parseDiff(text).map(({ oldPath, newPath, copied, modeChanged }) => [
      oldPath,
      newPath,
      copied,
      modeChanged,
    ]),
  ).toEqual([
    ["tä 1.c", "tä 2.c", true, false],
    ["run.sh", "run.sh", false, true],
    ['"q.c', '"q.c', false, false],
  ]);
});
