/** A place in a source file. Lines and columns are 1-based, as compilers print them. */
export interface Position {
  /** Path relative to the tree's root, with forward slashes. */
  readonly file: string;
  readonly line: number;
}

/** Maps byte or character offsets of one text to lines. */
export class LineIndex {
  private readonly starts: Uint32Array;

  constructor(text: string) {
    let count = 1;
    for (let i = text.indexOf("\n"); i !== -1; i = text.indexOf("\n", i + 1)) count++;
    this.starts = new Uint32Array(count);
    let n = 1;
    for (let i = text.indexOf("\n"); i !== -1; i = text.indexOf("\n", i + 1)) this.starts[n++] = i + 1;
  }

  /** The 1-based line that holds `offset`. */
  line(offset: number): number {
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  /** The 1-based column of `offset` in its line. */
  column(offset: number): number {
    return offset - this.starts[this.line(offset) - 1]! + 1;
  }
}
