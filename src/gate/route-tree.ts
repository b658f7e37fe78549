/** Routing over a tree wherever its bytes are: a router reads a folder, so a revision's MAINTAINERS gets one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { KnownError } from "../base/errors.js";
import { writeFileAtomic } from "../base/files.js";
import type { Tree } from "../kernel/tree.js";
import { Router } from "./route.js";

/** Undefined when the tree has no usable MAINTAINERS. Of a revision, YAML files name nobody: they are not read. */
export function routerOf(tree: Tree): Router | undefined {
  const maintainers = tree.read("MAINTAINERS");
  try {
    if (!maintainers) return undefined;
    return tree.spec.kind === "folder" ? new Router(tree.root) : ofRevision(tree, maintainers);
  } catch (error) {
    if (error instanceof KnownError) return undefined;
    throw error;
  }
}

function ofRevision(tree: Tree, maintainers: Buffer): Router {
  const scratch = mkdtempSync(join(tmpdir(), "treewide-route-"));
  try {
    writeFileAtomic(join(scratch, "MAINTAINERS"), maintainers);
    const mailmap = tree.read(".mailmap");
    if (mailmap) writeFileAtomic(join(scratch, ".mailmap"), mailmap);
    const folders = foldersIn(tree);
    return new Router(scratch, (path) => folders.has(path.replace(/\/+$/, "")));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function foldersIn(tree: Tree): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const { path } of tree.list(["."], [""]))
    for (let folder = dirname(path); folder !== "." && !folders.has(folder); folder = dirname(folder))
      folders.add(folder);
  return folders;
}
