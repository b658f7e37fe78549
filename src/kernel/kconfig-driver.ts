/**
 * Which configuration symbols a source file waits for: the `obj-$(CONFIG_…)` lines of its folder's Makefile
 * and of every folder above (Documentation/kbuild/makefiles.rst, "Kbuild files").
 */
import { dirname, relative } from "node:path/posix";
import type { TreeReader } from "./kconfig-parse.js";

/** `obj-$(CONFIG_FOO) += foo.o`: the list `obj`, the symbol FOO, the object or folder `foo.o`. */
interface Entry {
  readonly list: string;
  /** Undefined for `obj-y` and for parts that are always in. */
  readonly symbol?: string;
  readonly members: readonly string[];
}

const ASSIGNMENT = /^\s*([\w./-]+?)-(y|m|objs|\$\(CONFIG_(\w+)\)|\$\{CONFIG_(\w+)\})\s*[:+]?=\s*(.*)$/;

function entries(makefile: string): Entry[] {
  return makefile
    .replace(/\\\n/g, " ")
    .split("\n")
    .flatMap((line) => {
      const match = ASSIGNMENT.exec(line.replace(/#.*/, ""));
      if (!match) return [];
      const symbol = match[3] ?? match[4];
      return [
        { list: match[1]!, ...(symbol && { symbol }), members: match[5]!.split(/\s+/).filter((m) => m) },
      ];
    });
}

/**
 * @param file a C file, by its path from the tree's root.
 * @returns its symbols without `CONFIG_`, outermost folder first, or undefined when no Makefile builds it.
 */
export function symbolsOfFile(read: TreeReader, file: string): readonly string[] | undefined {
  const object = file.replace(/\.c$/, ".o");
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const own = makefileOf(read, folder);
    const found = own && throughLists(own, relative(folder, object), new Set());
    if (found) {
      const above = symbolsOfFolder(read, folder);
      return above && [...new Set([...above, ...found])];
    }
    if (folder === ".") return undefined;
  }
}

/** Follows `foo-y += part.o` up to `obj-$(CONFIG_FOO) += foo.o`. */
function throughLists(own: readonly Entry[], member: string, seen: Set<string>): string[] | undefined {
  if (seen.has(member)) return undefined;
  seen.add(member);
  for (const entry of own) {
    if (!entry.members.includes(member)) continue;
    const symbol = entry.symbol ? [entry.symbol] : [];
    if (entry.list === "obj") return symbol;
    const whole = throughLists(own, `${entry.list}.o`, seen);
    if (whole) return [...whole, ...symbol];
  }
  return undefined;
}

function symbolsOfFolder(read: TreeReader, folder: string): string[] | undefined {
  if (folder === "." || !folder.includes("/")) return []; // Kbuild at the root builds the top folders always
  for (let parent = dirname(folder); ; parent = dirname(parent)) {
    const own = makefileOf(read, parent);
    const inside = `${relative(parent, folder)}/`;
    const found = own?.find((entry) => entry.members.includes(inside));
    if (found) {
      const above = symbolsOfFolder(read, parent);
      return above && [...above, ...(found.symbol ? [found.symbol] : [])];
    }
    if (parent === ".") return undefined;
  }
}

function makefileOf(read: TreeReader, folder: string): Entry[] | undefined {
  const text = read(`${folder}/Kbuild`) ?? read(`${folder}/Makefile`);
  return text === undefined ? undefined : entries(text);
}
