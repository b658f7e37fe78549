/**
 * A driver that allocates in several files, one for each family of its devices say, has one life. What of it is about
 * one file: the paths on which that file's allocation gave the vectors, and those on which none has. How the device is
 * enabled is about none of them.
 */
import type { LifeResult } from "./lifecycle.js";
import { Observer } from "./observer.js";

/** The part of a driver's life that is about the allocations of one file; all of it where it allocates in one only. */
export function lifeIn(life: LifeResult, file: string): LifeResult {
  const about = <V>(byFile: ReadonlyMap<string | undefined, V>): readonly V[] =>
    [file, undefined].flatMap((one) => (byFile.has(one) ? [byFile.get(one)!] : [])).slice(0, 1);
  const { hazards, frees, allocations, idleFrees } = life.observer;
  const part = new Observer();
  for (const [key, hazard] of hazards)
    for (const { witness } of about(hazard.byFile)) part.hazards.set(key, { ...hazard, witness });
  for (const [key, { site, phases }] of frees) {
    const own = [...phases].filter(([, files]) => files.has(file) || files.has(undefined));
    if (own.length > 0) part.frees.set(key, { site, phases: new Map(own) });
  }
  for (const [key, site] of allocations) if (site.file === file) part.allocations.set(key, site);
  for (const phase of idleFrees) part.idleFrees.add(phase);
  return {
    ...life,
    observer: part,
    enables: new Set([...life.enables, ...life.releasePaths.map(({ enable }) => enable)]),
    releasePaths: life.releasePaths.flatMap((path) =>
      about(path.byFile).map((witness) => ({ ...path, witness })),
    ),
  };
}
