/** What `treewide route` takes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { temporaryFolder, writeTree } from "../kernel/fixture.js";
import { treewide } from "./treewide.js";

const mail = (subject: string, rest: string) =>
  `From 0000 Mon Sep 17 00:00:00 2001\nFrom: A <a@x.y>\nSubject: ${subject}\n\n${rest}\n`;
const cover = mail("[PATCH 0/1] cover", "words");
const patch = mail(
  "[PATCH 1/1] a: b",
  "words\n---\ndiff --git a/a/b.c b/a/b.c\n--- a/a/b.c\n+++ b/a/b.c\n@@ -1 +1 @@\n-int a;\n+int b;",
);
const tree = () => writeTree({ MAINTAINERS: "A\nM:\tM <m@x.y>\nF:\ta/\n" });

test("a folder of patches, its cover letter without a diff", async () => {
  const folder = join(temporaryFolder(), "to send");
  writeTree({ "0000-cover-letter.patch": cover, "0001-a-b.patch": patch }, folder);
  const { status, stdout, stderr } = await treewide(["route", folder, "--tree", tree()]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain("M <m@x.y>");
});

test("a folder without a patch is refused", async () => {
  const { status, stderr } = await treewide(["route", temporaryFolder(), "--tree", tree()]);
  expect([status, stderr]).toEqual([3, expect.stringContaining("does not look like a patch")]);
});

test("a compressed mbox", async () => {
  const file = join(temporaryFolder(), "t.mbox.gz");
  writeFileSync(file, gzipSync(cover + patch));
  const { status, stdout } = await treewide(["route", file, "--tree", tree()]);
  expect([status, stdout]).toEqual([0, expect.stringContaining("M <m@x.y>")]);
});
