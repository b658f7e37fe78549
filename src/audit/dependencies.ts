/**
 * What the result of a driver depends on, as one hash: the program, the core, its modules, the functions and callbacks
 * that were found for it, the content of every file around those, and of the headers that these include from elsewhere.
 * That is more than is read: a result that is thrown away in vain costs a second, a stale one would be a wrong answer.
 */
import { hashOf } from "./cache.js";
import type { FoundDriver } from "./drivers.js";
import { regionOf } from "./regions.js";
import { firstAtOrAfter } from "./tree-index.js";

export class Dependencies {
  /** Drivers share regions, of which some have hundreds of files: the hash of each is made once. */
  private readonly regions = new Map<string, string>();

  /**
   * @param paths the tree's files, in order, and @param stamps theirs
   * @param base what all results depend on
   */
  constructor(
    private readonly paths: readonly string[],
    private readonly stamps: readonly string[],
    private readonly base: string,
  ) {}

  /** The hash for a driver: equal when nothing has changed that its result depends on. */
  of({ variable, modules, code, reach, allocations, frees, headers }: FoundDriver): string {
    const parts = [this.base, variable.file.path, variable.name];
    for (const { name, config, makefile } of modules) parts.push(`${makefile}:${name}:${config}`);
    const regions = new Set([regionOf(variable.file.path)]);
    for (const { file, name } of reach) {
      parts.push(`${file.path}:${name}`);
      regions.add(regionOf(file.path));
    }
    for (const { definition, from } of code.callbacks)
      parts.push(`${definition.file.path}:${definition.name}:${from}`);
    for (const { api, at, within } of [...allocations, ...frees])
      parts.push(`${within.file.path}:${at}:${api}`);
    for (const region of [...regions].sort()) parts.push(this.region(region));
    const isAround = (path: string) => [...regions].some((region) => path.startsWith(region));
    parts.push(
      ...[...headers]
        .filter((path) => !isAround(path))
        .map((path) => this.file(path))
        .sort(),
    );
    return hashOf(parts.join("\0"));
  }

  private file(path: string): string {
    const i = firstAtOrAfter(this.paths, path);
    return this.paths[i] === path ? `${path}:${this.stamps[i]}` : ""; // who is not indexed is in the base
  }

  private region(region: string): string {
    let hash = this.regions.get(region);
    if (hash === undefined) {
      const parts: string[] = [region];
      const end = firstAtOrAfter(this.paths, `${region}\uffff`);
      for (let i = firstAtOrAfter(this.paths, region); i < end; i++)
        parts.push(`${this.paths[i]}:${this.stamps[i]}`);
      hash = hashOf(parts.join("\0"));
      this.regions.set(region, hash);
    }
    return hash;
  }
}
