/** What calls look at or change while they are executed: seldom all that their functions could. */
import type { CellFacts } from "./cell-facts.js";
import type { Content } from "./content.js";
import { mix } from "./hash.js";
import type { Mask, Masks } from "./mask.js";

/** What one call touched. Equal ones are one object. */
export interface Touched {
  readonly mask: Mask;
  /** The same, 32 subjects to a number. */
  readonly words: Int32Array;
}

/** Notes for calls within calls. What an inner call touches, its caller touches. */
export class Watch {
  /** By depth. */
  private readonly notes: Int32Array[] = [new Int32Array(8)];
  private depth = 0;
  private current = this.notes[0]!;
  private readonly known = new Map<number, Touched[]>();

  constructor(
    private readonly facts: CellFacts,
    private readonly masks: Masks,
  ) {}

  /** A cell is looked at or changed. */
  touch(cell: number): void {
    const subject = this.facts.subjectOf(cell);
    if (subject < 0) return;
    const word = subject >>> 5;
    if (word >= this.current.length) this.grow(word + 1);
    this.current[word]! |= 1 << subject;
  }

  /** All that some contents hold is. */
  touchEach(...contents: readonly Content[]): void {
    for (const { cells } of contents) for (const cell of cells) this.touch(cell);
  }

  /** As if an equal call had been executed. */
  touchAll({ words }: Touched): void {
    if (words.length > this.current.length) this.grow(words.length);
    for (let i = 0; i < words.length; i++) this.current[i]! |= words[i]!;
  }

  /** A call begins. */
  begin(): void {
    this.depth++;
    this.notes[this.depth] ??= new Int32Array(this.current.length);
    this.current = this.notes[this.depth]!.fill(0);
  }

  /** The call that began last ends. @returns what it touched */
  end(): Touched {
    const touched = this.touched(this.current);
    this.leave();
    this.touchAll(touched);
    return touched;
  }

  /** The call that began last is given up. */
  leave(): void {
    this.depth--;
    this.current = this.notes[this.depth]!;
  }

  private grow(length: number): void {
    const longer = new Int32Array(length + 4);
    longer.set(this.current);
    this.current = longer;
    this.notes[this.depth] = longer;
  }

  private touched(notes: Int32Array): Touched {
    let length = notes.length;
    while (length > 0 && notes[length - 1] === 0) length--;
    let key = length;
    for (let i = 0; i < length; i++) key = mix(key, notes[i]!);
    let alike = this.known.get(key);
    if (!alike) {
      alike = [];
      this.known.set(key, alike);
    }
    for (const known of alike) if (isEqual(known.words, notes, length)) return known;
    const words = notes.slice(0, length);
    const touched = { mask: this.masks.of(bitsOf(words)), words };
    alike.push(touched);
    return touched;
  }
}

function isEqual(words: Int32Array, notes: Int32Array, length: number): boolean {
  if (words.length !== length) return false;
  for (let i = 0; i < length; i++) if (words[i] !== notes[i]) return false;
  return true;
}

function bitsOf(words: Int32Array): bigint {
  let bits = 0n;
  for (let i = words.length - 1; i >= 0; i--) bits = (bits << 32n) | BigInt(words[i]! >>> 0);
  return bits;
}
