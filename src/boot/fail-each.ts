/**
 * A real driver in the guest: bound and unbound undisturbed, then probed with its first, second, … allocation failing,
 * until none is left to fail.
 */
import type { KernelImage } from "./build.js";
import { bootMachine, lastLines, type MachineDevice, notStarted, pciAddress } from "./machine.js";
import type { Places } from "./places.js";
import { type Act, observe, SCRIPT_START, scenarioStart } from "./scenario.js";
import { parseTraceLine, type TraceLine } from "./trace.js";

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
export const ANY_DEVICE: string = pciAddress(DEVICES[1]!);

/** Probes of real drivers make some hundred allocations; ahci, with six ports, makes more than 1,200. */
const MOST_ALLOCATIONS = 3000;
/** Deaths of the guest in one driver after which it is left alone: each costs a boot. */
const MOST_DEATHS = 10;
/** Milliseconds for one boot. A probe of ahci takes 0.4 s under TCG; most take a tenth of that. */
const LIMIT = 10 * 60_000;

interface Options {
  readonly signal?: AbortSignal;
}

/**
 * By the kernel's name of a driver, the address of the device that the kernel itself binds it to.
 * @param core what an error calls the kernel
 * @throws KnownError when the kernel does not start.
 */
export async function devicesOfDrivers(
  core: string,
  image: KernelImage,
  { signal }: Options,
): Promise<ReadonlyMap<string, string>> {
  const devices = new Map<string, string>();
  const result = await bootMachine({
    image,
    devices: DEVICES,
    script: ["list"],
    limit: LIMIT,
    ...(signal && { signal }),
    onLine: (text) => {
      const line = parseTraceLine(text);
      if (line.kind === "device" && !devices.has(line.driver)) devices.set(line.driver, line.address);
    },
  });
  if (result.end !== "finished") throw notStarted(core, result.end, lastLines(result));
  return devices;
}

export interface FailedProbes {
  readonly acts: readonly Act[];
  /** Allocations at whose failure the guest died, or its time was over; 0 is before the first. */
  readonly deaths: readonly { readonly nth: number; readonly text: string }[];
  /** Every allocation of its probe was failed once. */
  readonly complete: boolean;
}

/**
 * Binds twice undisturbed, then with each allocation failing; after a death it goes on with the next allocation.
 * @param name the kernel's name of the driver
 * @param probe its function: only allocations that it makes fail
 */
export async function failEach(
  name: string,
  address: string,
  probe: string | undefined,
  places: Places,
  image: KernelImage,
  { signal }: Options,
): Promise<FailedProbes> {
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
      ...(signal && { signal }),
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
  const ranges = probe === undefined ? [] : places.ranges(probe);
  const range = ranges.length === 1 ? ranges[0] : undefined; // of two functions of that name, either may be it
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

/** The kernel's messages from the failed allocation to the end of its call trace. */
export function failureTrace(lines: readonly TraceLine[]): readonly string[] {
  const texts = lines.flatMap((line) => (line.kind === "message" ? [line.text] : []));
  const start = texts.findIndex((text) => text.includes("FAULT_INJECTION: forcing a failure"));
  if (start === -1) return [];
  const end = texts.findIndex((text, n) => n > start && text.includes("</TASK>"));
  return texts.slice(start, end === -1 ? undefined : end);
}
