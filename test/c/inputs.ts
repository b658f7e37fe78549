/**
 * C inputs that carry what must be seen in them. `/* expect: text *\/` on a line: the flow graph has a node of that
 * text on that line, as `treewide dump --flow` prints it; `/* expect-problem *\/`: the body cannot be parsed there.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SourceFile } from "../../src/c/source.js";
import { dump } from "../../src/report/dump.js";

const folder = join(import.meta.dirname, "inputs");

export const inputNames = readdirSync(folder).sort();

export function readInput(name: string): SourceFile {
  return new SourceFile(name, readFileSync(join(folder, name), "latin1"));
}

export function parse(text: string): SourceFile {
  return new SourceFile("input.c", text);
}

/** "line: text" of every mark. */
export function marks(file: SourceFile): string[] {
  return file.text
    .split("\n")
    .flatMap((line, i) =>
      [...line.matchAll(/\/\* expect: (.*?) \*\//g)].map((match) => `${i + 1}: ${match[1]}`),
    );
}

/** "line: text" of every node of every function's flow, without where it leads. */
export function nodes(file: SourceFile): string[] {
  return dump(file, "flow", undefined)
    .split("\n")
    .flatMap((line) => {
      const match = /^ *(\d+) +\d+ {2}(.*?)(?: {2}(?:→|yes|\().*)?$/.exec(line);
      return match ? [`${match[1]}: ${match[2]}`] : [];
    });
}

/** Problems of all bodies, as "line: message". */
export function problems(file: SourceFile): string[] {
  return [...file.functions.values()]
    .flat()
    .flatMap((f) => file.body(f).problems.map((p) => `${file.lines.line(p.at)}: ${p.message}`));
}
