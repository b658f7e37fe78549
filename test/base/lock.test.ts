import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lockFile } from "../../src/base/files.js";

function lockPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "treewide-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "lock");
}

test("a lock is held once, and free again when given back", () => {
  const path = lockPath();
  const unlock = lockFile(path);
  expect(() => lockFile(path)).toThrow(`process ${process.pid} is at work here`);
  unlock();
  expect(existsSync(path)).toBe(false);
  lockFile(path)();
});

test("a lock left by a process that has died is taken over", () => {
  const path = lockPath();
  writeFileSync(path, "4194305\n"); // above Linux's largest process number
  lockFile(path)();
  expect(existsSync(path)).toBe(false);
});
