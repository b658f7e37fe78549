import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { NotInstalledError } from "../../src/base/errors.js";
import { run, runSync } from "../../src/base/process.js";

test("a folder that is missing is named, not the program", async () => {
  const cwd = "/nowhere/at/all";
  await expect(run("true", [], { cwd })).rejects.toThrow(`${cwd}: no such folder`);
  expect(() => runSync("true", [], { cwd })).toThrow(`${cwd}: no such folder`);
});

test("a program that is missing is named", async () => {
  await expect(run("no-such-program", [])).rejects.toThrow(NotInstalledError);
  expect(() => runSync("no-such-program", [], { cwd: "/" })).toThrow(NotInstalledError);
});

test("a program ends with us, even when we are killed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "treewide-process-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const pid = join(folder, "pid");
  const root = resolve(import.meta.dirname, "../..");
  const text = `const { run } = await import(${JSON.stringify(join(root, "src/base/process.ts"))});
    await run("sh", ["-c", "echo $$ > ${pid}.new; mv ${pid}.new ${pid}; exec sleep 600"], { whenWeDie: "TERM" });`;
  const tsx = join(root, "node_modules/tsx/dist/esm/index.mjs");
  const parent = spawn("node", ["--import", tsx, "--input-type=module", "--eval", text], {
    stdio: "inherit",
  });
  while (!existsSync(pid)) await sleep(50);
  parent.kill("SIGKILL");
  const process = `/proc/${readFileSync(pid, "utf8").trim()}/stat`;
  const lives = () => existsSync(process) && !/^\d+ \(\w+\) Z/.test(readFileSync(process, "utf8"));
  while (lives()) await sleep(50);
  expect(lives()).toBe(false);
});
