/**
 * Patches that build on another patch of their series: whoever maintains a new function sees its users too, as the
 * PCI maintainers did in the series of February 2026.
 */
import type { PatchFacts } from "./route-patch.js";

/**
 * The functions and function-like macros that a patch's added lines declare or define. The kernel's style begins
 * them in the first column; statements are indented.
 */
function introduced(patch: PatchFacts): Set<string> {
  const names = new Set<string>();
  for (const line of patch.diff) {
    const macro = /^\+#\s*define\s+(\w+)\(/.exec(line);
    const declared = /^\+[A-Za-z_][\w\s*]*?[\s*](\w+)\(/.exec(line) ?? /^\+(\w+)\(/.exec(line);
    const name = macro?.[1] ?? declared?.[1];
    if (name) names.add(name);
  }
  return names;
}

/** The lines removed count too: a function only moved or changed is not new. */
function alreadyThere(patch: PatchFacts): Set<string> {
  return new Set(
    patch.diff
      .filter((line) => !line.startsWith("+"))
      .flatMap((line) => [...line.matchAll(/\b(\w+)\(/g)].map((match) => match[1]!)),
  );
}

/** For each patch the indices of earlier patches that introduce a function which its added lines call. */
export function buildsOn(patches: readonly PatchFacts[]): number[][] {
  const home = new Map<string, number>();
  return patches.map((patch, index) => {
    const used = new Set<number>();
    for (const line of patch.diff) {
      if (!line.startsWith("+")) continue;
      for (const [, name] of line.matchAll(/\b(\w+)\(/g)) {
        const from = home.get(name!);
        if (from !== undefined) used.add(from);
      }
    }
    const old = alreadyThere(patch);
    for (const name of introduced(patch)) if (!home.has(name) && !old.has(name)) home.set(name, index);
    return [...used];
  });
}
