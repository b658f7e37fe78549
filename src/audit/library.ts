/** The tree's C files, parsed once, and which of them may hold a name. */
import { SourceFile } from "../c/source.js";
import { type KernelModule, modulesOf } from "../kernel/kbuild.js";
import type { Tree } from "../kernel/tree.js";
import { folderOf } from "./regions.js";
import { among, firstAtOrAfter, mentioning, type TreeIndex } from "./tree-index.js";

export class Library {
  private readonly parsed = new Map<string, SourceFile | null>();
  private readonly modules = new Map<string, readonly KernelModule[]>();
  private readonly mentions = new Map<string, readonly string[]>();
  /** Texts looked at lately: most of them once, for a name that is not in them. */
  private texts = new Map<string, string>();

  constructor(
    readonly tree: Tree,
    readonly index: TreeIndex,
    /** A tree with the same makefiles, of which some are read already. */
    private readonly makefiles: Tree = tree,
  ) {}

  /** The files below a path prefix ("" is the whole tree) that may contain a name. */
  mentioning(name: string, prefix: string): readonly string[] {
    const key = `${prefix}:${name}`;
    let found = this.mentions.get(key);
    if (!found) {
      found = mentioning(this.index, name, prefix);
      this.mentions.set(key, found);
    }
    return found;
  }

  /** The files of a folder itself that may contain a name. */
  beside(name: string, folder: string): readonly string[] {
    return this.mentioning(name, folder).filter((path) => folderOf(path) === folder);
  }

  /** The files below a path prefix that may declare a struct. */
  declaring(tag: string, prefix: string): readonly string[] {
    return mentioning(this.index, tag, prefix, true);
  }

  /** The C files below a path prefix. */
  below(prefix: string): readonly string[] {
    const { paths } = this.index;
    const end = firstAtOrAfter(paths, `${prefix}\uffff`);
    return paths.slice(firstAtOrAfter(paths, prefix), end).filter((path) => path.endsWith(".c"));
  }

  /** Those of some files that may contain a name. */
  among(name: string, paths: Iterable<string>): string[] {
    return among(this.index, name, paths);
  }

  /** The modules that a source file is part of. */
  modulesOf(path: string): readonly KernelModule[] {
    let modules = this.modules.get(path);
    if (!modules) {
      modules = modulesOf(this.makefiles, path);
      this.modules.set(path, modules);
    }
    return modules;
  }

  text(path: string): string | undefined {
    const known = this.parsed.get(path)?.text ?? this.texts.get(path);
    if (known !== undefined) return known;
    const text = this.tree.read(path, atHand)?.toString("latin1");
    if (text === undefined) return undefined;
    if (this.texts.size >= textsAtHand) this.texts = new Map();
    this.texts.set(path, text);
    return text;
  }

  /**
   * What a search finds about a name in a file; undefined when there is no such name. Asked again, it is remembered:
   * drivers share folders, and what decides in them has the same names.
   */
  search<F>(path: string, name: string, search: (text: string, name: string) => F): F | undefined {
    const known = this.searches.get(search) ?? new Map<string, unknown>();
    this.searches.set(search, known);
    const key = `${path}:${name}`;
    let found = known.get(key);
    if (found === undefined) {
      const text = this.text(path);
      found = text?.includes(name) ? search(text, name) : null;
      known.set(key, found);
    }
    return (found as F | null) ?? undefined;
  }

  private readonly searches = new Map<unknown, Map<string, unknown>>();

  /** The parsed file, if a name is in it: one that is not is not parsed. */
  naming(path: string, name: string): SourceFile | undefined {
    if (!this.parsed.has(path) && !this.text(path)?.includes(name)) return undefined;
    return this.source(path);
  }

  /** The parsed file, or undefined when there is none. */
  source(path: string): SourceFile | undefined {
    let file = this.parsed.get(path);
    if (file === undefined) {
      const text = this.text(path);
      file = text === undefined ? null : new SourceFile(path, text);
      this.parsed.set(path, file);
      this.texts.delete(path);
    }
    return file ?? undefined;
  }
}

/** Where files are read that become strings at once. */
const atHand = Buffer.allocUnsafeSlow(1 << 20);

/** About 20 MB. */
const textsAtHand = 1000;
