/**
 * What a store holds at one moment. It never changes, and equal contents are one object as far as memory allows: so
 * that a copy of a state costs nothing, and what was derived from a content once (another cell set, dead cells
 * dropped) is found again, not made again. Paths do the same few things to the same few contents over and over.
 */
import type { Aside } from "./aside.js";
import { wordCell } from "./cell-names.js";
import { mix } from "./hash.js";
import { isPartOf, type Value } from "./value.js";

let nextId = 1;

export class Content {
  readonly id = nextId++;
  /** The next content in its row of the table. */
  sibling: Content | undefined;
  /** What was set aside of it for calls (aside.ts), by the mask of what they touch. */
  asides: Map<number, Aside> | undefined;
  /** A bit for each cell's number modulo 32: most questions are about cells that are not there. */
  private readonly filter: number;

  constructor(
    /** Numbers of cells, ascending, and the values in the same order. */
    readonly cells: readonly number[],
    readonly values: readonly Value[],
    /** Two hashes: sums over the cells, so that they follow a change. */
    readonly low: number,
    readonly high: number,
    /** How many cells hold bits of a word. */
    readonly bits: number,
    /** How many values are tied to the call they came from. */
    readonly tied: number,
  ) {
    let filter = 0;
    for (const cell of cells) filter |= 1 << cell;
    this.filter = filter;
  }

  get(cell: number): Value | undefined {
    if ((this.filter & (1 << cell)) === 0) return undefined;
    const { cells } = this;
    for (let i = 0; i < cells.length; i++) if (cells[i] === cell) return this.values[i];
    return undefined;
  }

  set(cell: number, value: Value): Content {
    const old = this.get(cell);
    if (old === value) return this;
    return derived(this, cell, value.id) ?? derive(this, cell, value.id, this.with(cell, old, value));
  }

  delete(cell: number): Content {
    const old = this.get(cell);
    if (old === undefined) return this;
    return derived(this, cell, 0) ?? derive(this, cell, 0, this.without(cell, old));
  }

  /** Keeps the cells that pass. */
  filtered(keep: (cell: number, value: Value) => boolean): Content {
    const { cells, values } = this;
    let { low, high, bits, tied } = this;
    let kept = 0;
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!;
      const value = values[i]!;
      if (keep(cell, value)) kept = draft(kept, cell, value);
      else {
        low = (low - lowOf(cell, value)) | 0;
        high = (high - highOf(cell, value)) | 0;
        bits -= isBit(cell);
        tied -= isTied(value);
      }
    }
    return kept === cells.length ? this : drafted(kept, low, high, bits, tied);
  }

  /**
   * Whether what is known here holds in another content too: then all that can come of that one can come of this.
   * @param absent what a cell means that is not there; undefined when it is known in both or covers nothing
   */
  covers(other: Content, absent: (cell: number) => Value | undefined): boolean {
    if (this === other) return true;
    const mine = this.cells;
    const theirs = other.cells;
    let i = 0;
    let j = 0;
    while (i < mine.length || j < theirs.length) {
      const a = i < mine.length ? mine[i]! : Number.POSITIVE_INFINITY;
      const b = j < theirs.length ? theirs[j]! : Number.POSITIVE_INFINITY;
      const whole = a <= b ? this.values[i++] : absent(b);
      const part = b <= a ? other.values[j++] : absent(a);
      if (!whole || !part || !isPartOf(part, whole)) return false;
    }
    return true;
  }

  private with(cell: number, old: Value | undefined, value: Value): Content {
    const { cells, values } = this;
    let length = 0;
    let i = 0;
    for (; i < cells.length && cells[i]! < cell; i++) length = draft(length, cells[i]!, values[i]!);
    length = draft(length, cell, value);
    if (old) i++;
    for (; i < cells.length; i++) length = draft(length, cells[i]!, values[i]!);
    return drafted(
      length,
      (this.low + lowOf(cell, value) - (old ? lowOf(cell, old) : 0)) | 0,
      (this.high + highOf(cell, value) - (old ? highOf(cell, old) : 0)) | 0,
      this.bits + (old ? 0 : isBit(cell)),
      this.tied + isTied(value) - (old ? isTied(old) : 0),
    );
  }

  private without(cell: number, old: Value): Content {
    const { cells, values } = this;
    let length = 0;
    for (let i = 0; i < cells.length; i++)
      if (cells[i] !== cell) length = draft(length, cells[i]!, values[i]!);
    return drafted(
      length,
      (this.low - lowOf(cell, old)) | 0,
      (this.high - highOf(cell, old)) | 0,
      this.bits - isBit(cell),
      this.tied - isTied(old),
    );
  }
}

