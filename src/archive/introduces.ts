/** What a diff introduces: names that exist only after it. */
import type { FileDiff } from "../mail/diff.js";

const definition =
  /^(?:#\s*define\s+(\w+)|EXPORT_SYMBOL(?:_GPL|_NS|_NS_GPL)?\((\w+)|(?:[A-Za-z_][\w\s*]*[\s*])?(\w+)\s*\([^;]*$|(?:struct|enum|union)\s+(\w+)\s*\{)/;
const noNames = new Set([
  "if",
  "for",
  "while",
  "switch",
  "return",
  "sizeof",
  "defined",
  "else",
  "do",
  "case",
  "MODULE_LICENSE",
  "MODULE_AUTHOR",
]);

/** Functions, macros and types that are defined on added lines at the left margin, and not on removed ones. */
export function introducedNames(files: readonly FileDiff[]): readonly string[] {
  const added = new Set<string>();
  const removed = new Set<string>();
  for (const { hunks } of files)
    for (const { lines } of hunks)
      for (const line of lines) {
        if (line[0] !== "+" && line[0] !== "-") continue;
        const match = definition.exec(line.slice(1));
        const name = match && (match[1] ?? match[2] ?? match[3] ?? match[4]);
        if (name && !noNames.has(name)) (line[0] === "+" ? added : removed).add(name);
      }
  return [...added].filter((name) => !removed.has(name));
}
