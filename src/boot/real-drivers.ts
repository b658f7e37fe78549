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
import { openTree, type Tree } from "../kernel/tree.js";
import { Core } from "../ownership/core.js";
import { live } from "../ownership/lifecycle.js";
import { buildKernel, type KernelImage } from "./build.js";
import { driverNameOf } from "./driver-name.js";
import { bootMachine, type MachineDevice, pciAddress } from "./machine.js";
import { type DriverAct, judgePaths, leaks, type PathVerdict } from "./paths.js";
import { Places } from "./places.js";
import { type Act, observe, SCRIPT_START, scenarioStart } from "./scenario.js";
import type { SessionRequest, TreeName } from "./sessions.js";
import { parseTraceLine, type TraceLine } from "./trace.js";

export interface DriverReport {
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
  /** Allocations at whose failure the guest died, or its time was over. */
  readonly deaths: readonly { readonly nth: number; readonly text: string }[];
  /** Every allocation of its probe was failed once. */
  readonly complete: boolean;
  readonly paths: readonly PathVerdict[];
}

export interface DriversReport {
  readonly schema: "treewide.boot-drivers/1";
  readonly tree: TreeName;
  readonly drivers: readonly DriverReport[];
}

/** Devices of QEMU 7.2 that real drivers bind to, each on a slot of its own. */
const DEVICES: readonly MachineDevice[] = [
  "e1000e,romfile=",
  "edu",
  "ich9-ahci",
  "intel-hda",
  "nvme,serial=1",
  "qemu-xhci",
  "vmxnet3,romfile=",
  "rocker,name=r",
  "virtio-rng-pci",
  "pvscsi",
  "megasas-gen2",
  "mptsas1068",
  "sdhci-pci",
  "pci-serial",
].map((device, n) => ({ device, slot: n + 4 }));
/** Has the vectors but no driver of its own: any driver can be bound to it, until it finds that the device is not its. */
const ANY: MachineDevice = DEVICES[1]!;

/** Probes of real drivers make some hundred allocations; ahci, with six ports, makes more than 1,200. */
const MOST_ALLOCATIONS = 3000;
/** Deaths of the guest in one driver after which it is left alone: each costs a boot. */
const MOST_DEATHS = 10;
/** Milliseconds for one boot. A probe of ahci takes 0.4 s under TCG; most take a tenth of that. */
const LIMIT = 10 * 60_000;

/** Tries each driver on the first core of the request. */
export async function driversSession(
  request: SessionRequest,
  drivers: readonly string[],
): Promise<DriversReport> {
  const tree = openTree({ kind: "folder", path: request.tree });
  for (const file of drivers)
    if (!tree.exists(file))
      throw new KnownError(`${file}: not in the tree ${tree.root}`, "name C files of the tree");
  const image = await buildKernel({ ...request, patches: request.cores[0]?.patches ?? [], drivers });
  const natural = await devicesOfDrivers(image, request);
  const found = discover(new Library(tree, indexTree(tree).index));
  const core = new Core((path) => tree.read(path)?.toString("latin1"));
  const reports: DriverReport[] = [];
  for (const driver of drivers) {
    (request.onProgress ?? noProgress)({
      task: `failing ${driver}`,
      done: reports.length,
      total: drivers.length,
    });
    const own = found.filter((one) => filesOf(one).has(driver));
    const left = image.drivers.find((one) => one.driver === driver)?.why;
    if (left || own.length === 0) {
      reports.push(untried(driver, left ?? "the audit finds no pci_driver there that allocates vectors"));
      continue;
    }
    for (const one of own)
      reports.push(await tryDriver(driver, one, { image, natural, core, tree, request }));
  }
  return {
    schema: "treewide.boot-drivers/1",
    tree: { path: tree.root, version: tree.version },
    drivers: reports,
  };
}

interface Setting {
  readonly image: KernelImage;
  readonly natural: ReadonlyMap<string, string>;
  readonly core: Core;
  readonly tree: Tree;
  readonly request: SessionRequest;
}

