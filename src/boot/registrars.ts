/**
 * Whose code registers a driver that a function fills in: mlxsw_pci_driver_register() gives its probe to any pci_driver,
 * and mlxsw_spectrum calls it. Without that module in the kernel there is no such driver.
 */
import type { FoundDriver } from "../audit/drivers.js";
import { folderOf } from "../audit/regions.js";
import { kbuildOf } from "../kernel/kbuild.js";
import type { Tree } from "../kernel/tree.js";

/** For the C files of such drivers: a file beside each, of a module, that calls the function. */
export function registrarsOf(found: readonly FoundDriver[], tree: Tree): ReadonlyMap<string, string> {
  const registrars = new Map<string, string>();
  for (const { variable } of found) {
    const { file, name } = variable;
    if (!file.functions.has(name) || !file.exports.has(name)) continue;
    const registrar = callerBeside(file.path, name, tree);
    if (registrar !== undefined) registrars.set(file.path, registrar);
  }
  return registrars;
}

function callerBeside(path: string, name: string, tree: Tree): string | undefined {
  const call = new RegExp(`\\b${name}\\s*\\(`);
  return tree
    .list([folderOf(path).slice(0, -1)], [".c"])
    .map((other) => other.path)
    .find(
      (other) =>
        other !== path &&
        call.test(tree.read(other)?.toString("latin1") ?? "") &&
        kbuildOf(tree).moduleOf(other) !== undefined,
    );
}
