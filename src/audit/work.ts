/** How often what a driver leaves for later can run. */
import type { CFunction } from "../c/source.js";
import type { Registration } from "./closure.js";
import type { Library } from "./library.js";
import { regionOf } from "./regions.js";

const setsGoing = String.raw`\b(?:schedule|queue|mod)_(?:delayed_)?work(?:_on|_node)?\s*\(`;

/**
 * Whether work runs once each time it is registered: it is set going in the function that registers it, and nowhere
 * else in the region of that file, nor by itself.
 */
export function runsOnce(registration: Registration, library: Library): boolean {
  let once = known.get(registration);
  if (once === undefined) {
    once = findOnce(registration, library);
    known.set(registration, once);
  }
  return once;
}

const known = new WeakMap<Registration, boolean>();

function findOnce({ call, within, definition, file }: Registration, library: Library): boolean {
  if (!call || !/WORK$/.test(call.name) || !within || "initial" in within) return false;
  const registers = new RegExp(
    String.raw`\b${call.name}\s*\(\s*&[^,;]*?(?:->|\.)(\w+)\s*,\s*${definition.name}\b`,
  );
  const field = registers.exec(bodyOf(within))?.[1];
  if (field === undefined || new RegExp(setsGoing).test(bodyOf(definition))) return false;
  const goes = new RegExp(String.raw`${setsGoing}[^;]*?(?:->|\.)${field}\b`, "g");
  const places = library
    .mentioning(field, regionOf(file.path))
    .reduce((sum, path) => sum + [...(library.text(path) ?? "").matchAll(goes)].length, 0);
  return places === 1 && goes.test(bodyOf(within));
}

function bodyOf({ file, open, close }: CFunction): string {
  return file.text.slice(file.tokens.starts[open], file.tokens.ends[close]);
}
