/** The drivers that a user names, among those that the audit finds in a tree. */
import type { FoundDriver } from "../audit/drivers.js";
import { driversNamed, noSuchDriver } from "../audit/named-drivers.js";
import type { Tree } from "../kernel/tree.js";

/** What a name stands for. */
export interface ChosenDriver {
  /** A C file of the tree. */
  readonly file: string;
  /** Undefined: the file has no pci_driver that allocates vectors. */
  readonly found?: FoundDriver;
}

/**
 * Each driver once, in the order of the names.
 * @param names each as `driversNamed` takes it, or a C file of the tree
 * @throws KnownError for a name that is none of these.
 */
export function chooseDrivers(
  names: readonly string[],
  found: readonly FoundDriver[],
  tree: Tree,
): readonly ChosenDriver[] {
  const chosen = new Map<unknown, ChosenDriver>();
  for (const name of names) {
    const drivers = driversNamed(name, found, tree);
    if (drivers.length === 0) chosen.set(name, { file: fileOf(name, tree) });
    for (const one of drivers) chosen.set(one.variable, { file: one.variable.file.path, found: one });
  }
  return [...chosen.values()];
}

function fileOf(name: string, tree: Tree): string {
  const path = name.replace(/^\.\//, "");
  if (path.endsWith(".c") && tree.exists(path)) return path;
  throw noSuchDriver(`--driver ${name}`, tree.root);
}
