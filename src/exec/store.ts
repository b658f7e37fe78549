/**
 * Named values with a running hash, so that comparing two states costs nothing however much they hold. Two stores are
 * taken for equal when 52 bits of hash are: hash compaction, as model checkers do it (G. Holzmann, "An analysis of
 * bitstate hashing", 1998); among a million states the odds of a false match are one in 10^4.
 */
import { cellName, cellNumber, wordCell } from "./cell-names.js";
import { type Content, empty } from "./content.js";
import { joined } from "./hash.js";
import type { Value } from "./value.js";

/** A holder of contents that changes. By name for those who ask seldom; by a cell's number for those who ask often. */
export class Store {
  private constructor(
    /** What it holds now. */
    public content: Content,
  ) {}

  static of(entries: Iterable<readonly [string, Value]> = []): Store {
    const store = new Store(empty);
    for (const [name, value] of entries) store.set(name, value);
    return store;
  }

  copy(): Store {
    return new Store(this.content);
  }

  get(name: string): Value | undefined {
    return this.at(cellNumber(name));
  }

  set(name: string, value: Value): void {
    this.put(cellNumber(name), value);
  }

  delete(name: string): void {
    this.drop(cellNumber(name));
  }

  /** As `get`, by number. */
  at(cell: number): Value | undefined {
    return this.content.get(cell);
  }

  /** As `set`, by number. */
  put(cell: number, value: Value): void {
    this.content = this.content.set(cell, value);
  }

  /** As `delete`, by number. */
  drop(cell: number): void {
    this.content = this.content.delete(cell);
  }

  /** Keeps the names that pass. */
  retain(keep: (name: string) => boolean): void {
    this.content = this.content.filtered((cell) => keep(cellName(cell)));
  }

  /** As `Content.covers`, by name. */
  covers(other: Store, absent: (name: string) => Value | undefined): boolean {
    return this.content.covers(other.content, (cell) => absent(cellName(cell)));
  }

  get size(): number {
    return this.content.cells.length;
  }

  get low(): number {
    return this.content.low;
  }

  get high(): number {
    return this.content.high;
  }

  *[Symbol.iterator](): IterableIterator<[string, Value]> {
    const { cells, values } = this.content;
    for (let i = 0; i < cells.length; i++) yield [cellName(cells[i]!), values[i]!];
  }

  /** The cells of the known bits of a word. */
  bitsOf(word: number): readonly number[] {
    return this.content.bits === 0 ? none : bitsIn(this.content, word);
  }

  /** The cells whose values came from one call. */
  cellsOf(origin: string): readonly number[] {
    return this.content.tied === 0 ? none : tiedIn(this.content, origin);
  }

  /** Equal for stores with equal content. */
  key(): number {
    return joined(this.content.low, this.content.high);
  }
}

const none: readonly number[] = [];

function bitsIn({ cells }: Content, word: number): readonly number[] {
  return cells.filter((cell) => cell !== word && wordCell(cell) === word);
}

function tiedIn({ cells, values }: Content, origin: string): readonly number[] {
  let tied: number[] | undefined;
  for (let i = 0; i < cells.length; i++)
    if (values[i]!.origin === origin) {
      tied ??= [];
      tied.push(cells[i]!);
    }
  return tied ?? none;
}
