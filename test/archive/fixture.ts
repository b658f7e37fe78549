/** Archives of their own for a test file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Archive } from "../../src/archive/archive.js";
import { recognise } from "../../src/archive/given.js";
import { writeConfig } from "../../src/archive/registry.js";
import { updateArchive } from "../../src/archive/update.js";

let cache: string | undefined;
const opened: Archive[] = [];

/** The folder that archives of this test file live in. */
export function testCache(): string {
  if (cache === undefined) {
    cache = mkdtempSync(join(tmpdir(), "treewide-test-"));
    process.env.TREEWIDE_CACHE = cache;
  }
  return cache;
}

export async function testArchive(name: string, ...sources: string[]): Promise<Archive> {
  testCache();
  writeConfig({ schema: "treewide.archive/1", name, sources: sources.map((source) => recognise(source)) });
  await updateArchive(name, false, () => {});
  const archive = Archive.open(name);
  opened.push(archive);
  return archive;
}

export function removeTestArchives(): void {
  for (const archive of opened.splice(0)) archive.close();
  if (cache !== undefined) rmSync(cache, { recursive: true, force: true });
  cache = undefined;
}
