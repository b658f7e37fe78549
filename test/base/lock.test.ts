import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tryLock, waitForLock } from "../../src/base/lock.js";

function lockPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "treewide-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "lock");
}

test("a lock is held by one at a time", async () => {
  const path = lockPath();
  const unlock = tryLock(path);
  expect(unlock).toBeDefined();
  expect(tryLock(path)).toBeUndefined();
  unlock!();
  (await waitForLock(path, () => {}))();
});

test("a lock ends with a holder that is killed", async () => {
  const path = lockPath();
  const code = `import { tryLock } from "./src/base/lock.ts"; tryLock(${JSON.stringify(path)}); process.stdout.write("held"); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", code]);
  await once(holder.stdout, "data");
  expect(tryLock(path)).toBeUndefined();
  holder.kill("SIGKILL");
  (await waitForLock(path, () => {}))();
});

test("waiting stops when it is told to", async () => {
  const path = lockPath();
  const unlock = tryLock(path)!;
  onTestFinished(unlock);
  const stop = new AbortController();
  await expect(waitForLock(path, () => stop.abort(new Error("stop")), stop.signal)).rejects.toThrow("stop");
});

test("a lock that cannot be had is an error, not somebody else's", () => {
  expect(() => tryLock("/nowhere/at/all")).toThrow(/No such file or directory/);
});