async function tryDriver(driver: string, found: FoundDriver, setting: Setting): Promise<DriverReport> {
  const { image, natural, core, request } = setting;
  const name = driverNameOf(found.variable, setting.tree);
  if (name === undefined) return untried(driver, "its pci_driver's name is not written where it is defined");
  const own = natural.get(name);
  const address = own ?? pciAddress(ANY);
  const probe = found.code.probe[0]?.name;
  const places = new Places(image);
  const { acts, deaths, complete } = await failEach(name, address, probe, places, image, request);
  const located = await locate(acts, places, filesOf(found));
  const failed = located.filter(({ act }) => act.nth !== undefined && act.injected);
  return {
    driver,
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

/** Which driver the kernel itself binds to which device. */
async function devicesOfDrivers(
  image: KernelImage,
  request: SessionRequest,
): Promise<ReadonlyMap<string, string>> {
  const devices = new Map<string, string>();
  await bootMachine({
    image,
    devices: DEVICES,
    script: ["list"],
    limit: LIMIT,
    ...(request.signal && { signal: request.signal }),
    onLine: (text) => {
      const line = parseTraceLine(text);
      if (line.kind === "device" && !devices.has(line.driver)) devices.set(line.driver, line.address);
    },
  });
  return devices;
}

/** Binds twice undisturbed, then with each allocation failing; after a death it goes on with the next allocation. */
async function failEach(
  name: string,
  address: string,
  probe: string | undefined,
  places: Places,
  image: KernelImage,
  request: SessionRequest,
): Promise<{ readonly acts: readonly Act[] } & Pick<DriverReport, "deaths" | "complete">> {
  const acts: Act[] = [];
  const deaths: { nth: number; text: string }[] = [];
  const undisturbed = [
    `bind ${name} ${address}`,
    `unbind ${name} ${address}`,
    "write /sys/module/treewide/parameters/show 1",
  ];
  for (let from = 1; from <= MOST_ALLOCATIONS && deaths.length < MOST_DEATHS; ) {
    const lines: TraceLine[] = [];
    const { end } = await bootMachine({
      image,
      devices: DEVICES,
      script: [
        ...SCRIPT_START,
        ...faultLines(probe, places),
        ...scenarioStart(name, address),
        ...(from === 1 ? [...undisturbed, ...undisturbed] : []),
        `renew ${address}`,
        `fail-each ${name} ${address} ${from} ${MOST_ALLOCATIONS - from + 1}`,
      ],
      limit: LIMIT,
      ...(request.signal && { signal: request.signal }),
      onLine: (text) => lines.push(parseTraceLine(text)),
    });
    const [seen] = observe(lines, end === "finished");
    acts.push(...(seen?.acts ?? []));
    if (end === "finished") return { acts, deaths, complete: acts.at(-1)?.injected === false };
    const nth = seen?.unfinished?.nth ?? 0;
    deaths.push({ nth, text: seen?.unfinished?.signs.at(-1)?.text ?? end });
    // before the first failure it would die again; and who needed all the time would again
    if (nth < from || end === "over-limit") break;
    from = nth + 1;
  }
  return { acts, deaths, complete: false };
}

const FAULTS = ["failslab", "fail_page_alloc"] as const;

/** Lets only allocations fail that probe makes, and none that ACPI makes for it: its interpreter never gives up. */
function faultLines(probe: string | undefined, places: Places): readonly string[] {
  const range = probe === undefined ? undefined : places.ranges(probe)[0];
  const acpi = places.span(/^acpi_(ds|ev|ex|ns|ps|rs|tb|ut)_/);
  const hex = (address: bigint) => `0x${address.toString(16)}`;
  return FAULTS.flatMap((fault) => {
    const set = (file: string, value: string) => `write /sys/kernel/debug/${fault}/${file} ${value}`;
    return [
      set("ignore-gfp-wait", "N"),
      set("verbose", "2"),
      set("stacktrace-depth", "32"),
      ...(range ? [set("require-start", hex(range.start)), set("require-end", hex(range.end))] : []),
      ...(acpi ? [set("reject-start", hex(acpi.start)), set("reject-end", hex(acpi.end))] : []),
      ...(fault === "fail_page_alloc" ? [set("min-order", "0"), set("ignore-gfp-highmem", "N")] : []),
    ];
  });
}

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

/** The kernel's messages from the failed allocation to the end of its call trace. */
function failureTrace(lines: readonly TraceLine[]): readonly string[] {
  const texts = lines.flatMap((line) => (line.kind === "message" ? [line.text] : []));
  const start = texts.findIndex((text) => text.includes("FAULT_INJECTION: forcing a failure"));
  if (start === -1) return [];
  const end = texts.findIndex((text, n) => n > start && text.includes("</TASK>"));
  return texts.slice(start, end === -1 ? undefined : end);
}
