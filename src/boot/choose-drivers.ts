/** The drivers that a user names, among those that the audit finds in a tree. */
import type { FoundDriver } from "../audit/drivers.js";
import { matchingDriver } from "../audit/worker-protocol.js";
import { KnownError } from "../base/errors.js";
import type { Tree } from "../kernel/tree.js";
import { driverNameOf } from "./driver-name.js";

/** What a name stands for. */
export interface ChosenDriver {
  /** A C file of the tree. */
  readonly file: string;
  /** Undefined: the file has no pci_driver that allocates vectors. */
  readonly found?: FoundDriver;
}

/**
 * Each driver once, in the order of the names.
 * @param names each a C file of the tree, the kernel's name of a pci_driver ("ahci"), the name of its variable or of
 *   its file, or a glob of files and variables.
 * @throws KnownError for a name that is none of these.
 */
export function chooseDrivers(
  names: readonly string[],
  found: readonly FoundDriver[],
  tree: Tree,
): readonly ChosenDriver[] {
  const chosen = new Map<unknown, ChosenDriver>();
  for (const name of names) {
    const drivers = named(name.replace(/^\.\//, ""), found, tree);
    if (drivers.length === 0) chosen.set(name, { file: fileOf(name, tree) });
    for (const one of drivers) chosen.set(one.variable, { file: one.variable.file.path, found: one });
  }
  return [...chosen.values()];
}

function named(name: string, found: readonly FoundDriver[], tree: Tree): readonly FoundDriver[] {
  const drivers = found.filter(matchingDriver(name));
  if (drivers.length > 0 || name.includes("/")) return drivers;
  return found.filter(
    ({ variable }) =>
      variable.name.replace(/(_pci)?_driver$/, "") === name ||
      variable.file.path.endsWith(`/${name}.c`) ||
      driverNameOf(variable, tree) === name,
  );
}

function fileOf(name: string, tree: Tree): string {
  if (name.endsWith(".c") && tree.exists(name)) return name;
  throw new KnownError(
    `--driver ${name}: no driver of that name allocates IRQ vectors in ${tree.root}`,
    "`treewide audit` lists the drivers that do; name one by its file, by its name in the kernel, or several by a glob",
  );
}
