/**
 * Units of a series: what has to change in one patch. Drivers that share an allocation, or a file that is edited for
 * both, belong together.
 */
import type { DriverResult } from "../audit/result.js";
import { SourceFile } from "../c/source.js";
import type { Tree } from "../kernel/tree.js";
import { managedAllocation } from "../ownership/apis.js";
import { type Conversion, refused } from "./convert/conversion.js";
import { dropFree, ownAction, toManaged } from "./convert/index.js";
import { BodyTokens } from "./convert/tokens.js";
import { applyEdits, type Change, type Edit } from "./edit.js";

export interface Unit {
  readonly drivers: readonly DriverResult[];
  /** Files with the allocations, the first one names the unit. */
  readonly files: readonly string[];
}

/** A place in a file that is called for, and why it was not changed. */
export interface Left {
  readonly file: string;
  readonly line: number;
  readonly why: string;
}

export interface UnitChange {
  readonly change: Change;
  /** Calls that have no managed counterpart. */
  readonly refused: readonly Call[];
  /** Calls that became managed, by their old name. */
  readonly apis: readonly string[];
  /** Own frees that were taken away. */
  readonly dropped: readonly { readonly file: string; readonly function: string; readonly api: string }[];
  readonly left: readonly Left[];
}

/** Whether a driver relies on the automatic release on any path. */
export function reliesOnRelease(driver: DriverResult): boolean {
  return (
    driver.leaksAfterCoreChange ||
    ((driver.class === "implicit" || driver.class === "hybrid-partial") && driver.enable !== "unmanaged")
  );
}

/** Groups the drivers that need a change. */
export function unitsOf(drivers: readonly DriverResult[]): Unit[] {
  const needy = drivers.filter(reliesOnRelease);
  const parent = new Map<string, string>();
  const find = (file: string): string => {
    const up = parent.get(file) ?? file;
    return up === file ? file : find(up);
  };
  const firstFile = new Map<string, string>();
  for (const { allocations, pciDriver } of needy) {
    const key = `${pciDriver.file}#${pciDriver.name}`;
    const first = firstFile.get(key) ?? allocations[0]!.file;
    firstFile.set(key, first);
    for (const { file } of allocations) parent.set(find(file), find(first));
  }
  const groups = new Map<string, DriverResult[]>();
  for (const driver of needy) {
    const root = find(driver.driver);
    groups.set(root, [...(groups.get(root) ?? []), driver]);
  }
  return [...groups.values()]
    .map((group) => ({
      drivers: group,
      files: [...new Set(group.flatMap(({ allocations }) => allocations.map(({ file }) => file)))].sort(),
    }))
    .sort((a, b) => (a.files[0]! < b.files[0]! ? -1 : 1));
}

export interface Call {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly api: string;
}

/**
 * Makes the vectors of a unit's drivers managed.
 * @param dropFrees whether own frees on release paths go
 * @param everybody all drivers of the tree: an allocation that an unmanaged one shares is left alone
 */
export function convertUnit(
  tree: Tree,
  unit: Unit,
  everybody: readonly DriverResult[],
  dropFrees: boolean,
): UnitChange {
  const sources = new Sources(tree);
  const left: Left[] = [];
  const refusedCalls: Call[] = [];
  const apis = new Set<string>();
  const dropped: Call[] = [];
  const allocations = places(unit.drivers.flatMap((d) => d.allocations)).filter(
    ({ api }) => !managedAllocation.test(api),
  );
  for (const call of allocations) {
    const sharer = everybody.find(
      (d) => d.enable === "unmanaged" && d.allocations.some((a) => samePlace(a, call)),
    );
    const why = sharer
      ? `shared with ${sharer.pciDriver.name} (${sharer.pciDriver.file}), which is not managed and frees by itself`
      : sources.convert(call, toManaged);
    if (why === undefined) apis.add(call.api);
    else if (!sharer) refusedCalls.push(call);
    if (why !== undefined) left.push({ file: call.file, line: call.line, why: `${call.api}(): ${why}` });
  }
  if (dropFrees)
    for (const { when, ...call } of places(unit.drivers.flatMap((d) => d.frees))) {
      if (/mid-life|devm-action|not reached/.test(when)) continue;
      if (sources.convert(call, [dropFree]) === undefined) dropped.push(call);
    }
  return { change: sources.changes(), apis: [...apis], dropped, left, refused: refusedCalls };
}

function samePlace(a: Call, b: Call): boolean {
  return a.file === b.file && a.line === b.line;
}

function places<C extends Call>(calls: readonly C[]): C[] {
  return [...new Map(calls.map((call) => [`${call.file}:${call.line}:${call.api}`, call])).values()];
}

/**
 * Gives the vectors of calls without a managed counterpart to a devres action of the driver's own.
 * @returns the new files, and what could not be done
 */
export function addOwnActions(
  tree: Tree,
  calls: readonly Call[],
): { readonly change: Change; readonly left: readonly Left[] } {
  const sources = new Sources(tree);
  const left: Left[] = [];
  for (const call of calls) {
    const why = sources.convert(call, [ownAction]);
    if (why !== undefined) left.push({ file: call.file, line: call.line, why: `${call.api}(): ${why}` });
  }
  return { change: sources.changes(), left };
}

/** The files of a unit and the edits gathered for them. */
class Sources {
  private readonly files = new Map<string, { readonly source: SourceFile; readonly edits: Edit[] }>();

  constructor(private readonly tree: Tree) {}

  /** Gathers the edits of the first conversion that knows the call. @returns why there are none */
  convert(call: Call, conversions: readonly Conversion[]): string | undefined {
    const conversion = conversions.find(({ apis }) => apis.includes(call.api));
    const file = this.open(call.file);
    if (!conversion || !file) return "no conversion is known";
    const bodies = (file.source.functions.get(call.function) ?? []).map(
      (f) => new BodyTokens(file.source, f),
    );
    const sites = bodies.flatMap((body) =>
      body.words.flatMap((word, i) =>
        word === call.api && file.source.lines.line(body.start(i)) === call.line ? [{ body, call: i }] : [],
      ),
    );
    if (sites.length === 0) return "the call comes out of a macro";
    const edits: Edit[] = [];
    for (const site of sites) {
      const converted = conversion.convert(site);
      if (refused(converted)) return converted.why;
      edits.push(...converted);
    }
    file.edits.push(...edits);
    return undefined;
  }

  changes(): Change {
    return new Map(
      [...this.files].flatMap(([path, { source, edits }]) =>
        edits.length > 0 ? [[path, applyEdits(source.text, edits)] as const] : [],
      ),
    );
  }

  private open(path: string) {
    let file = this.files.get(path);
    const text = this.tree.read(path)?.toString("latin1");
    if (!file && text !== undefined) {
      file = { source: new SourceFile(path, text), edits: [] };
      this.files.set(path, file);
    }
    return file;
  }
}
