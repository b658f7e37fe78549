/**
 * Which source files make which module, from the tree's Kbuild makefiles (Documentation/kbuild/makefiles.rst).
 * Only the makefiles of the folders asked about are read, each once; all configurations count at once.
 */
import { basename, dirname } from "node:path";
import { Makefile, MakefileLimit, normalise, sourceByRule } from "./makefile.js";
import { isBelow } from "./source.js";
import type { Tree } from "./tree.js";

export interface KernelModule {
  /** As the makefile has it: "mt7915e", "stmmac-pci". The kernel's own name has `_` for each `-`. */
  readonly name: string;
  /** Its sources that are in the tree, in the makefile's order; generated ones are not. */
  readonly files: readonly string[];
  /** The (first) symbol that builds it, "CONFIG_MT7915E"; null when it is always built where its folder is. */
  readonly config: string | null;
  /** The makefile that composes it. */
  readonly makefile: string;
}

interface Folder {
  readonly modules: readonly KernelModule[];
  /** Symbols of a source inside its module (`foo-$(CONFIG_X) += bar.o`). */
  readonly partConfig: ReadonlyMap<string, string>;
  /** Folders below it that it descends to, and the symbols of which any one makes it do so; none when it always does. */
  readonly folders: ReadonlyMap<string, readonly string[]>;
}

/** What somebody knows of a tree already, and Kbuild need not find. */
export interface KnownOfTree {
  /** By top folder, what `reachingOut` says of all its makefiles. */
  readonly outreaching: ReadonlyMap<string, readonly string[]>;
  /** Files that were listed. */
  readonly files: ReadonlySet<string>;
}

const nothing: Folder = { modules: [], partConfig: new Map(), folders: new Map() };

/** What the C and Rust compilers and the assembler make objects of, in the order in which Kbuild looks. */
const sourceEndings = [".c", ".S", ".rs"] as const;

export class Kbuild {
  /** Makefiles that could not be evaluated, and why. */
  readonly problems: { readonly path: string; readonly why: string }[] = [];
  private readonly folders = new Map<string, Folder>();
  private readonly bySource = new Map<string, readonly KernelModule[]>();
  /** For each top folder: modules that take sources from outside their own folder. */
  private readonly reachingOut = new Map<string, ReadonlyMap<string, readonly KernelModule[]>>();

  constructor(
    private readonly tree: Tree,
    private readonly known: KnownOfTree = { outreaching: new Map(), files: new Set() },
  ) {}

  /**
   * The module of a source file, the nearest makefile's first; of a C file that another one includes, that one's.
   * @returns undefined when no makefile names it, as a header.
   */
  moduleOf(file: string): KernelModule | undefined {
    return this.near(file)[0] ?? this.far(file)[0];
  }

  /** Every module that a source file is part of. Reads, once, the makefiles of the whole top folder ("drivers"). */
  modulesOf(file: string): readonly KernelModule[] {
    return [...new Set([...this.near(file), ...this.far(file)])];
  }

  /**
   * The symbols that must be on for a source to be built: its own in the module, the module's, and those of the
   * folders on the way from the top. Symbols under `ifdef` are not among them.
   */
  symbolsOf(file: string): readonly string[] {
    const module = this.moduleOf(file);
    if (!module) return [];
    const home = dirname(module.makefile);
    const symbols = new Set<string>();
    const part = this.folder(home).partConfig.get(file);
    if (part !== undefined) symbols.add(part);
    if (module.config !== null) symbols.add(module.config);
    for (let below = home; below !== "."; ) {
      const parent = ancestors(dirname(below)).find((folder) => this.folder(folder).folders.has(below));
      if (parent === undefined) break;
      const any = this.folder(parent).folders.get(below)!;
      if (any.length > 0 && !any.some((symbol) => symbols.has(symbol))) symbols.add(any[0]!);
      below = parent || ".";
    }
    return [...symbols];
  }

  private near(file: string): readonly KernelModule[] {
    let found = this.bySource.get(file);
    if (!found) {
      found = this.naming(file);
      if (found.length === 0 && file.endsWith(".c"))
        found = [...new Set(this.includers(file).flatMap((includer) => this.naming(includer)))];
      this.bySource.set(file, found);
    }
    return found;
  }

  /** The modules that name a source file, of its own folder and of those above. */
  private naming(file: string): readonly KernelModule[] {
    return ancestors(dirname(file)).flatMap((folder) =>
      this.folder(folder).modules.filter((module) => module.files.includes(file)),
    );
  }

  /** The C files beside a file that include it: uhci-hcd.c is built, and has uhci-pci.c in it. */
  private includers(file: string): readonly string[] {
    const folder = dirname(file);
    let includers = this.includersIn.get(folder);
    if (!includers) {
      includers = this.findIncluders(folder);
      this.includersIn.set(folder, includers);
    }
    return includers.get(basename(file)) ?? [];
  }

