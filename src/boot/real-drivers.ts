/**
 * Real drivers on emulated devices: bound, unbound and bound again, then probed with its first, second, … allocation
 * failing, until none is left to fail; and what the audit says of each release path.
 */
import { discover } from "../audit/analysis.js";
import { Library } from "../audit/library.js";
import { indexTree } from "../audit/tree-index.js";
import { KnownError } from "../base/errors.js";
import { noProgress } from "../base/progress.js";
import { chooseDrivers } from "./choose-drivers.js";
import type { DriverReport } from "./driver-report.js";
import { DriverSession } from "./driver-session.js";
import { patchedTree } from "./patches.js";
import type { CoreState } from "./series.js";
import { type SessionRequest, type TreeName, treeName } from "./sessions.js";

export interface DriversReport {
  readonly schema: "treewide.boot-drivers/1";
  readonly tree: TreeName;
  readonly cores: readonly { readonly core: string; readonly drivers: readonly DriverReport[] }[];
}

/**
 * Tries each driver on each core.
 * @param names as `chooseDrivers` takes them
 * @throws KnownError when a name means nothing, or none of the drivers can be tried on any core.
 */
export async function driversSession(
  request: SessionRequest,
  names: readonly string[],
): Promise<DriversReport> {
  const cores: DriversReport["cores"][number][] = [];
  for (const core of request.cores)
    cores.push({ core: core.name, drivers: await driversOnCore(request, core, names) });
  const reports = cores.flatMap(({ drivers }) => drivers);
  if (reports.every(({ why }) => why !== undefined))
    throw new KnownError(
      `no driver could be tried:\n${reports.map(({ driver, why }) => `  ${driver}: ${why}`).join("\n")}`,
      "`treewide audit` lists the drivers that allocate vectors; the test kernel is one for x86_64",
    );
  return { schema: "treewide.boot-drivers/1", tree: treeName(request), cores };
}

async function driversOnCore(
  request: SessionRequest,
  core: CoreState,
  wanted: readonly string[],
): Promise<readonly DriverReport[]> {
  const progress = request.onProgress ?? noProgress;
  progress({ task: "looking for the drivers", done: 0 });
  const tree = await patchedTree(request.tree, core.patches);
  const chosen = chooseDrivers(wanted, discover(new Library(tree, indexTree(tree).index)).drivers, tree);
  const session = new DriverSession(request, core, tree, chosen);
  await session.run();
  return chosen.map((one) => session.report(one));
}
