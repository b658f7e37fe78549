/** Names for what calls give: values with one origin are refined together. */
import type { CFunction } from "../c/source.js";

const names = new WeakMap<CFunction, Map<number, string>>();

/** Names the result of the call at a place. */
export function originAt(definition: CFunction, at: number): string {
  let inFunction = names.get(definition);
  if (!inFunction) {
    inFunction = new Map();
    names.set(definition, inFunction);
  }
  let name = inFunction.get(at);
  if (name === undefined) {
    name = `${definition.file.path}:${at}`;
    inFunction.set(at, name);
  }
  return name;
}