  /** By the name of a C file, those of its folder that include it. */
  private findIncluders(folder: string): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>();
    for (const { path } of this.tree.list([folder], [".c"])) {
      const content = dirname(path) === folder ? this.tree.read(path) : undefined;
      if (!content?.includes('.c"')) continue;
      for (const [, name] of content.toString("latin1").matchAll(/^#include "([^"/]+\.c)"/gm))
        found.set(name!, [...(found.get(name!) ?? []), path]);
    }
    return found;
  }

  private readonly includersIn = new Map<string, ReadonlyMap<string, readonly string[]>>();

  private far(file: string): readonly KernelModule[] {
    const top = file.split("/")[0]!;
    let index = this.reachingOut.get(top);
    if (!index) {
      index = this.indexReachingOut(top);
      this.reachingOut.set(top, index);
    }
    return index.get(file) ?? [];
  }

  private indexReachingOut(top: string): ReadonlyMap<string, readonly KernelModule[]> {
    const index = new Map<string, KernelModule[]>();
    for (const path of this.outreaching(top)) {
      const home = dirname(path);
      for (const module of this.folder(home).modules) {
        if (module.makefile !== path) continue;
        for (const file of module.files)
          if (!isBelow(file, home)) index.set(file, [...(index.get(file) ?? []), module]);
      }
    }
    return index;
  }

  private outreaching(top: string): readonly string[] {
    return this.known.outreaching.get(top) ?? reachingOut(this.tree, makefilesBelow(this.tree, top));
  }

  private folder(path: string): Folder {
    let known = this.folders.get(path);
    if (!known) {
      known = this.readFolder(path);
      this.folders.set(path, known);
    }
    return known;
  }

  private readFolder(path: string): Folder {
    const prefix = path === "" || path === "." ? "" : `${path}/`;
    // scripts/Makefile.build: Kbuild goes before Makefile. The top Makefile is not Kbuild's.
    const candidates = prefix === "" ? ["Kbuild"] : [`${prefix}Kbuild`, `${prefix}Makefile`];
    const makefile = candidates.find((name) => this.tree.exists(name));
    if (!makefile) return nothing;
    try {
      return this.compose(new Makefile(this.input, makefile, path), makefile, prefix);
    } catch (error) {
      if (!(error instanceof MakefileLimit)) throw error;
      this.problems.push({ path: makefile, why: error.message });
      return nothing;
    }
  }

  private compose(makefile: Makefile, path: string, prefix: string): Folder {
    const targets = new Map<string, Set<string | null>>();
    for (const { text, config } of ["obj-y", "obj-m"].flatMap((name) => makefile.words(name)))
      targets.set(text, (targets.get(text) ?? new Set()).add(config));
    const folders = new Map<string, readonly string[]>();
    const configs = new Map<string, readonly string[]>();
    for (const [target, found] of targets) {
      const any = [...found].filter((symbol) => symbol !== null);
      const symbols = any.length < found.size ? [] : any;
      if (target.endsWith("/")) folders.set(normalise(prefix + target), symbols);
      else if (target.endsWith(".o")) configs.set(target.slice(0, -2), symbols);
    }
    const partConfig = new Map<string, string>();
    const modules = [...configs].map(([object, symbols]): KernelModule => {
      const parts = [`${object}-objs`, `${object}-y`, `${object}-m`].flatMap((name) => makefile.words(name));
      const files = new Set<string>();
      for (const part of parts.length > 0 ? parts : [{ text: `${object}.o`, config: null }]) {
        const file = this.sourceOf(makefile, normalise(prefix + part.text));
        if (!file) continue;
        files.add(file);
        if (part.config !== null) partConfig.set(file, part.config);
      }
      const name = object.slice(object.lastIndexOf("/") + 1);
      return { name, files: [...files], config: symbols[0] ?? null, makefile: path };
    });
    return { modules, partConfig, folders };
  }

  private sourceOf(makefile: Makefile, object: string): string | undefined {
    const byRule = sourceByRule(makefile.rules, object);
    if (byRule !== undefined && this.exists(byRule)) return byRule;
    const stem = object.replace(/\.o$/, "");
    const ending = sourceEndings.find((candidate) => this.exists(stem + candidate));
    return ending && stem + ending;
  }

  private exists(file: string): boolean {
    return this.known.files.has(file) || this.tree.exists(file);
  }

  private readonly input = {
    read: (path: string) => this.tree.read(path)?.toString("latin1"),
    find: (folder: string, ending: string) => this.tree.list([folder], [ending]).map((file) => file.path),
  };
}

/** How the names of makefiles end. */
export const makefileEndings = ["Makefile", "Kbuild"] as const;

/**
 * Those of some makefiles that may take sources from outside their own folder: with ".." or a rule of their own for C
 * files. They are one in forty, and all are read to find them.
 */
export function reachingOut(tree: Tree, makefiles: readonly string[]): readonly string[] {
  const found = [...tree.readMany(makefiles)].filter(([, content]) =>
    /\.\.|%\.c/.test(content.toString("latin1")),
  );
  return found.map(([path]) => path);
}

function makefilesBelow(tree: Tree, top: string): string[] {
  return tree.list([top], makefileEndings).map((file) => file.path);
}

const indices = new WeakMap<Tree, Kbuild>();

/**
 * The tree's Kbuild index; one for each tree, so that makefiles are read once.
 * @param known what is known of the tree: who asks first may say
 */
export function kbuildOf(tree: Tree, known?: KnownOfTree): Kbuild {
  let index = indices.get(tree);
  if (!index) {
    index = new Kbuild(tree, known);
    indices.set(tree, index);
  }
  return index;
}

/** The module of a source file: see `Kbuild.moduleOf`. */
export function moduleOf(tree: Tree, file: string): KernelModule | undefined {
  return kbuildOf(tree).moduleOf(file);
}

/** Every module of a source file: see `Kbuild.modulesOf`. */
export function modulesOf(tree: Tree, file: string): readonly KernelModule[] {
  return kbuildOf(tree).modulesOf(file);
}

/** A folder and those above it, nearest first; the root is "". */
function ancestors(folder: string): string[] {
  const found: string[] = [];
  for (let at = folder; at !== "." && at !== ""; at = dirname(at)) found.push(at);
  return [...found, ""];
}
