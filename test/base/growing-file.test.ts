import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { KnownError } from "../../src/base/errors.js";
import { GrowingFile } from "../../src/base/growing-file.js";

const folder = mkdtempSync(join(tmpdir(), "treewide-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("what was written is read, at its place, by whoever has it open", () => {
  const path = join(folder, "grows");
  expect(() => GrowingFile.open(path, "read")).toThrow(KnownError);
  const writer = GrowingFile.open(path, "write");
  const reader = GrowingFile.open(path, "read");
  writer.write(Buffer.from("first"), 0);
  writer.write(Buffer.from("second"), 5);
  writer.sync();
  const into = Buffer.alloc(6);
  reader.read(into, 5);
  expect(into.toString()).toBe("second");
  expect(() => reader.read(into, 6)).toThrow(KnownError);
  writer.close();
  reader.close();
});
