/** One real driver in the guest, from its device to the places at which its probes failed. */
import type { FoundDriver } from "../audit/drivers.js";
import { folderOf } from "../audit/regions.js";
import type { Position } from "../base/position.js";
import type { LifeResult } from "../ownership/lifecycle.js";
import type { KernelImage } from "./build.js";
import { type DriverDevice, FOREIGN, machineDevices } from "./driver-devices.js";
import type { TriedDriver } from "./driver-records.js";
import { failEach, failingCalls, failureTrace } from "./fail-each.js";
import { callsOf, callsToFail } from "./failing-calls.js";
import type { Places } from "./places.js";
import { codeOf } from "./registered-drivers.js";
import type { Act } from "./scenario.js";

/** Functions at whose failure the audit has a release path of a driver. */
export const callsOfPaths = (life: LifeResult): readonly string[] => [
  ...new Set(life.releasePaths.flatMap(callsOf)),
];

export async function tryDriver(
  found: FoundDriver,
  life: LifeResult,
  named: { readonly name: string; readonly device: DriverDevice },
  kernel: { readonly image: KernelImage; readonly places: Places },
  options: { readonly signal?: AbortSignal },
): Promise<TriedDriver> {
  const { name, device } = named;
  const { image, places } = kernel;
  const target = {
    name,
    ...device,
    probe: found.code.probe[0]?.name,
    code: codeOf(found, places),
    calls: callsToFail(life.releasePaths, places),
    devices: device.own ? machineDevices : FOREIGN,
  };
  const { acts, deaths, complete } = await failEach(target, places, image, options);
  const failedAt = await failurePlaces(acts, places, foldersOf(found, life));
  return {
    kind: "tried",
    name,
    device,
    calls: callsOfPaths(life),
    acts: acts.map((act, n) => ({ act, failedAt: failedAt[n]! })),
    deaths,
    complete,
  };
}

/** Folders with code of the driver: what a later audit may name is in them too. */
function foldersOf(found: FoundDriver, life: LifeResult): ReadonlySet<string> {
  const files = [
    found.variable.file.path,
    ...[...found.allocations, ...found.frees].map((call) => call.within.file.path),
    ...[...found.reach, ...found.code.probe].map(({ file }) => file.path),
    ...life.releasePaths.map(({ file }) => file),
  ];
  return new Set(files.map(folderOf));
}

/** Finds, for each act, the lines of the driver's code at which it failed, innermost first. */
async function failurePlaces(
  acts: readonly Act[],
  places: Places,
  folders: ReadonlySet<string>,
): Promise<readonly (readonly Position[])[]> {
  const traces = acts.map((act) => places.frames([...failureTrace(act.lines), ...failingCalls(act)]));
  const lines = await places.lines(traces.flat());
  return acts.map((_, n) =>
    traces[n]!.flatMap((address) => lines.get(address) ?? []).filter(({ file }) =>
      folders.has(folderOf(file)),
    ),
  );
}
