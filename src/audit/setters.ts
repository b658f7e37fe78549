/**
 * Functions that allocate and free nothing but set what decides it: `adapter->ndev = ndev` in a helper, where remove
 * asks `if (adapter->ndev)`. They are found from the names that are asked, upwards along the calls by name.
 */
import type { CFunction } from "../c/source.js";
import { functionAt } from "./closure.js";
import type { Library } from "./library.js";

/** Calls from a function that matters to one that sets something. */
const maximumDepth = 4;
/** A name that so many files hold is no driver's own state. */
const maximumFiles = 40;

/**
 * @param names fields, globals, and bits of them as `flags&READY`
 * @param folders where the driver's code stands
 * @param matters functions that are followed anyway
 * @returns the functions to follow as well, by name
 */
export function settersOf(
  library: Library,
  names: Iterable<string>,
  folders: ReadonlySet<string>,
  matters: ReadonlySet<CFunction>,
): ReadonlyMap<string, readonly CFunction[]> {
  const found = new Map<string, CFunction[]>();
  let level = new Set<CFunction>();
  for (const name of names) {
    const mask = name.indexOf("&");
    const token = mask === -1 ? name : name.slice(mask + 1);
    if (!/^\w+$/.test(token)) continue;
    const sets = mask === -1 ? setsField : setsBit;
    for (const definition of holders(library, token, folders, sets(token))) level.add(definition);
  }
  for (let depth = 0; depth < maximumDepth && level.size > 0; depth++) {
    const callers = new Set<CFunction>();
    for (const definition of level) {
      if (matters.has(definition) || found.get(definition.name)?.includes(definition)) continue;
      found.set(definition.name, [...(found.get(definition.name) ?? []), definition]);
      const where = definition.isStatic ? new Set([definition.file.path]) : folders;
      for (const caller of holders(library, definition.name, where, calls(definition.name)))
        callers.add(caller);
    }
    level = callers;
  }
  return found;
}

const setsField = (field: string) => new RegExp(`(?:->|\\.)\\s*${field}\\s*[|&^]?=(?!=)`, "g");
const setsBit = (bit: string) =>
  new RegExp(`(?:[|&]=[^;=]*|\\b_{0,2}(?:test_and_)?(?:set|clear)_bit\\(\\s*)\\b${bit}\\b`, "g");
const calls = (name: string) => new RegExp(`\\b${name}\\s*\\(`, "g");

/** The functions in the bodies of which a pattern around a name stands. */
function holders(
  library: Library,
  name: string,
  where: ReadonlySet<string>,
  pattern: RegExp,
): ReadonlySet<CFunction> {
  const holding = new Set<CFunction>();
  const paths = [...where].flatMap((prefix) =>
    prefix.endsWith("/") ? library.mentioning(name, prefix).filter((p) => isIn(p, prefix)) : [prefix],
  );
  if (paths.length > maximumFiles) return holding;
  for (const path of paths) {
    if (!library.text(path)?.includes(name)) continue;
    const file = library.source(path);
    if (!file) continue;
    for (const { index } of file.text.matchAll(pattern)) {
      const definition = functionAt(file, tokenAtOrAfter(file.tokens.starts, file.tokens.count, index));
      if (definition) holding.add(definition);
    }
  }
  return holding;
}

function isIn(path: string, folder: string): boolean {
  return path.lastIndexOf("/") === folder.length - 1;
}

function tokenAtOrAfter(starts: Int32Array, count: number, at: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
