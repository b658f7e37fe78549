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
import { staleComment } from "./convert/stale-comment.js";
import { BodyTokens } from "./convert/tokens.js";
import { applyEdits, type Change, type Edit } from "./edit.js";

export interface Unit {
  readonly drivers: readonly DriverResult[];
  /** Files with the allocations, the first one names the unit. */
  readonly files: readonly string[];
}

/** A place that a person has to look at before the core change, and why. */
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
  /** How many conditions on the value of a call were changed. */
  readonly adaptsCheck: number;
  /** Whether a comment on the automatic release was taken away. */
  readonly dropsComment: boolean;
  /** Own frees that were taken away. */
  readonly dropped: readonly Call[];
  readonly left: readonly Left[];
}

/** Groups drivers that need a change. */
export function unitsOf(needy: readonly DriverResult[]): Unit[] {
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
  const { adaptsCheck, dropsComment } = sources;
  return {
    change: sources.changes(),
    apis: [...apis],
    adaptsCheck,
    dropsComment,
    dropped,
    left,
    refused: refusedCalls,
  };
}

function samePlace(a: Call, b: Call): boolean {
  return a.file === b.file && a.line === b.line;
}

function places<C extends Call>(calls: readonly C[]): C[] {
  return [...new Map(calls.map((call) => [`${call.file}:${call.line}:${call.api}`, call])).values()];
}

/** Whether the vectors of a call may be given to an action of the driver's own. */
export function canOwn({ api }: Call): boolean {
  return ownAction.apis.includes(api);
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
    const isOnly = calls.every((other) => other === call || other.file !== call.file);
    const why = isOnly ? sources.convert(call, [ownAction]) : "more than one such call in the file";
    if (why !== undefined) left.push({ file: call.file, line: call.line, why: `${call.api}(): ${why}` });
  }
  return { change: sources.changes(), left };
}

/** The files of a unit and the edits gathered for them. */
class Sources {
  adaptsCheck = 0;
  dropsComment = false;
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
    if (sites.length === 0) return "the call comes out of a macro, which other code may use, too";
    const edits: Edit[] = [];
    const comments: Edit[] = [];
    for (const site of sites) {
      const converted = conversion.convert(site);
      if (refused(converted)) return converted.why;
      edits.push(...converted);
      if (toManaged.includes(conversion)) comments.push(...staleComment(site));
    }
    this.adaptsCheck += edits.filter(({ text }) => /^ ?[<>]( 0)?$/.test(text)).length;
    this.dropsComment ||= comments.length > 0;
    file.edits.push(...edits);
    // Two calls may follow one comment.
    for (const edit of comments) if (file.edits.every(({ at }) => at !== edit.at)) file.edits.push(edit);
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
