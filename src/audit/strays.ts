/** Allocations that belong to no driver that was found: of these, a list of drivers would be silent. */
import type { ApiCall } from "./closure.js";
import type { LeftOut } from "./tree-index.js";

/** The files with such allocations, and which functions make them. */
export function strayFiles(strays: readonly ApiCall[]): LeftOut[] {
  const byFile = new Map<string, Set<string>>();
  for (const { api, within } of strays) {
    const { path } = within.file;
    const calls = byFile.get(path) ?? new Set();
    byFile.set(path, calls.add(`${within.name}() calls ${api}()`));
  }
  return [...byFile].map(([file, calls]) => ({
    file,
    why: `${[...calls].join(", ")}, and no pci_driver was found that reaches it`,
  }));
}
