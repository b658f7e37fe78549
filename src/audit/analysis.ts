/** From the files of a tree to its drivers, and from one driver to what its paths show. */
import { defaultLimits } from "../exec/limits.js";
import type { Tree } from "../kernel/tree.js";
import { allocationApis, freeApis, includes, managedAllocation } from "../ownership/apis.js";
import { lifeIn } from "../ownership/by-file.js";
import { classify, type Verdict } from "../ownership/classify.js";
import { Core } from "../ownership/core.js";
import { type LifeResult, live, undecided } from "../ownership/lifecycle.js";
import { type ApiCall, Closure } from "./closure.js";
import { type FoundDriver, findDrivers } from "./drivers.js";
import type { Library } from "./library.js";
import { folderOf } from "./regions.js";
import { type DriverResult, describe } from "./result.js";
import { Scope } from "./scope.js";

/** The core itself, and quirks of other devices. */
const notDrivers = /^drivers\/pci\/(msi\/|devres\.c|pci\.c|quirks\.c)/;

/** The drivers of a tree, and what belongs to none of them. */
export interface Discovery {
  readonly drivers: readonly FoundDriver[];
  /** Allocations that no pci_driver was found to reach. */
  readonly strays: readonly ApiCall[];
}

/** Finds the drivers of a tree. */
export function discover(library: Library): Discovery {
  const closure = new Closure(library, (path) => !notDrivers.test(path));
  for (const api of [...allocationApis, ...freeApis]) closure.add(api);
  closure.extend();
  const scope = new Scope(library, closure);
  const drivers = findDrivers(library, closure, scope);
  const owned = new Set(drivers.flatMap(({ allocations }) => allocations));
  return {
    drivers,
    strays: closure.calls.filter((call) => includes(allocationApis, call.api) && !owned.has(call)),
  };
}

/** Drivers that share their code to the last function, as those of a library do. */
export function byCode(found: readonly FoundDriver[]): FoundDriver[][] {
  const groups = new Map<string, FoundDriver[]>();
  const numbers = new Map<object, number>();
  const number = (of: object | undefined) => {
    if (!of) return 0;
    if (!numbers.has(of)) numbers.set(of, numbers.size + 1);
    return numbers.get(of)!;
  };
  for (const driver of found) {
    const { probe, ids, remove, callbacks } = driver.code;
    const key = JSON.stringify([
      folderOf(driver.variable.file.path),
      probe.map(number),
      ids.length === 0 ? 0 : number(ids),
      remove.map(number),
      callbacks.map(({ definition, from, rule }) => [number(definition), from, number(rule)]),
      [...driver.reach].map(number).sort(),
    ]);
    const group = groups.get(key);
    if (group) group.push(driver);
    else groups.set(key, [driver]);
  }
  return [...groups.values()];
}

/**
 * Executes the code of a driver. Macros are not expanded: what a driver that takes or gives back vectors by one does is
 * unknown.
 * @param tellsBranches whether witnesses tell which way each branch went
 */
export function execute({ code, hidden }: FoundDriver, core: Core, tellsBranches = false): LifeResult {
  if (hidden.length === 0) return live(code, core, defaultLimits, tellsBranches);
  return undecided(
    hidden.map(({ macro, at, within: { file } }) => ({
      file: file.path,
      line: file.lines.line(at),
      why: `${macro} is a macro by which vectors may be taken or freed: macros are not followed`,
    })),
  );
}

/** Says what the execution of a driver's code showed: of each file that allocates, what is about its allocations. */
export function report(found: FoundDriver, life: LifeResult): DriverResult[] {
  const files = [...new Set(found.allocations.map(({ within }) => within.file.path))].sort();
  return files.map((file) => {
    const allocations = found.allocations.filter(({ within }) => within.file.path === file);
    const managed = allocations.some((a) => managedAllocation.test(a.api));
    const allocates = allocations.some(({ within }) => found.reach.has(within));
    const part = lifeIn(life, file);
    const verdict = classify(part, managed, allocates);
    return describe(found, file, allocations, explained(part, verdict, allocations[0]!), verdict);
  });
}

/** A life that was not decided, with a reason where none was noted on the way. */
function explained(life: LifeResult, verdict: Verdict, { api, at, within: { file } }: ApiCall): LifeResult {
  if (verdict.class !== "unknown" || life.unknown.length > 0) return life;
  const why = `no path was found on which ${api}() allocates: a condition, a caller or the core's own code stands before it`;
  return { ...life, unknown: [{ file: file.path, line: file.lines.line(at), why }] };
}

/** Executes one driver and says what it found. */
export function auditDriver(found: FoundDriver, core: Core): DriverResult[] {
  return report(found, execute(found, core));
}

export function coreOf(tree: Tree): Core {
  return new Core((path) => tree.read(path)?.toString("latin1"));
}
