import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { missingPackages } from "../../src/kernel/toolchain.js";

let empty: string;
const path = process.env.PATH;
beforeEach(() => {
  empty = mkdtempSync(join(tmpdir(), "treewide-path-"));
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(empty, { recursive: true });
});

test("where gcc is missing, headers are named in the same breath", async () => {
  process.env.PATH = empty;
  const gcc = { name: "gcc", apt: "gcc" };
  const header = { name: "no-such-header.h", apt: "libheader-dev" };
  expect(await missingPackages([gcc], [header])).toEqual(["gcc", "libheader-dev"]);
});
