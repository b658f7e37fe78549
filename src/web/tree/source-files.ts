/** Files of a tree for pages: lines, and where functions begin and end. Those read last are kept. */
import { SourceFile } from "../../c/source.js";
import { isInside } from "../../kernel/source.js";
import type { Tree } from "../../kernel/tree.js";

export interface Piece {
  /** 1-based, both in the piece. */
  readonly from: number;
  readonly to: number;
}

export interface SourceText {
  readonly path: string;
  readonly lines: readonly string[];
  /** In the order of the file. */
  readonly functions: readonly Piece[];
}

/** Larger files are data, and shown without functions (characters). */
const maxParsed = 2_000_000;
/** Files that are kept. */
const maxKept = 64;

export class SourceFiles {
  private readonly kept = new Map<string, SourceText>();

  constructor(private readonly tree: Tree) {}

  /** A file's text as UTF-8; undefined when there is none, or it is not inside the tree after links are resolved. */
  read(path: string): SourceText | undefined {
    const known = this.kept.get(path);
    if (known) return known;
    const text = isInside(path) ? this.tree.read(path)?.toString("utf8") : undefined;
    if (text === undefined) return undefined;
    const file = { path, lines: text.split(/\r?\n/), functions: functionsOf(path, text) };
    const [oldest] = this.kept.keys();
    if (this.kept.size >= maxKept && oldest !== undefined) this.kept.delete(oldest);
    this.kept.set(path, file);
    return file;
  }
}

function functionsOf(path: string, text: string): Piece[] {
  if (!/\.[ch]$/.test(path) || text.length > maxParsed) return [];
  const file = new SourceFile(path, text);
  const { starts } = file.tokens;
  return [...file.functions.values()]
    .flat()
    .map(({ at, close }) => ({ from: headOf(file, at), to: file.lines.line(starts[close]!) }))
    .sort((a, b) => a.from - b.from);
}

/** A function's first line: that of its name, or the one before when its type has a line of its own. */
function headOf({ text, lines }: SourceFile, at: number): number {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const line = lines.line(at);
  return start === at && line > 1 ? line - 1 : line;
}
