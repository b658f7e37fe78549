/** What `treewide review` refuses. */
import { expect, test } from "vitest";
import { treewide } from "./treewide.js";

test("drafts of mails have no other format", async () => {
  const { status, stderr } = await treewide(["review", "x.mbox", "--reply", "--format", "json"]);
  expect([status, stderr]).toEqual([2, expect.stringContaining("--reply")]);
  // The default is no conflict.
  expect((await treewide(["review", "/nope.mbox", "--reply"])).status).toBe(3);
});
