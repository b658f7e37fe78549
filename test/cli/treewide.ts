/** The program as a user runs it, from its sources. */
import { join, resolve } from "node:path";
import { run } from "../../src/base/process.js";

const root = resolve(import.meta.dirname, "../..");

export async function treewide(args: readonly string[], options: { cwd?: string; input?: string } = {}) {
  const tsx = join(root, "node_modules/tsx/dist/esm/index.mjs");
  const { status, stdout, stderr } = await run(
    "node",
    ["--import", tsx, join(root, "src/cli/main.ts"), ...args],
    { ...options, env: { NO_COLOR: "1" }, accept: "any" },
  );
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}
