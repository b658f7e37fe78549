/**
 * What the result of a driver depends on, as one hash: the program, the core, the functions and callbacks that were
 * found for it, and the content of every file around those. That is more than is read: a result that is thrown away
 * in vain costs a second, a stale one would be a wrong answer.
 */
import { createHash } from "node:crypto";
import { regionOf } from "./closure.js";
import type { FoundDriver } from "./drivers.js";
import type { Library } from "./library.js";
import { firstAtOrAfter } from "./tree-index.js";

export function dependencies(
  { variable, code, reach, allocations, frees }: FoundDriver,
  { index: { paths } }: Library,
  { base, stamps }: { readonly base: string; readonly stamps: readonly string[] },
): string {
  const hash = createHash("sha1").update(`${base}\0${variable.file.path}\0${variable.name}\0`);
  const regions = new Set([regionOf(variable.file.path)]);
  for (const { file, name } of reach) {
    hash.update(`${file.path}:${name}\0`);
    regions.add(regionOf(file.path));
  }
  for (const { definition, from } of code.callbacks)
    hash.update(`${definition.file.path}:${definition.name}:${from}\0`);
  for (const { api, at, within } of [...allocations, ...frees])
    hash.update(`${within.file.path}:${at}:${api}\0`);
  for (const region of [...regions].sort()) {
    const end = firstAtOrAfter(paths, `${region}\uffff`);
    for (let i = firstAtOrAfter(paths, region); i < end; i++) hash.update(`${paths[i]}:${stamps[i]}\0`);
  }
  return hash.digest("hex");
}
