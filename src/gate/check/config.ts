/** Makes a .config out of tree, and keeps it for as long as what it came from stays. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, writeFileAtomic } from "../../base/files.js";
import type { Architecture } from "./architecture.js";
import type { Configuration } from "./job.js";

/**
 * On top of every configuration. Warnings must stay warnings to be compared with the parent's, objects must be the
 * same on all machines, and headers for user space need not be installed, as no object wants them.
 */
const ALWAYS: readonly (readonly [string, "y" | "n"])[] = [
  ["WERROR", "n"],
  ["DRM_WERROR", "n"],
  ["X86_NATIVE_CPU", "n"],
  ["UAPI_HEADER_TEST", "n"],
  ["HEADERS_INSTALL", "n"],
];

/** Whether make succeeded. */
export type Make = (args: readonly string[], task: string) => Promise<boolean>;

/**
 * Makes the configuration in a folder, unless the one that is there came from the same Kconfig files and compiler.
 * @param origin names the state of the Kconfig files and the compiler.
 * @returns the symbols that are on, with CONFIG_; or why the configuration cannot be had.
 */
export async function configure(
  objects: string,
  { set }: Configuration,
  architecture: Architecture,
  origin: string,
  make: Make,
): Promise<ReadonlySet<string> | string> {
  const wanted = [...ALWAYS, ...(architecture.set ?? []), ...set];
  const lines = wanted.map(([symbol, value]) =>
    value === "y" ? `CONFIG_${symbol}=y` : `# CONFIG_${symbol} is not set`,
  );
  const text = `${lines.join("\n")}\n`;
  const stamp = createHash("sha256").update(`${origin}\n${text}`).digest("hex");
  const [config, stampFile] = [join(objects, ".config"), join(objects, "treewide.stamp")];
  if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== stamp || !existsSync(config)) {
    makeFolder(objects);
    rmSync(stampFile, { force: true });
    const fragment = join(objects, "treewide.fragment");
    writeFileAtomic(fragment, text);
    if (!(await make([`KCONFIG_ALLCONFIG=${fragment}`, "allmodconfig"], "configuring")))
      return "make allmodconfig fails";
    writeFileAtomic(stampFile, stamp);
  }
  const on = new Set(
    [...readFileSync(config, "utf8").matchAll(/^(CONFIG_\w+)=[ym]$/gm)].map((match) => match[1]!),
  );
  const broken = set.find(([symbol, value]) => on.has(`CONFIG_${symbol}`) !== (value === "y"));
  if (!broken) return on;
  return `the tree's make leaves CONFIG_${broken[0]} ${broken[1] === "y" ? "off" : "on"}`;
}
