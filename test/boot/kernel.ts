/** What tests that boot a kernel need, and why they cannot run where it is missing. */
import { existsSync } from "node:fs";
import { cacheFolder } from "../../src/base/files.js";
import { missingPackages } from "../../src/boot/tools.js";

/** The kernel tree: TREEWIDE_TREE, or the one that `make demo` keeps in the cache. */
export const tree = process.env.TREEWIDE_TREE ?? cacheFolder("trees", "linux-source-7.3");

/** The thread whose core patches are booted. */
export { seedThread as thread } from "../data.js";

/** Why no kernel can be booted here, or undefined when one can. */
export async function whyNot(): Promise<string | undefined> {
  if (!existsSync(tree))
    return `no kernel tree at ${tree}: get one with \`treewide tree get 7.3\`, or set TREEWIDE_TREE`;
  const missing = await missingPackages();
  return missing.length > 0 ? `missing: apt-get install ${missing.join(" ")}` : undefined;
}
