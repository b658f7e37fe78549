/** What one executor knows of each cell, by its number: worked out once, asked at every step. */
import type { SourceFile } from "../c/source.js";
import { cellName, fieldOf, wordOf } from "./cell-names.js";
import { type Content, derive, derived, Operation } from "./content.js";
import type { Mask, Masks } from "./mask.js";
import type { Program } from "./program.js";
import type { Store } from "./store.js";
import { unknown, type Value, zero } from "./value.js";

/** Whose versions are told apart by a number: no two executors share one. */
let nextVersion = 1;

export class CellFacts {
  private readonly kept: (boolean | undefined)[] = [];
  private readonly vital: (boolean | undefined)[] = [];
  private readonly subjects: (number | undefined)[] = [];
  private readonly subjectNumbers = new Map<string, number>();
  private readonly untouchedValues: (Value | undefined)[] = [];
  /** The cells that are zero when nothing was put into them, and that may be forgotten. */
  private readonly zeroes: number[] = [];
  private version = nextVersion++;

  constructor(
    private readonly program: Program,
    private readonly keepsCell: (name: string) => boolean,
  ) {}

  /** Whether a cell's value may decide a path. */
  keeps(cell: number): boolean {
    let kept = this.kept[cell];
    if (kept === undefined) {
      const name = cellName(cell);
      kept = this.keepsCell(name) || name.includes("@") || this.program.observed(subject(name));
      this.kept[cell] = kept;
    }
    return kept;
  }

  /** Whether a cell is one of those that a mask names, or counts always: the subject's own, or a local. */
  counts(cell: number, mask: Mask): boolean {
    const number = this.subjectOf(cell);
    return number === -1 || mask.has(number);
  }

  /** A mask and, beside it, the cells whose values are tied to a call: these are not set aside when another is made. */
  withTied(mask: Mask, content: Content, masks: Masks): Mask {
    if (content.tied === 0) return mask;
    let { bits } = mask;
    for (let i = 0; i < content.cells.length; i++) {
      const number = content.values[i]!.origin === undefined ? -1 : this.subjectOf(content.cells[i]!);
      if (number !== -1) bits |= 1n << BigInt(number);
    }
    return masks.of(bits);
  }

  /** The number of what a cell is about; -1 when the cell counts always. */
  private subjectOf(cell: number): number {
    let number = this.subjects[cell];
    if (number === undefined) {
      const name = cellName(cell);
      number = this.keepsCell(name) || isLocal(cell) ? -1 : this.subjectNumber(fieldOf(wordOf(name)));
      this.subjects[cell] = number;
    }
    return number;
  }

  /** The number of a field, a global or a predicate, of which masks are made. */
  subjectNumber(name: string): number {
    let number = this.subjectNumbers.get(name);
    if (number === undefined) {
      number = this.subjectNumbers.size;
      this.subjectNumbers.set(name, number);
    }
    return number;
  }

  /** The value of a cell that nothing was put into: zero, or not known. */
  untouched(cell: number, file: SourceFile): Value {
    return this.untouchedValues[cell] ?? this.firstTouched(cell, file);
  }

  private firstTouched(cell: number, file: SourceFile): Value {
    const name = cellName(cell);
    const about = subject(name);
    const holder = name.slice(0, Math.max(0, name.indexOf(about) - 1));
    const value = this.keeps(cell) && this.program.zeroed(holder, about, file) ? zero : unknown;
    this.untouchedValues[cell] = value;
    if (value === zero && !this.program.vital(about)) {
      this.zeroes.push(cell);
      this.version = nextVersion++;
    }
    return value;
  }

  /** What a cell means that is not in a store; undefined where nothing can be said. */
  readonly absent = (cell: number): Value | undefined =>
    this.keepsCell(cellName(cell)) ? undefined : (this.untouchedValues[cell] ?? unknown);

  /** Forgets what a cell of the heap holds. */
  forget(cells: Store, cell: number, file: SourceFile): void {
    if (this.untouched(cell, file) === zero) cells.put(cell, unknown);
    else cells.drop(cell);
  }

  /** What is left of a content when what nobody looks at any more is forgotten. */
  settled(content: Content, live: Mask): Content {
    return derived(content, Operation.settle, live.id) ?? this.settle(content, live);
  }

  private settle(content: Content, live: Mask): Content {
    const left = content.filtered((cell) => this.counts(cell, live));
    return derive(content, Operation.settle, live.id, left);
  }

  /** What is left of a content when the driver's own fields are forgotten; the subject's cells stay. */
  coarsened(content: Content): Content {
    const { version } = this;
    return (
      derived(content, Operation.coarsen, version) ??
      derive(content, Operation.coarsen, version, this.coarse(content))
    );
  }

  private coarse(content: Content): Content {
    let coarse = content;
    for (const cell of this.zeroes) coarse = coarse.set(cell, unknown);
    return coarse.filtered((cell) => this.untouchedValues[cell] === zero || this.isVital(cell));
  }

  private isVital(cell: number): boolean {
    let vital = this.vital[cell];
    if (vital === undefined) {
      const name = cellName(cell);
      vital = this.keepsCell(name) || this.program.vital(subject(name));
      this.vital[cell] = vital;
    }
    return vital;
  }
}

/** Whether a cell is a local whose address was taken. */
export function isLocal(cell: number): boolean {
  return cellName(cell).includes("@");
}

/** What a cell is about: a field, a global, a predicate, or a bit of a word, `flags&BIT`. */
function subject(name: string): string {
  const mask = name.indexOf("&");
  return mask === -1 ? fieldOf(name) : fieldOf(name.slice(0, mask)) + name.slice(mask);
}
