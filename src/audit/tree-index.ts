/** Which files of a tree may hold a name: a filter for each driver file, in memory that threads share. */
import {
  emptyFilters,
  type Filters,
  fillFilter,
  hashName,
  mayContain,
  roomForText,
} from "../kernel/identifiers.js";
import type { Tree, TreeFile } from "../kernel/tree.js";

/** Folders in which PCI drivers live, and what they share. */
export const driverFolders = ["drivers", "sound"] as const;

/** How the names of files end that drivers are written in. */
export const sourceEndings = [".c", ".h"] as const;

/** A header larger than this is a table of registers or of what a firmware understands: no function and no pointer to one is in it. */
const largestHeader = 400_000;
/** A C file larger than this is no driver; the audit says that it was left out. */
const largestSource = 8_000_000;

/** A file that the audit did not read, or a driver that it could not execute, and why. */
export interface LeftOut {
  readonly file: string;
  readonly why: string;
}

/** Plain data over shared memory: it is sent to workers as it is. */
export interface TreeIndex {
  /** In code unit order. */
  readonly paths: readonly string[];
  readonly filters: Filters;
}

export interface IndexPlan {
  readonly index: TreeIndex;
  /** Of the indexed files, in their order. */
  readonly stamps: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

export function isTooLarge({ path, size }: TreeFile): boolean {
  return size > (path.endsWith(".h") ? largestHeader : largestSource);
}

/** Lays the index of a tree out; `fillIndex` then reads the files. */
export function planIndex(listed: readonly TreeFile[]): IndexPlan {
  const paths: string[] = [];
  const stamps: string[] = [];
  const leftOut: LeftOut[] = [];
  const sizes: number[] = [];
  for (const file of listed) {
    const { path, size, stamp } = file;
    if (isTooLarge(file)) {
      if (path.endsWith(".c")) leftOut.push({ file: path, why: `larger than ${largestSource / 1e6} MB` });
      continue;
    }
    paths.push(path);
    stamps.push(stamp);
    sizes.push(size);
  }
  return { index: { paths, filters: emptyFilters(sizes) }, stamps, leftOut };
}

/** The driver files of a tree, or those below some folders. */
export function listDriverFiles(tree: Tree, folders: readonly string[] = driverFolders): readonly TreeFile[] {
  return tree.list(folders, sourceEndings);
}

/** Reads some of the files and fills their filters in. What cannot be read keeps an empty one, and is a problem of the tree's. */
export function fillIndex(tree: Tree, { paths, filters }: TreeIndex, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const bytes = tree.read(paths[i]!, roomForText());
    if (bytes) fillFilter(filters, i, bytes);
  }
}

/** The index of a tree, or of some of its folders, read at once in this thread. */
export function indexTree(tree: Tree, folders: readonly string[] = driverFolders): IndexPlan {
  const plan = planIndex(listDriverFiles(tree, folders));
  fillIndex(tree, plan.index, 0, plan.index.paths.length);
  return plan;
}

/**
 * The files whose paths begin with a prefix and that may hold a name.
 * @param opens whether a brace must be behind it, as where a struct is declared
 */
export function mentioning(index: TreeIndex, name: string, prefix: string, opens = false): string[] {
  const { paths, filters } = index;
  const end = prefix === "" ? paths.length : firstAtOrAfter(paths, `${prefix}\uffff`);
  const from = firstAtOrAfter(paths, prefix);
  return mayContain(filters, hashName(name, opens), from, end).map((i) => paths[i]!);
}

/** Those of some files that may hold a name. */
export function among(index: TreeIndex, name: string, candidates: Iterable<string>): string[] {
  const { paths, filters } = index;
  const hashed = hashName(name);
  const found: string[] = [];
  for (const path of candidates) {
    const i = firstAtOrAfter(paths, path);
    if (paths[i] === path && mayContain(filters, hashed, i, i + 1).length > 0) found.push(path);
  }
  return found;
}

/** The place of the first path that is not before another. */
export function firstAtOrAfter(paths: readonly string[], path: string): number {
  let low = 0;
  let high = paths.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (paths[middle]! < path) low = middle + 1;
    else high = middle;
  }
  return low;
}
