/** Which of QEMU's devices each real driver is tried on: one that it is for, or another that takes it furthest. */
import { availableParallelism } from "node:os";
import { sideBySide } from "../base/side-by-side.js";
import type { KernelImage } from "./build.js";
import { bootMachine, lastLines, type MachineDevice, notStarted, pciAddress } from "./machine.js";
import { runScenarios } from "./run-scenarios.js";
import { type Observation, PARAMETERS } from "./scenario.js";
import { parseTraceLine, type TraceLine, withoutSpaces } from "./trace.js";

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
  "usb-ehci",
  "pci-ohci",
  "piix3-usb-uhci",
  "nec-usb-xhci",
  "pcie-root-port,chassis=1",
  "pci-bridge,chassis_nr=2",
  "vmware-svga",
].map((device, n) => ({ device, slot: n + 4 }));

/**
 * Devices for drivers that have none of their own here: with MSI and 1 MB of memory that answers (edu), with five
 * vectors of MSI-X (e1000e), and with 65 (nvme).
 */
export const FOREIGN: readonly MachineDevice[] = [DEVICES[1]!, DEVICES[0]!, DEVICES[4]!];

/** The device that a driver is tried on. */
export interface DriverDevice {
  readonly address: string;
  /** It is one that the driver is for. */
  readonly own: boolean;
}

interface Options {
  readonly signal?: AbortSignal;
}

export const machineDevices: readonly MachineDevice[] = DEVICES;

/** What a kernel says when nobody has asked it for anything. */
export interface Inventory {
  /** By the kernel's name of a driver: the device that it was bound to at the start. */
  readonly devices: ReadonlyMap<string, DriverDevice>;
  /** The lines of its console, with its list of drivers. */
  readonly lines: readonly TraceLine[];
}

/**
 * Boots, and looks which drivers there are and which devices they are bound to.
 * @param core what an error calls the kernel
 * @throws KnownError when the kernel does not start.
 */
export async function takeInventory(
  core: string,
  image: KernelImage,
  { signal }: Options,
): Promise<Inventory> {
  const result = await bootMachine({
    image,
    devices: DEVICES,
    script: ["list", "load /treewide.ko", `write ${PARAMETERS}/drivers 1`],
    limit: START_LIMIT,
    ...(signal && { signal }),
  });
  if (result.end !== "finished") throw notStarted(core, result.end, lastLines(result));
  const lines = result.lines.map(parseTraceLine);
  const devices = new Map<string, DriverDevice>();
  for (const line of lines)
    if (line.kind === "device" && !devices.has(line.driver))
      devices.set(line.driver, { address: line.address, own: true });
  return { devices, lines };
}

/** Milliseconds in which a driver is tried on one foreign device; most take a tenth of a second. */
const FOREIGN_LIMIT = 30_000;

/**
 * The device of each driver: its own, or the foreign one that takes it furthest. All are tried in a few boots; a driver
 * that these did not come to, because others took the guest down too often, in boots of its own.
 * @param names the kernel's names of the drivers
 */
export async function devicesOf(
  names: readonly string[],
  { devices }: Inventory,
  image: KernelImage,
  options: Options,
): Promise<ReadonlyMap<string, DriverDevice>> {
  const chosen = new Map<string, DriverDevice>();
  const foreign: string[] = [];
  for (const name of names) {
    const own = devices.get(name);
    if (own) chosen.set(name, own);
    else foreign.push(name);
  }
  const guests = Array.from({ length: availableParallelism() }, (_, guest) =>
    foreign.filter((_, n) => n % availableParallelism() === guest),
  );
  await sideBySide(guests, options.signal, async (names, signal) => {
    const seen = await observed(names, image, { signal });
    for (const name of names) {
      const isSeen = FOREIGN.every((device) => seen.has(scenarioOf(name, device)));
      const own = isSeen ? seen : await observed([name], image, { signal });
      const far = (device: MachineDevice) => howFar(own.get(scenarioOf(name, device)));
      const [best] = [...FOREIGN].sort((a, b) => far(b) - far(a));
      chosen.set(name, { address: pciAddress(best!), own: false });
    }
  });
  return chosen;
}

const scenarioOf = (name: string, { slot }: MachineDevice) => `${withoutSpaces(name)}@${slot}`;

/** Binds each driver to each foreign device. */
async function observed(
  names: readonly string[],
  image: KernelImage,
  { signal }: Options,
): Promise<ReadonlyMap<string, Observation>> {
  if (names.length === 0) return new Map();
  const scenarios = names.flatMap((name) =>
    FOREIGN.map((device) => ({ id: scenarioOf(name, device), device, acts: [name], foreign: true })),
  );
  const { observations } = await runScenarios(image, scenarios, {
    limit: START_LIMIT + FOREIGN_LIMIT * scenarios.length,
    scenarioLimit: FOREIGN_LIMIT,
    ...(signal && { signal }),
  });
  return new Map(observations.map((one) => [one.id, one]));
}

/** A kernel with every driver built in asks each for its devices before it starts the first program. */
const START_LIMIT = 10 * 60_000;

/** Bound is further than vectors allocated, that further than a probe that gave up before, and a death is last. */
function howFar(seen: Observation | undefined): number {
  const [act] = seen?.acts ?? [];
  if (!act) return 0;
  if (act.bind === 0) return 3;
  return act.events.some(({ event }) => event === "allocated") ? 2 : 1;
}
