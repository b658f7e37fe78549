/** From the files of a tree to its drivers, and from one driver to what its paths show. */
import { defaultLimits } from "../exec/executor.js";
import type { Tree } from "../kernel/tree.js";
import { allocationApis, freeApis, managedAllocation } from "../ownership/apis.js";
import { classify } from "../ownership/classify.js";
import { Core } from "../ownership/core.js";
import { live } from "../ownership/lifecycle.js";
import { Closure } from "./closure.js";
import { type FoundDriver, findDrivers } from "./drivers.js";
import type { Library } from "./library.js";
import { type DriverResult, describe } from "./result.js";
import { Scope } from "./scope.js";

/** The core itself, and quirks of other devices. */
const notDrivers = /^drivers\/pci\/(msi\/|devres\.c|pci\.c|quirks\.c)/;

/** Finds the drivers of a tree. */
export function discover(library: Library): FoundDriver[] {
  const closure = new Closure(library, (path) => !notDrivers.test(path));
  for (const api of [...allocationApis, ...freeApis]) closure.add(api);
  closure.extend();
  const scope = new Scope(library, closure);
  return findDrivers(library, closure, scope);
}

/** Executes one driver and says what it found. */
export function auditDriver(found: FoundDriver, core: Core): DriverResult[] {
  const life = live(found.code, core, defaultLimits);
  const managed = found.allocations.some((a) => managedAllocation.test(a.api));
  const allocates = found.allocations.some(({ within }) => found.reach.has(within));
  return describe(found, life, classify(life, managed, allocates));
}

export function coreOf(tree: Tree): Core {
  return new Core((path) => tree.read(path)?.toString("latin1"));
}
