/** The tree's C files, parsed once, and which of them may hold a name. */
import { SourceFile } from "../c/source.js";
import { fingerprint, hashName, mayContain } from "../kernel/identifiers.js";
import { type KernelModule, modulesOf } from "../kernel/kbuild.js";
import type { Tree } from "../kernel/tree.js";

/** Folders in which PCI drivers live, and what they share. */
export const driverFolders = ["drivers", "sound"] as const;

/** A header larger than this is a generated table of registers: no code is in it. */
const largestHeader = 100_000;
/** A C file larger than this is no driver; the audit says that it was left out. */
const largestSource = 8_000_000;

export interface IndexedFile {
  readonly path: string;
  readonly words: Uint32Array;
}

export interface LeftOut {
  readonly file: string;
  readonly why: string;
}

export class Library {
  private readonly parsed = new Map<string, SourceFile | null>();
  private readonly texts = new Map<string, string>();

  constructor(
    readonly tree: Tree,
    readonly files: readonly IndexedFile[],
    readonly leftOut: readonly LeftOut[],
  ) {}

  /** The files below a path prefix ("" is the whole tree) that may contain a name. */
  mentioning(name: string, prefix: string): string[] {
    const hashed = hashName(name);
    const found: string[] = [];
    for (let i = this.firstAtOrAfter(prefix); i < this.files.length; i++) {
      const { path, words } = this.files[i]!;
      if (!path.startsWith(prefix)) break;
      if (mayContain(words, hashed)) found.push(path);
    }
    return found;
  }

  /** Those of some files that may contain a name. */
  among(name: string, paths: Iterable<string>): string[] {
    const hashed = hashName(name);
    const found: string[] = [];
    for (const path of paths) {
      const file = this.files[this.firstAtOrAfter(path)];
      if (file?.path === path && mayContain(file.words, hashed)) found.push(path);
    }
    return found;
  }

  /** The modules that a source file is part of. */
  modulesOf(path: string): readonly KernelModule[] {
    let modules = this.modules.get(path);
    if (!modules) {
      modules = modulesOf(this.tree, path);
      this.modules.set(path, modules);
    }
    return modules;
  }

  private readonly modules = new Map<string, readonly KernelModule[]>();

  private firstAtOrAfter(path: string): number {
    let low = 0;
    let high = this.files.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.files[middle]!.path < path) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  text(path: string): string | undefined {
    let text = this.texts.get(path);
    if (text === undefined) {
      text = this.tree.read(path)?.toString("latin1");
      if (text !== undefined) this.texts.set(path, text);
    }
    return text;
  }

  /** The parsed file, or undefined when there is none. */
  source(path: string): SourceFile | undefined {
    let file = this.parsed.get(path);
    if (file === undefined) {
      const text = this.text(path);
      file = text === undefined ? null : new SourceFile(path, text);
      this.parsed.set(path, file);
    }
    return file ?? undefined;
  }
}

/** Reads all driver files of a tree and fingerprints them. */
export function indexTree(tree: Tree): { files: IndexedFile[]; leftOut: LeftOut[] } {
  const files: IndexedFile[] = [];
  const leftOut: LeftOut[] = [];
  for (const { path, size } of tree.list(driverFolders, [".c", ".h"])) {
    if (path.endsWith(".h") ? size > largestHeader : size > largestSource) {
      if (path.endsWith(".c")) leftOut.push({ file: path, why: `larger than ${largestSource / 1e6} MB` });
      continue;
    }
    const bytes = tree.read(path);
    if (bytes) files.push({ path, words: fingerprint(bytes) });
  }
  files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { files, leftOut };
}
