import { spawnSync } from "node:child_process";
import { openSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { cache } from "./treewide.js";

test("where nobody reads the errors, the exit code stays", () => {
  const root = resolve(import.meta.dirname, "../..");
  const program = `node --import "${join(root, "node_modules/tsx/dist/esm/index.mjs")}" "${join(root, "src/cli/main.ts")}"`;
  const env = { ...process.env, TREEWIDE_CACHE: cache };
  // `true` has gone long before the program has something to say.
  const script = `${program} search x --archive nope 2>&1 | true; exit \${PIPESTATUS[0]}`;
  expect(spawnSync("bash", ["-c", script], { env }).status).toBe(3);
});

test("a result that cannot be written is an error of the place, not something found", () => {
  const root = resolve(import.meta.dirname, "../..");
  const main = ["--import", join(root, "node_modules/tsx/dist/esm/index.mjs"), join(root, "src/cli/main.ts")];
  const full = openSync("/dev/full", "w");
  const { status, stderr } = spawnSync("node", [...main, "archive", "list", "--json"], {
    env: { ...process.env, TREEWIDE_CACHE: cache },
    stdio: ["ignore", full, "pipe"],
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([3, "treewide: stdout: cannot be written (ENOSPC)\n"]);
});
