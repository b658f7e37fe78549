/**
 * Patches that build on another patch of their series: whoever maintains a new function sees its users too, as the
 * PCI maintainers did in the series of February 2026.
 */
import type { PatchFacts } from "./route-patch.js";

/**
 * The functions and function-like macros that added lines declare or define. The kernel's style begins them in the
 * first column; statements are indented.
 */
function introduced(lines: readonly string[]): Set<string> {
  const names = new Set<string>();
  for (const line of lines) {
    const macro = /^\+#\s*define\s+(\w+)\(/.exec(line);
    const declared = /^\+[A-Za-z_][\w\s*]*?[\s*](\w+)\(/.exec(line) ?? /^\+(\w+)\(/.exec(line);
    const name = macro?.[1] ?? declared?.[1];
    if (name) names.add(name);
  }
  return names;
}

/** The lines removed count too: a function only moved or changed is not new. */
function alreadyThere(patch: PatchFacts): Set<string> {
  return new Set(patch.diff.filter((line) => !line.startsWith("+")).flatMap(called));
}

const called = (line: string) => [...line.matchAll(/\b(\w+)\(/g)].map((match) => match[1]!);

/**
 * For each patch the files in which earlier patches introduce functions that its added lines call. It is these
 * files' maintainers who are to see the use, not those of the documentation that the earlier patch touches as well.
 */
export function buildsOn(patches: readonly PatchFacts[]): string[][] {
  const home = new Map<string, Set<string>>();
  return patches.map((patch) => {
    const files = patch.diff
      .filter((line) => line.startsWith("+"))
      .flatMap(called)
      .flatMap((name) => [...(home.get(name) ?? [])]);
    const [before, old] = [new Set(home.keys()), alreadyThere(patch)];
    for (const [file, lines] of patch.changes)
      for (const name of introduced(lines))
        if (!before.has(name) && !old.has(name)) home.set(name, (home.get(name) ?? new Set()).add(file));
    return [...new Set(files)];
  });
}
