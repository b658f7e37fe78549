/**
 * The drivers of a kernel that runs, by its own list: what the sources call a driver may be a macro, the module's name,
 * or what a registering function is given, and where its code is the kernel knows.
 */
import type { FoundDriver } from "../audit/drivers.js";
import { folderOf } from "../audit/regions.js";
import type { CFunction } from "../c/source.js";
import type { AddressRange, Places } from "./places.js";
import type { TraceLine } from "./trace.js";

/** A pci_driver on the kernel's list, with the C file of its probe function. */
export interface RegisteredDriver {
  readonly name: string;
  readonly probe: string;
  readonly variable: string;
  readonly file: string | undefined;
}

/** What the guest's console says of the list. */
export async function registeredDrivers(
  lines: readonly TraceLine[],
  places: Places,
): Promise<readonly RegisteredDriver[]> {
  const drivers = lines.flatMap((line) => (line.kind === "driver" ? [line] : []));
  const files = await places.lines(drivers.map(({ address }) => address));
  return drivers.map(({ name, probe, variable, address }) => ({
    name,
    probe,
    variable,
    file: files.get(address)?.at(-1)?.file,
  }));
}

/**
 * The kernel's name of a driver: of those with its probe function the one whose variable is called so; where a function
 * fills the driver in, or the compiler has the two of one name elsewhere, the only one.
 */
export function nameInKernel(
  { variable, code }: Pick<FoundDriver, "variable" | "code">,
  registered: readonly RegisteredDriver[],
): string | undefined {
  const probes = registered.filter((one) =>
    code.probe.some(
      ({ name, file }) => one.probe === name && (one.file === undefined || one.file === file.path),
    ),
  );
  const called = probes.filter((one) => one.variable === variable.name);
  return (called[0] ?? probes[0])?.name;
}

/**
 * Where a driver's code is in the kernel: from the first to the last of the functions of its folder that it can reach.
 * Of two functions of one name in the kernel either may be it; they are left out.
 */
export function codeOf({ variable, code, reach }: FoundDriver, places: Places): AddressRange | undefined {
  const folder = folderOf(variable.file.path);
  const own = [
    ...reach,
    ...code.probe,
    ...code.remove,
    ...code.callbacks.map(({ definition }) => definition),
  ];
  const ranges = own
    .filter(({ file }: CFunction) => folderOf(file.path) === folder)
    .flatMap(({ name }) => {
      const all = places.ranges(name);
      return all.length === 1 ? all : [];
    })
    .sort((a, b) => (a.start < b.start ? -1 : 1));
  const [first] = ranges;
  const last = ranges.at(-1);
  return first && last && { start: first.start, end: last.end };
}
