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
import { defaultLimits } from "../exec/limits.js";
import type { Tree } from "../kernel/tree.js";
import { Core } from "../ownership/core.js";
import { live } from "../ownership/lifecycle.js";
import type { KernelImage } from "./build.js";
import { type ChosenDriver, chooseDrivers } from "./choose-drivers.js";
import { type DriverDevice, devicesOfDrivers, machineDevices } from "./driver-devices.js";
import { driverNameOf } from "./driver-name.js";
import { type FailedProbes, failEach, failingCalls, failureTrace } from "./fail-each.js";
import { callsToFail } from "./failing-calls.js";
import { type HazardVerdict, judgeHazards } from "./hazards.js";
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
  readonly device?: DriverDevice;
  /** Why it could not be tried. */
  readonly why?: string;
  /** Binds that were to succeed: the errno of each. */
  readonly binds: readonly number[];
  /** Allocations and calls of probe that were failed, those after which probe gave up with vectors allocated, and leaks. */
  readonly failures: number;
  readonly failuresWithVectors: number;
  readonly leaks: number;
  readonly paths: readonly PathVerdict[];
  readonly hazards: readonly HazardVerdict[];
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
  wanted: readonly string[],
): Promise<readonly DriverReport[]> {
  const progress = request.onProgress ?? noProgress;
  progress({ task: "looking for the drivers", done: 0 });
  const tree = await patchedTree(request.tree, core.patches);
  const chosen = chooseDrivers(wanted, discover(new Library(tree, indexTree(tree).index)), tree);
  const files = [...new Set(chosen.flatMap(({ file, found }) => (found ? [file] : [])))];
  if (files.length === 0) return chosen.map(({ file }) => untried(file, NO_DRIVER));
  const image = await testKernel(request, core, files);
  const names = chosen.flatMap(({ found }) => (found && driverNameOf(found.variable, tree)) ?? []);
  const devices = await devicesOfDrivers(core.name, names, image, request);
  const source = new Core((path) => tree.read(path)?.toString("latin1"));
  const setting: Setting = { image, devices, core: source, tree, request };
  const reports: DriverReport[] = [];
  for (const one of chosen) {
    progress({ task: `failing ${one.file}`, done: reports.length, total: chosen.length });
    reports.push(await tryDriver(one, setting));
  }
  return reports;
}

interface Setting {
  readonly image: KernelImage;
  /** By the kernel's name of a driver. */
  readonly devices: ReadonlyMap<string, DriverDevice>;
  readonly core: Core;
  readonly tree: Tree;
  readonly request: SessionRequest;
}

const NO_DRIVER = "the audit finds no pci_driver there that allocates vectors";

async function tryDriver({ file, found }: ChosenDriver, setting: Setting): Promise<DriverReport> {
  const { image, devices, core, request } = setting;
  if (!found) return untried(file, NO_DRIVER);
  const left = image.drivers.find(({ driver }) => driver === file)?.why;
  if (left !== undefined) return untried(file, left);
  const name = driverNameOf(found.variable, setting.tree);
  if (name === undefined) return untried(file, "its pci_driver's name is not written where it is defined");
  const device = devices.get(name)!;
  const life = live(found.code, core, defaultLimits);
  const places = new Places(image);
  const target = {
    name,
    ...device,
    probe: found.code.probe[0]?.name,
    calls: callsToFail(life.releasePaths, places),
    devices: machineDevices,
  };
  const { acts, deaths, complete } = await failEach(target, places, image, request);
  const located = await locate(
    acts,
    places,
    new Set([...filesOf(found), ...life.releasePaths.map(({ file }) => file)]),
  );
  const failed = located.filter(({ act }) => act.nth !== undefined && act.injected);
  return {
    driver: file,
    name,
    device,
    binds: located.filter(({ act }) => act.nth === undefined).map(({ act }) => act.bind),
    failures: failed.length,
    failuresWithVectors: failed.filter(
      ({ act }) => act.bind !== 0 && act.events.some(({ event }) => event === "allocated"),
    ).length,
    leaks: located.filter(({ act }) => leaks(act)).length,
    deaths,
    complete,
    paths: judgePaths(life, located),
    hazards: judgeHazards(life, acts),
  };
}

const filesOf = (found: FoundDriver): readonly string[] => [
  found.variable.file.path,
  ...[...found.allocations, ...found.frees].map((call) => call.within.file.path),
  ...found.code.probe.map((probe) => probe.file.path),
];

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
  hazards: [],
});

/** Finds, for each act, the lines of the driver's own files at which it failed. */
async function locate(
  acts: readonly Act[],
  places: Places,
  files: ReadonlySet<string>,
): Promise<readonly DriverAct[]> {
  const traces = acts.map((act) => places.frames([...failureTrace(act.lines), ...failingCalls(act)]));
  const lines = await places.lines(traces.flat());
  return acts.map((act, n) => ({
    act,
    failedAt: traces[n]!.flatMap((address) => lines.get(address) ?? []).filter(({ file }) => files.has(file)),
  }));
}
