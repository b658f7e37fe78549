/**
 * A kernel tree: a folder, or a revision of a git repository without a checkout, perhaps with changes on top.
 * Everything is synchronous: each worker thread opens its own tree from the same `TreeSpec`.
 */
import { existsSync, statSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { KnownError } from "../base/errors.js";
import { FolderSource } from "./folder.js";
import { type OverlayContent, OverlaySource } from "./overlay.js";
import { RevisionSource } from "./revision.js";
import type { Source } from "./source.js";
import { kernelVersion } from "./version.js";

export type { OverlayContent } from "./overlay.js";
export type { TreeFile, TreeProblem } from "./source.js";

/** What names a tree. Plain data, so that it can be sent to a worker. */
export type TreeSpec = (
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "revision"; readonly repository: string; readonly revision: string }
) & { readonly overlay?: Readonly<Record<string, OverlayContent>> };

export interface Tree extends Source {
  readonly spec: TreeSpec;
  /** The folder of the tree, or of the repository. Absolute. */
  readonly root: string;
  /** As the top Makefile composes it: "7.3.4", "7.4.0-rc2". */
  readonly version: string;
  /** The same tree with some files changed, added, or (null) taken away; the later change of a path wins. */
  withOverlay(changes: ReadonlyMap<string, OverlayContent>): Tree;
}

/**
 * Opens a tree. Cheap: reads the top Makefile.
 * @throws KnownError (exit code 3) when there is no kernel tree.
 */
export function openTree(spec: TreeSpec): Tree {
  const root = resolve(spec.kind === "folder" ? spec.path : spec.repository);
  const base =
    spec.kind === "folder" ? new FolderSource(existingFolder(root)) : new RevisionSource(root, spec.revision);
  return compose(spec, root, base);
}

function compose(spec: TreeSpec, root: string, base: Source): Tree {
  const source = spec.overlay ? new OverlaySource(base, Object.entries(spec.overlay)) : base;
  const version = kernelVersion(source.read("Makefile")?.toString("latin1") ?? "");
  if (version === null) throw noKernelTree(spec, root);
  return {
    spec,
    root,
    version,
    get commit() {
      return source.commit;
    },
    get problems() {
      return source.problems;
    },
    list: (folders, endings) => source.list(folders, endings),
    read: (path, into) => source.read(path, into),
    readMany: (paths) => source.readMany(paths),
    exists: (path) => source.exists(path),
    withOverlay: (changes) =>
      compose({ ...spec, overlay: { ...spec.overlay, ...Object.fromEntries(changes) } }, root, base),
  };
}

/** Where Linux has had the core of MSI since 6.2. */
const coreFiles = ["drivers/pci/devres.c", "drivers/pci/msi/api.c", "drivers/pci/msi/msi.c"] as const;

/**
 * Makes sure that the tree holds the core whose code decides who owns IRQ vectors.
 * @throws KnownError (exit code 3) that names what is missing.
 */
export function requireCore(tree: Tree): void {
  const missing = coreFiles.filter((path) => tree.read(path) === undefined);
  if (missing.length > 0)
    throw new KnownError(
      `${tree.root}: Linux ${tree.version} without ${missing.join(", ")}: the tree is truncated, or older than 6.2`,
      "unpack or check out the whole tree, or get one with `treewide tree get 7.3`",
    );
}

function existingFolder(path: string): string {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) throw new KnownError(`${path}: no such folder`, "name the folder of a kernel tree");
  if (!status.isDirectory())
    throw new KnownError(`${path}: not a folder`, "name the folder of a kernel tree");
  return path;
}

function noKernelTree(spec: TreeSpec, root: string): KnownError {
  if (spec.kind === "revision") return new KnownError(`${root}: ${spec.revision} is no Linux kernel tree`);
  for (let parent = dirname(root); parent !== dirname(parent); parent = dirname(parent)) {
    if (existsSync(`${parent}/MAINTAINERS`) && existsSync(`${parent}/Kbuild`))
      return new KnownError(
        `${root}: no kernel tree starts here`,
        `one starts at ${relative(process.cwd(), parent) || "."}`,
      );
  }
  if (isBareRepository(root))
    return new KnownError(
      `${root}: a git repository without a checkout`,
      "name a revision of it with --rev, or the folder of a checkout",
    );
  return new KnownError(
    `${root}: no Linux kernel tree (its Makefile names no VERSION and PATCHLEVEL)`,
    "name the folder of one, or get one with `treewide tree get 7.3`",
  );
}

/** By what a repository always has (gitrepository-layout(5)), in the folder itself or in its .git with nothing else. */
function isBareRepository(root: string): boolean {
  const isRepository = (folder: string) => existsSync(`${folder}/HEAD`) && existsSync(`${folder}/objects`);
  return isRepository(root) || (isRepository(`${root}/.git`) && !existsSync(`${root}/Makefile`));
}
