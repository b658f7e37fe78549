/** Real kernel trees for tests, from the user's cache. */
import { openTree, type Tree } from "../../src/kernel/tree.js";
import { getTree } from "../../src/kernel/trees.js";

/** Linux of a version as Debian ships it ("7.3"), fetched when it is not in the cache yet. */
export async function realTree(version: string): Promise<Tree> {
  return openTree({ kind: "folder", path: await getTree(version) });
}
