/** Real kernel trees for tests, from the user's cache. */
import { existsSync } from "node:fs";
import { cacheFolder } from "../../src/base/files.js";
import { openTree, type Tree } from "../../src/kernel/tree.js";

/** Linux of a version as Debian ships it ("7.3"), fetched when it is not there yet. */
export async function realTree(version: string): Promise<Tree> {
  const path = cacheFolder("trees", `linux-source-${version}`);
  if (!existsSync(path)) throw new Error(`no ${path}`);
  return openTree({ kind: "folder", path });
}
