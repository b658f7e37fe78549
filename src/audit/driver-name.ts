/** The name under which the kernel lists a pci_driver: what its initialiser says of `.name`. */

import type { CVariable } from "../c/source.js";
import { kbuildOf } from "../kernel/kbuild.js";
import type { Tree } from "../kernel/tree.js";
import { folderOf } from "./regions.js";

/** @returns undefined when the name is none of: a string, a macro of the same file that is one, KBUILD_MODNAME. */
export function driverNameOf(variable: CVariable, tree: Tree): string | undefined {
  if (variable.initial?.kind !== "initializer") return undefined;
  const value = variable.initial.items.find((item) => item.path[0] === "name")?.value;
  if (!value) return undefined;
  const { file } = variable;
  if (value.kind === "string") return quoted(file.text.slice(value.at));
  if (value.kind !== "name") return undefined;
  if (value.name === "KBUILD_MODNAME") return kbuildOf(tree).moduleOf(file.path)?.name.replaceAll("-", "_");
  const text = definitionIn(file.text, value.name);
  if (text !== undefined) return text;
  // a header beside it, as network drivers have it
  const folder = folderOf(file.path);
  for (const [, header] of file.text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)) {
    const found = definitionIn(tree.read(`${folder}${header}`)?.toString("latin1") ?? "", value.name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The string of `#define NAME "…"` or `char NAME[] = "…"`. */
function definitionIn(text: string, name: string): string | undefined {
  const match = new RegExp(
    `(?:#\\s*define\\s+${name}\\s+|\\b${name}\\s*\\[\\s*\\]\\s*=\\s*)("[^"\\n]*")`,
  ).exec(text);
  return match ? quoted(match[1]!) : undefined;
}

const quoted = (text: string) => /^"([^"\n]*)"/.exec(text)?.[1];
