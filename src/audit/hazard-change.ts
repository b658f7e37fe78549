/**
 * Which hazards came and which went between two audits, path by path: a function that leaks on one path, and then on
 * two, leaks on one more. Lines that move, and names that change on the way, are no change.
 */
import { LineMap } from "../base/line-map.js";
import type { Tree } from "../kernel/tree.js";
import type { HazardKind } from "../ownership/observer.js";
import type { DriverResult, HazardResult } from "./result.js";

/** A hazard with what it is called, whatever line it is on. */
export interface NamedHazard extends HazardResult {
  /** Whose it is: hazards of two owners are two. */
  readonly owner: string;
  readonly function: string;
  /** The release path, "probe fails at request_irq", or the call, "pci_free_irq_vectors"; empty when neither is there. */
  readonly what: string;
}

export interface HazardChanges<H> {
  readonly came: readonly H[];
  readonly went: readonly H[];
}

/** For a file: which of its lines is which. */
export type LineMaps = (file: string) => LineMap;

/** The hazards of one driver. @param owner what makes two drivers the same */
export function namedHazards(
  { hazards, releasePaths, frees, allocations }: DriverResult,
  owner: string,
): NamedHazard[] {
  return hazards.map((hazard) => {
    const here = ({ file, line }: { readonly file: string; readonly line: number }) =>
      file === hazard.file && line === hazard.line;
    const call = frees.find(here) ?? allocations.find(here);
    const path = /^(leaks|stale)-/.test(hazard.kind) ? releasePaths.find(here) : undefined;
    return { ...hazard, owner, ...named(hazard, call?.function), what: path?.path ?? call?.api ?? "" };
  });
}

/** A hazard that belongs to no driver. */
export function namedHazard(hazard: HazardResult, owner: string): NamedHazard {
  return { ...hazard, owner, ...named(hazard, undefined), what: "" };
}

function named({ file, line, witness }: HazardResult, within: string | undefined) {
  const there = witness.findLast((step) => step.file === file && step.line === line) ?? witness.at(-1);
  return { function: within ?? there?.function ?? "" };
}

/**
 * Hazards are the same when they are of one kind, owner, file and function and are called the same. Where one side has
 * more of these, the nearest are the same, and the rest came or went. What is left of a kind in a file is the same
 * where only lines between them were rewritten: the call that fails, or the function, has another name.
 */
export function hazardChanges<H extends NamedHazard>(
  before: readonly H[],
  after: readonly H[],
  lines: LineMaps,
): HazardChanges<H> {
  const alike = pairOff(before, after, lines, (h) => [h.owner, h.file, h.function, h.what], nearest);
  return pairOff(alike.went, alike.came, lines, (h) => [h.owner, h.file], rewritten);
}

/** Which lines are which in the files of two trees. @param was what a file of the second is called in the first */
export function lineMapsOf(before: Tree, after: Tree, was = (file: string) => file): LineMaps {
  const maps = new Map<string, LineMap>();
  const text = (tree: Tree, file: string) => tree.read(file)?.toString("latin1") ?? "";
  return (file) => {
    const map = maps.get(file) ?? new LineMap(text(before, was(file)), text(after, file));
    maps.set(file, map);
    return map;
  };
}

/** Finds pairs of hazards in one file; of several with one hazard in them, the first counts. */
type Pairing = (before: readonly NamedHazard[], after: readonly NamedHazard[], lines: LineMaps) => Pair[];
type Pair = readonly [NamedHazard, NamedHazard];

/** Takes away the pairs of each group of hazards that have the key in common. */
function pairOff<H extends NamedHazard>(
  before: readonly H[],
  after: readonly H[],
  lines: LineMaps,
  keyOf: (hazard: H) => readonly string[],
  pairing: Pairing,
): HazardChanges<H> {
  const groups = new Map<string, { before: H[]; after: H[] }>();
  const group = (hazard: H) => {
    const key = [faultOf(hazard.kind), ...keyOf(hazard)].join("#");
    const known = groups.get(key) ?? { before: [], after: [] };
    groups.set(key, known);
    return known;
  };
  for (const hazard of before) group(hazard).before.push(hazard);
  for (const hazard of after) group(hazard).after.push(hazard);
  const paired = new Set<NamedHazard>();
  for (const { before: was, after: is } of groups.values()) {
    if (was.length === 0 || is.length === 0) continue;
    for (const pair of pairing(was, is, lines))
      if (!pair.some((one) => paired.has(one))) for (const one of pair) paired.add(one);
  }
  return {
    came: after.filter((hazard) => !paired.has(hazard)),
    went: before.filter((hazard) => !paired.has(hazard)),
  };
}

/** All pairs, those first that are nearest to each other. Of as many on both sides, each is one. */
function nearest(before: readonly NamedHazard[], after: readonly NamedHazard[], lines: LineMaps): Pair[] {
  if (before.length === after.length) return before.map((was, i) => [was, after[i]!]);
  return byDistance(before, after, lines(before[0]!.file));
}

function byDistance(before: readonly NamedHazard[], after: readonly NamedHazard[], map: LineMap): Pair[] {
  const distance = ([was, is]: Pair) => Math.abs(map.line(was.line) - is.line);
  return before
    .flatMap((was) => after.map((is): Pair => [was, is]))
    .sort((a, b) => distance(a) - distance(b));
}

/** Those between which only lines were rewritten. */
function rewritten(before: readonly NamedHazard[], after: readonly NamedHazard[], lines: LineMaps): Pair[] {
  const map = lines(before[0]!.file);
  return byDistance(before, after, map).filter(([was, is]) => map.isRewritten(was.line, is.line));
}

/**
 * An own free of vectors that devres frees, too, is one fault, whether devres does it automatically (freed-twice) or by
 * contract (double-owner): in both cases the second call finds nothing to free.
 */
function faultOf(kind: HazardKind): string {
  return kind === "freed-twice" || kind === "double-owner" ? "two-owners" : kind;
}
