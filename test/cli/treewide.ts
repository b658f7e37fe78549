/** The program as a user runs it, from its sources. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll } from "vitest";
import { run } from "../../src/base/process.js";

export const root = resolve(import.meta.dirname, "../..");
/** What lets node run the sources. */
export const tsx = join(root, "node_modules/tsx/dist/esm/index.mjs");

/** Not the user's own cache. */
export const cache = mkdtempSync(join(tmpdir(), "treewide-cache-"));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

interface Options {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export async function treewide(args: readonly string[], options: Options = {}) {
  const { status, stdout, stderr } = await run(
    "node",
    ["--import", tsx, join(root, "src/cli/main.ts"), ...args],
    { ...options, env: { NO_COLOR: "1", TREEWIDE_CACHE: cache, ...options.env }, accept: "any" },
  );
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}
