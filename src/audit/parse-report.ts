/** How many of the functions that matter could be parsed, and which could not. */
import type { CFunction } from "../c/source.js";
import type { FoundDriver } from "./drivers.js";

export interface ParseFailure {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly why: string;
}

export interface ParseResult {
  readonly functions: number;
  readonly failed: readonly ParseFailure[];
}

/**
 * Of the functions that the drivers can reach and that matter.
 * @param mine which files to report on: threads share the work
 */
export function parseReport(found: readonly FoundDriver[], mine: (path: string) => boolean): ParseResult {
  const functions = new Set<CFunction>();
  for (const { reach } of found) for (const one of reach) if (mine(one.file.path)) functions.add(one);
  const failed: ParseFailure[] = [];
  for (const definition of functions) {
    const { file, name } = definition;
    const problem = file.body(definition).problems[0];
    if (problem)
      failed.push({
        file: file.path,
        line: file.lines.line(problem.at),
        function: name,
        why: problem.message,
      });
  }
  return { functions: functions.size, failed };
}
