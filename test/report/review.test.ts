/** The table of a review. */
import { expect, test } from "vitest";
import { reviewTable } from "../../src/report/review.js";
import type { HazardChange, PatchReview } from "../../src/series/review.js";

const patch: PatchReview = {
  n: 1,
  subject: "[PATCH] a",
  messageId: "a@example.org",
  applies: true,
  sound: true,
  introduced: [],
  removed: [],
  claims: [],
};
const table = (change: Partial<PatchReview>) =>
  reviewTable({
    schema: "treewide.review/1",
    tree: { version: "7.3", commit: null },
    patches: [{ ...patch, ...change }],
    missed: [],
    absent: [],
  });

test("a place that several drivers share is named and counted once", () => {
  const leak = (driver: string): HazardChange => ({
    kind: "leaks-today",
    driver,
    file: "drivers/x/lib.c",
    line: 7,
    witness: [],
  });
  const text = table({ sound: false, introduced: [leak("drivers/x/a.c"), leak("drivers/x/b.c")] });
  expect(text).toContain("introduces leaks today: 1 place\n");
  expect(text.match(/drivers\/x\/lib\.c:7/g)).toHaveLength(1);
});

test("of patches that do not apply, nothing is said that they may change", () => {
  expect(table({})).toContain("\nNo driver is left without an owner of its vectors.\n");
  expect(table({ applies: false, sound: null })).toContain("No patch applies, so whether");
  const some = reviewTable({
    schema: "treewide.review/1",
    tree: { version: "7.3", commit: null },
    patches: [patch, { ...patch, n: 2, applies: false, sound: null }],
    missed: [],
    absent: [],
  });
  expect(some).toContain("With only what applies, no driver is left without an owner of its vectors.\n");
});

test("a file that a patch needs and that is not there has no hunk", () => {
  const text = table({
    applies: false,
    sound: null,
    failure: { file: "drivers/x/a.c", hunk: 0, why: "no drivers/x/a.c in this tree" },
  });
  expect(text).toContain("     drivers/x/a.c: no drivers/x/a.c in this tree\n");
});
