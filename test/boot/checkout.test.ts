import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run } from "../../src/base/process.js";
import { atRevision } from "../../src/boot/checkout.js";

let root: string;
let repository: string;
const git = (...args: string[]) =>
  run("git", ["-C", repository, "-c", "user.name=A", "-c", "user.email=a@example.org", ...args]);

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "treewide-checkout-"));
  repository = join(root, "repository");
  process.env.TREEWIDE_CACHE = join(root, "cache");
  await run("git", ["init", "-q", repository]);
  for (const content of ["one", "two"]) {
    writeFileSync(join(repository, "changes.c"), content);
    writeFileSync(join(repository, "stays.c"), "same");
    await git("add", ".");
    await git("commit", "-q", "-m", content);
  }
});
afterEach(() => {
  delete process.env.TREEWIDE_CACHE;
  rmSync(root, { recursive: true });
});

test("a revision is checked out beside the repository, which stays as it is", async () => {
  writeFileSync(join(repository, "changes.c"), "edited");
  await atRevision(repository, "HEAD~1", {}, async (folder) => {
    expect(readFileSync(join(folder, "changes.c"), "utf8")).toBe("one");
  });
  expect(readFileSync(join(repository, "changes.c"), "utf8")).toBe("edited");
  const { stdout } = await git("status", "--porcelain");
  expect(stdout.toString()).toBe(" M changes.c\n");
});

test("from one revision to the next only what differs gets a new time", async () => {
  const timeOf = (folder: string) => statSync(join(folder, "stays.c")).mtimeMs;
  const before = await atRevision(repository, "HEAD~1", {}, async (folder) => timeOf(folder));
  await atRevision(repository, "HEAD", {}, async (folder) => {
    expect(readFileSync(join(folder, "changes.c"), "utf8")).toBe("two");
    expect(timeOf(folder)).toBe(before);
    expect(existsSync(join(folder, ".git"))).toBe(false);
  });
});

test("who works on a revision keeps it: another waits, and says so", async () => {
  await atRevision(repository, "HEAD~1", {}, async (folder) => {
    const stop = new AbortController();
    const other = atRevision(
      repository,
      "HEAD",
      { signal: stop.signal, onProgress: ({ task }) => stop.abort(new Error(task)) },
      async () => {},
    );
    await expect(other).rejects.toThrow(/^waiting for another treewide/);
    expect(readFileSync(join(folder, "changes.c"), "utf8")).toBe("one");
  });
  await atRevision(repository, "HEAD", {}, async (folder) => {
    expect(readFileSync(join(folder, "changes.c"), "utf8")).toBe("two");
  });
});
