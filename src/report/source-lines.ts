/** Lines of a tree's files, for reports that show or point into source. */
import type { Tree } from "../kernel/tree.js";

/** The text of a 1-based line, without its end; undefined when there is no such file or line. */
export type SourceLines = (file: string, line: number) => string | undefined;

/** Reads each file once, as latin1: columns are bytes, as gcc counts them. */
export function sourceLines(tree: Tree): SourceLines {
  const files = new Map<string, readonly string[]>();
  return (file, line) => {
    let lines = files.get(file);
    if (!lines) {
      lines = tree.read(file)?.toString("latin1").split(/\r?\n/) ?? [];
      files.set(file, lines);
    }
    return lines[line - 1];
  };
}
