/**
 * Functions that a header declares only with a symbol, though its other functions have stubs for those who build
 * without it. Nobody need use the function yet for that to be wrong: the next user breaks the build for others.
 * So a probe uses it, in both configurations.
 */
import { createHash } from "node:crypto";
import { type Conditional, conditionalsIn, declaredIn } from "./conditions.js";
import type { Probe } from "./job.js";

/** What a commit does to a header. */
export interface HeaderChange {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string;
  /** Lines of `after` that are new, and lines of `before` that are gone; 1-based. */
  readonly added: readonly number[];
  readonly removed: readonly number[];
}

/** A function to try to use where the symbols are off, or on. */
export interface Suspect {
  readonly name: string;
  readonly line: number;
  readonly symbols: readonly string[];
}

/**
 * Headers that must hold without these symbols whatever is changed in them: what they declare for them is spread
 * over the file.
 */
const ALWAYS: Readonly<Record<string, readonly string[]>> = { "include/linux/pci.h": ["PCI_MSI"] };

/** The symbols that decide what of the change is seen; the header is to be compiled without each. */
export function symbolsTouched(change: HeaderChange): readonly string[] {
  const around = (text: string, lines: readonly number[]) =>
    conditionalsIn(text)
      .filter((one) => lines.some((line) => line >= one.start && line <= one.end))
      .flatMap(({ symbols }) => symbols);
  return [
    ...new Set([
      ...around(change.after, change.added),
      ...around(change.before ?? "", change.removed),
      ...(ALWAYS[change.path] ?? []),
    ]),
  ];
}

/** Functions that the change declares, or stops to declare, in a conditional whose branches mirror each other. */
export function suspects(change: HeaderChange): readonly Suspect[] {
  const gone = new Set(
    change.removed.flatMap((line) => [...declaredIn(change.before ?? "", line, line).keys()]),
  );
  const found = new Map<string, Suspect>();
  for (const conditional of conditionalsIn(change.after)) {
    const branches = branchesOf(change.after, conditional);
    if (!branches || ![...branches[0].keys()].some((name) => branches[1].has(name))) continue;
    for (const [name, line] of [...branches[0], ...branches[1]]) {
      if (!change.added.includes(line) && !gone.has(name)) continue;
      const inner = found.get(name); // conditionals nest: each of their symbols decides
      const symbols = [...new Set([...(inner?.symbols ?? []), ...conditional.symbols])];
      found.set(name, { name, line: inner?.line ?? line, symbols });
    }
  }
  return [...found.values()];
}

function branchesOf(text: string, { start, otherwise, end }: Conditional) {
  if (!otherwise) return undefined;
  return [declaredIn(text, start, otherwise), declaredIn(text, otherwise, end)] as const;
}

/** A C file that uses what a header should declare. A macro of that name will do too. */
export function probeOf(header: string, names: readonly string[]): Probe {
  const included = header.replace(/^(arch\/\w+\/)?include\/(uapi\/)?/, "");
  const uses = names.map((name) => `#ifndef ${name}\n\t(void *)${name},\n#endif\n`).join("");
  const text = `#include <linux/module.h>\n#include <${included}>\n\nconst void *const treewide_probe[] = {\n${uses}\t(void *)0\n};\n`;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  return { name: `${header.replace(/\.h$/, "").replace(/\W+/g, "-")}-${hash}`, text };
}

/** Names that a failed probe could not find. */
export function undeclaredIn(output: string): readonly string[] {
  return [...new Set([...output.matchAll(/error: .(\w+). undeclared/g)].map((match) => match[1]!))];
}
