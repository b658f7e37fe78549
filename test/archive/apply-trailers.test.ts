import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { applyTrailers } from "../../src/archive/apply-trailers.js";

const folder = mkdtempSync(join(tmpdir(), "treewide-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@x", ...args], {
    cwd: folder,
    encoding: "utf8",
  }).trim();
const reviewed = { key: "Reviewed-by", value: "R <r@x>" };

test("trailers go into the commits, whose contents and authors stay", async () => {
  git("init", "-q", "-b", "main");
  git("config", "user.name", "A");
  git("config", "user.email", "a@x");
  for (const n of ["0", "1", "2", "3"]) {
    writeFileSync(join(folder, "f"), `${n}\n`);
    git("add", "f");
    git(
      "commit",
      "-q",
      "-m",
      `change ${n}\n\nWhy.\n\nSigned-off-by: A <a@x>`,
      "--date",
      `2026-01-0${Number(n) + 1}T00:00:00Z`,
      "--author",
      "Other <o@x>",
    );
  }
  const tree = git("rev-parse", "HEAD^{tree}");
  const patches = [{ title: "Change 2", patchId: undefined, trailers: [reviewed] }];
  const head = git("rev-parse", "HEAD");
  expect((await applyTrailers(folder, "HEAD~3", patches, true)).flatMap(({ added }) => added)).toEqual([
    "Reviewed-by: R <r@x>",
  ]);
  expect(git("rev-parse", "HEAD")).toBe(head);
  const result = await applyTrailers(folder, "HEAD~3", patches, false);
  expect(result.map(({ title, matched }) => [title, matched])).toEqual([
    ["change 1", undefined],
    ["change 2", "title"],
    ["change 3", undefined],
  ]);
  expect(git("log", "-1", "--format=%an %ad%n%B", "--date=short", "HEAD~1")).toBe(
    "Other 2026-01-03\nchange 2\n\nWhy.\n\nSigned-off-by: A <a@x>\nReviewed-by: R <r@x>",
  );
  expect([git("rev-parse", "HEAD^{tree}"), git("rev-parse", "HEAD~2")]).toEqual([
    tree,
    git("rev-parse", `${head}~2`),
  ]);
  const now = git("rev-parse", "HEAD");
  await applyTrailers(folder, "HEAD~3", patches, false);
  expect(git("rev-parse", "HEAD")).toBe(now);
});
