/** The drivers that a user names, in each of the ways in which people call one: the same for every command. */
import picomatch from "picomatch";
import { KnownError } from "../base/errors.js";
import type { Tree } from "../kernel/tree.js";
import { driverNameOf } from "./driver-name.js";
import type { FoundDriver } from "./drivers.js";

/** What a user asked for. */
export interface DriverNames {
  /** Each as `driversNamed` takes it; they add up. */
  readonly names: readonly string[];
  /** Whether a part of a file's or a variable's name will do, too, where it names nothing as a whole. */
  readonly parts?: boolean;
}

/**
 * The drivers that one name stands for; none when it means nothing. The first of these that finds any:
 * - a path from the tree's root, of the pci_driver or of an allocation; a folder of them, with or without a slash at its
 *   end; the last part of a path; the name of a pci_driver's variable; or a glob of any of these;
 * - the kernel's name of the driver ("ahci"), its variable without "_driver" or "_pci_driver", or a file without ".c";
 * - a module's name, "-" and "_" being the same in it, as for modprobe(8);
 * - with `parts`, a part of what the first takes.
 */
export function driversNamed(
  name: string,
  found: readonly FoundDriver[],
  tree: Tree,
  parts = false,
): readonly FoundDriver[] {
  const ways: ((driver: FoundDriver) => boolean)[] = [matching(name)];
  if (!name.includes("/")) {
    ways.push((driver) => isCalled(name, driver, tree));
    ways.push(({ modules }) => modules.some((module) => underscored(module.name) === underscored(name)));
    if (parts) ways.push(matching(`*${name}*`));
  }
  for (const way of ways) {
    const drivers = found.filter(way);
    if (drivers.length > 0) return drivers;
  }
  return [];
}

/** Whether a path is what a name stands for: the path, a folder above it, without a slash its last part, or a glob. */
export function namesPath(name: string): (path: string) => boolean {
  const plain = name.replace(/^(\.\/+)+(?=[^/])/, "");
  const folder = plain.replace(/\/+$/, "");
  const matches = picomatch(folder === plain ? plain : `${folder}/**`, { basename: !plain.includes("/") });
  return (path) => matches(path) || path.startsWith(`${folder}/`);
}

/** Whether one of a driver's files, or its variable, has a name: "ahci" is drivers/ata/ahci.c, and ahci_pci_driver. */
export function isShortFor(name: string, known: string): boolean {
  const last = known.slice(known.lastIndexOf("/") + 1);
  return [known, last, last.replace(/\.c$/, ""), last.replace(/(_pci)?_driver$/, "")].includes(name);
}

/** @param where the tree, or trees, that were looked at */
export function noSuchDriver(name: string, where: string): KnownError {
  return new KnownError(
    `${name}: no driver of that name allocates IRQ vectors in ${where}`,
    "`treewide audit` lists those that do. Name one by its file, its pci_driver, its module or its name in the\n  kernel; several by a folder, or by a glob of paths from the tree's root",
  );
}

function matching(name: string): (driver: FoundDriver) => boolean {
  const matches = namesPath(name);
  return (driver) => matches(driver.variable.name) || filesOf(driver).some(matches);
}

function isCalled(name: string, driver: FoundDriver, tree: Tree): boolean {
  const { variable } = driver;
  return (
    isShortFor(name, variable.name) ||
    filesOf(driver).some((path) => isShortFor(name, path)) ||
    driverNameOf(variable, tree) === name
  );
}

function filesOf({ variable, allocations }: FoundDriver): readonly string[] {
  return [variable.file.path, ...allocations.map(({ within }) => within.file.path)];
}

const underscored = (name: string) => name.replaceAll("-", "_");