/** A content that is being put together: most turn out to be known, and need no arrays of their own. */
const draftCells: number[] = [];
const draftValues: Value[] = [];

/** Adds a cell to the draft. @returns how many it has then */
function draft(length: number, cell: number, value: Value): number {
  draftCells[length] = cell;
  draftValues[length] = value;
  return length + 1;
}

function lowOf(cell: number, value: Value): number {
  return mix(cell, value.id);
}

function highOf(cell: number, value: Value): number {
  return mix(value.id, cell + 0x5bd1);
}

function isBit(cell: number): number {
  return wordCell(cell) === cell ? 0 : 1;
}

function isTied(value: Value): number {
  return value.origin === undefined ? 0 : 1;
}

/** Contents by hash. When there are too many the table begins anew: then equal ones may be two, which costs time only. */
const rows = 1 << 17;
const most = 1 << 17;
let table: (Content | undefined)[] = new Array(rows).fill(undefined);
let count = 0;

/** The content with the cells of the draft: the one that there is, or a new one. */
function drafted(length: number, low: number, high: number, bits: number, tied: number): Content {
  if (length === 0) return empty;
  const row = low & (rows - 1);
  for (let known = table[row]; known; known = known.sibling)
    if (known.low === low && known.high === high && isDrafted(known, length)) return known;
  if (++count > most) {
    table = new Array(rows).fill(undefined);
    count = 0;
  }
  const cells = draftCells.slice(0, length);
  const content = new Content(cells, draftValues.slice(0, length), low, high, bits, tied);
  content.sibling = table[row];
  table[row] = content;
  return content;
}

function isDrafted({ cells, values }: Content, length: number): boolean {
  if (cells.length !== length) return false;
  for (let i = 0; i < length; i++)
    if (cells[i] !== draftCells[i] || values[i] !== draftValues[i]) return false;
  return true;
}

/** Nothing is known. */
export const empty = new Content([], [], 0, 0, 0, 0);

/**
 * What was derived from which content, and how. A later entry takes the place of an earlier one that has the same
 * slot, as in the computed table of a package for decision diagrams (K. Brace, R. Rudell, R. Bryant, 1990): bounded,
 * and nothing is ever wrong in it, for identities are not given twice.
 */
const slots = 1 << 16;
const from = new Int32Array(slots);
const how = new Int32Array(slots);
const operands = new Int32Array(slots);
const results: (Content | undefined)[] = new Array(slots).fill(undefined);

/** Operations other than to set a cell, whose number is below zero. */
export const Operation = { settle: -1, coarsen: -2, leave: -3, putBack: -4 } as const;

function slotOf(content: Content, operation: number, operand: number): number {
  const h =
    Math.imul(content.id, 0x9e3779b1) ^ Math.imul(operation, 0x85ebca6b) ^ Math.imul(operand, 0xc2b2ae35);
  return (h ^ (h >>> 15)) & (slots - 1);
}

/** What an operation made of a content before, if that is still known. @param operand tells equal operations apart: never used again for another */
export function derived(content: Content, operation: number, operand: number): Content | undefined {
  const slot = slotOf(content, operation, operand);
  return from[slot] === content.id && how[slot] === operation && operands[slot] === operand
    ? results[slot]
    : undefined;
}

/** Notes what an operation made of a content. @returns the result */
export function derive(content: Content, operation: number, operand: number, result: Content): Content {
  const slot = slotOf(content, operation, operand);
  from[slot] = content.id;
  how[slot] = operation;
  operands[slot] = operand;
  results[slot] = result;
  return result;
}
