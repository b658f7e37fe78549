/**
 * Real drivers on emulated devices: bound, unbound and bound again, then probed with its first, second, … allocation
 * failing, until none is left to fail; and what the audit says of each release path.
 */

import { discover } from "../audit/analysis.js";
import type { FoundDriver } from "../audit/drivers.js";
import { Library } from "../audit/library.js";
import { indexTree } from "../audit/tree-index.js";
import { KnownError } from "../base/errors.js";
import { noProgress } from "../base/progress.js";
import { defaultLimits } from "../exec/executor.js";
import type { Tree } from "../kernel/tree.js";
import { Core } from "../ownership/core.js";
import { live } from "../ownership/lifecycle.js";
import type { KernelImage } from "./build.js";
import { type ChosenDriver, chooseDrivers } from "./choose-drivers.js";
import { driverNameOf } from "./driver-name.js";
import { ANY_DEVICE, devicesOfDrivers, type FailedProbes, failEach, failureTrace } from "./fail-each.js";
import { patchedTree } from "./patches.js";
import { type DriverAct, judgePaths, leaks, type PathVerdict } from "./paths.js";
import { Places } from "./places.js";
import type { Act } from "./scenario.js";
import type { CoreState } from "./series.js";
import { type SessionRequest, type TreeName, testKernel, treeName } from "./sessions.js";

export interface DriverReport extends Pick<FailedProbes, "deaths" | "complete"> {
  /** The C file. */
  readonly driver: string;
  /** The kernel's name of the pci_driver. */
  readonly name: string;
  /** The device it was bound to, and whether it is one that the driver is for. */
  readonly device?: { readonly address: string; readonly own: boolean };
  /** Why it could not be tried. */
  readonly why?: string;
  /** Binds that were to succeed: the errno of each. */
  readonly binds: readonly number[];
  /** Allocations of probe that were failed, those after which probe gave up with vectors allocated, and leaks. */
  readonly failures: number;
  readonly failuresWithVectors: number;
  readonly leaks: number;
  readonly paths: readonly PathVerdict[];
}

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
  names: readonly string[],
): Promise<readonly DriverReport[]> {
  const progress = request.onProgress ?? noProgress;
  progress({ task: "looking for the drivers", done: 0 });
  const tree = await patchedTree(request.tree, core.patches);
  const chosen = chooseDrivers(names, discover(new Library(tree, indexTree(tree).index)), tree);
  const files = [...new Set(chosen.flatMap(({ file, found }) => (found ? [file] : [])))];
  if (files.length === 0) return chosen.map(({ file }) => untried(file, NO_DRIVER));
  const image = await testKernel(request, core, files);
  const natural = await devicesOfDrivers(core.name, image, request);
  const source = new Core((path) => tree.read(path)?.toString("latin1"));
  const setting: Setting = { image, natural, core: source, tree, request };
  const reports: DriverReport[] = [];
  for (const one of chosen) {
    progress({ task: `failing ${one.file}`, done: reports.length, total: chosen.length });
    reports.push(await tryDriver(one, setting));
  }
  return reports;
}

interface Setting {
  readonly image: KernelImage;
  /** By the kernel's name of a driver, the device that it is for. */
  readonly natural: ReadonlyMap<string, string>;
  readonly core: Core;
  readonly tree: Tree;
  readonly request: SessionRequest;
}

const NO_DRIVER = "the audit finds no pci_driver there that allocates vectors";

async function tryDriver({ file, found }: ChosenDriver, setting: Setting): Promise<DriverReport> {
  const { image, natural, core, request } = setting;
  if (!found) return untried(file, NO_DRIVER);
  const left = image.drivers.find(({ driver }) => driver === file)?.why;
  if (left !== undefined) return untried(file, left);
  const name = driverNameOf(found.variable, setting.tree);
  if (name === undefined) return untried(file, "its pci_driver's name is not written where it is defined");
  const own = natural.get(name);
  const address = own ?? ANY_DEVICE;
  const probe = found.code.probe[0]?.name;
  const places = new Places(image);
  const { acts, deaths, complete } = await failEach(name, address, probe, places, image, request);
  const located = await locate(acts, places, filesOf(found));
  const failed = located.filter(({ act }) => act.nth !== undefined && act.injected);
  return {
    driver: file,
    name,
    device: { address, own: own !== undefined },
    binds: located.filter(({ act }) => act.nth === undefined).map(({ act }) => act.bind),
    failures: failed.length,
    failuresWithVectors: failed.filter(
      ({ act }) => act.bind !== 0 && act.events.some(({ event }) => event === "allocated"),
    ).length,
    leaks: located.filter(({ act }) => leaks(act)).length,
    deaths,
    complete,
    paths: judgePaths(live(found.code, core, defaultLimits), located),
  };
}

const filesOf = (found: FoundDriver): ReadonlySet<string> =>
  new Set([
    found.variable.file.path,
    ...[...found.allocations, ...found.frees].map((call) => call.within.file.path),
    ...found.code.probe.map((probe) => probe.file.path),
  ]);

const untried = (driver: string, why: string): DriverReport => ({
  driver,
  name: "",
  why,
  binds: [],
  failures: 0,
  failuresWithVectors: 0,
  leaks: 0,
  deaths: [],
  complete: false,
  paths: [],
});

/** Finds, for each act with a failed allocation, the lines of the driver's own files that led to it. */
async function locate(
  acts: readonly Act[],
  places: Places,
  files: ReadonlySet<string>,
): Promise<readonly DriverAct[]> {
  const traces = acts.map((act) => places.frames(failureTrace(act.lines)));
  const lines = await places.lines(traces.flat());
  return acts.map((act, n) => ({
    act,
    failedAt: traces[n]!.flatMap((address) => lines.get(address) ?? []).filter(({ file }) => files.has(file)),
  }));
}
