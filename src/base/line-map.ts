/**
 * Which line of one text is which of another version of it. Lines that are in both once are what the two have in
 * common, wherever they moved; any other is where its distance from the one above says.
 */
export class LineMap {
  /** Old and new numbers, 1-based, of the lines in common: by the old one, and by the new one. */
  private readonly byOld: readonly Common[];
  private readonly byNew: readonly Common[];

  private readonly isSame: boolean;

  /** Of two texts that are equal each line is itself. */
  constructor(before: string, after: string) {
    this.isSame = before === after;
    const old = this.isSame ? new Map<string, number>() : onlyOnce(before);
    const now = this.isSame ? new Map<string, number>() : onlyOnce(after);
    this.byOld = [...old].flatMap(([text, line]) =>
      now.has(text) ? [{ old: line, now: now.get(text)! }] : [],
    );
    this.byNew = [...this.byOld].sort((a, b) => a.now - b.now);
  }

  /** The line of the new text in whose place an old one stands. */
  line(old: number): number {
    const above = lastUpTo(this.byOld, old, "old");
    return above ? above.now + old - above.old : old;
  }

  /** Whether an old and a new line have the same line in common above them, or are it: the one was rewritten as the other. */
  isRewritten(old: number, now: number): boolean {
    if (this.isSame) return old === now;
    const above = lastUpTo(this.byOld, old, "old");
    return above === lastUpTo(this.byNew, now, "now") && (above?.old === old) === (above?.now === now);
  }
}

interface Common {
  readonly old: number;
  readonly now: number;
}

function lastUpTo(list: readonly Common[], line: number, side: keyof Common): Common | undefined {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]![side] <= line) low = middle + 1;
    else high = middle;
  }
  return list[low - 1];
}

/** The lines that a text has once, without their indentation, and their numbers. */
function onlyOnce(text: string): Map<string, number> {
  const lines = new Map<string, number>();
  const twice = new Set<string>();
  for (const [i, line] of text.split("\n").entries()) {
    const trimmed = line.trim();
    if (lines.has(trimmed)) twice.add(trimmed);
    else lines.set(trimmed, i + 1);
  }
  for (const line of twice) lines.delete(line);
  return lines;
}
