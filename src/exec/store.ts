/**
 * Named values with a running hash, so that comparing two states costs nothing however much they hold. Two stores are
 * taken for equal when 52 bits of hash are: hash compaction, as model checkers do it (G. Holzmann, "An analysis of
 * bitstate hashing", 1998); among a million states the odds of a false match are one in 10^4.
 */
import { isPartOf, type Value } from "./value.js";

/** Names are numbered as they come up; a store holds a few dozen of some thousand. */
const numbers = new Map<string, number>();
const names: string[] = [];
/** Whether the name stands for bits of a word: `flags&FLAG`. */
const areBits: boolean[] = [];

function numberOf(name: string): number {
  let number = numbers.get(name);
  if (number === undefined) {
    number = names.length;
    names.push(name);
    areBits.push(name.includes("&"));
    numbers.set(name, number);
  }
  return number;
}

/** Scatters two numbers over 32 bits. */
export function mix(a: number, b: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return h ^ (h >>> 15);
}

/** One number of 52 bits. */
export function joined(low: number, high: number): number {
  return low * 0x100000 + (high >>> 12);
}

export class Store {
  /** Two hashes of the content. */
  low = 0;
  high = 0;
  /** How many names stand for bits of a word. */
  private bits = 0;
  /** How many values are tied to the call they came from. */
  private tied = 0;
  /** The lists are another store's too: they are copied before the next write. Most copies are never written to. */
  private shared = false;

  private constructor(
    /** The numbers of the names, and the values in the same order. */
    private keyed: number[],
    private values: Value[],
  ) {}

  static of(entries: Iterable<readonly [string, Value]> = []): Store {
    const store = new Store([], []);
    for (const [name, value] of entries) store.set(name, value);
    return store;
  }

  copy(): Store {
    const store = new Store(this.keyed, this.values);
    this.shared = store.shared = true;
    store.low = this.low;
    store.high = this.high;
    store.bits = this.bits;
    store.tied = this.tied;
    return store;
  }

  get(name: string): Value | undefined {
    if (this.keyed.length === 0) return undefined;
    const number = numbers.get(name);
    if (number === undefined) return undefined;
    const at = this.keyed.indexOf(number);
    return at === -1 ? undefined : this.values[at];
  }

  set(name: string, value: Value): void {
    const number = numberOf(name);
    const at = this.keyed.indexOf(number);
    if (at === -1) {
      this.own();
      this.keyed.push(number);
      this.values.push(value);
    } else {
      const old = this.values[at]!;
      if (old === value) return;
      this.own();
      this.toggle(number, old, -1);
      this.values[at] = value;
    }
    this.toggle(number, value, 1);
  }

  delete(name: string): void {
    const number = numbers.get(name);
    const at = number === undefined ? -1 : this.keyed.indexOf(number);
    if (at !== -1) this.remove(at);
  }

  /** Keeps the names that pass. */
  retain(keep: (name: string) => boolean): void {
    for (let at = this.keyed.length - 1; at >= 0; at--) if (!keep(names[this.keyed[at]!]!)) this.remove(at);
  }

  /**
   * Whether what is known here holds in another store too: then all that can come of that one can come of this.
   * @param absent what a name means that is not in a store; undefined when it is known in both or covers nothing
   */
  covers(other: Store, absent: (name: string) => Value | undefined): boolean {
    for (let at = 0; at < this.keyed.length; at++) {
      const place = other.keyed.indexOf(this.keyed[at]!);
      const theirs = place === -1 ? absent(names[this.keyed[at]!]!) : other.values[place]!;
      if (!theirs || !isPartOf(theirs, this.values[at]!)) return false;
    }
    for (let at = 0; at < other.keyed.length; at++) {
      if (this.keyed.includes(other.keyed[at]!)) continue;
      const mine = absent(names[other.keyed[at]!]!);
      if (!mine || !isPartOf(other.values[at]!, mine)) return false;
    }
    return true;
  }

  /** Takes out the names that pass. @returns them, for `putBack` */
  take(take: (name: string, value: Value) => boolean): readonly (readonly [string, Value])[] {
    const taken: (readonly [string, Value])[] = [];
    for (let at = this.keyed.length - 1; at >= 0; at--) {
      const name = names[this.keyed[at]!]!;
      const value = this.values[at]!;
      if (!take(name, value)) continue;
      taken.push([name, value]);
      this.remove(at);
    }
    return taken;
  }

  private remove(at: number): void {
    this.own();
    this.toggle(this.keyed[at]!, this.values[at]!, -1);
    const last = this.keyed.length - 1;
    this.keyed[at] = this.keyed[last]!;
    this.values[at] = this.values[last]!;
    this.keyed.pop();
    this.values.pop();
  }

  private own(): void {
    if (!this.shared) return;
    this.keyed = this.keyed.slice();
    this.values = this.values.slice();
    this.shared = false;
  }

  private toggle(number: number, value: Value, sign: 1 | -1): void {
    this.low = (this.low + sign * mix(number, value.id)) | 0;
    this.high = (this.high + sign * mix(value.id, number + 0x5bd1)) | 0;
    if (areBits[number]) this.bits += sign;
    if (value.origin !== undefined) this.tied += sign;
  }

  get size(): number {
    return this.keyed.length;
  }

  keys(): string[] {
    return this.keyed.map((number) => names[number]!);
  }

  *[Symbol.iterator](): IterableIterator<[string, Value]> {
    const { keyed, values } = this;
    for (let i = 0; i < keyed.length; i++) yield [names[keyed[i]!]!, values[i]!];
  }

  /** The names of the known bits of a word. */
  bitsOf(word: string): string[] {
    if (this.bits === 0) return [];
    const prefix = `${word}&`;
    return this.keys().filter((name) => name.startsWith(prefix));
  }

  /** The names whose values came from one call. */
  namesOf(origin: string): string[] {
    if (this.tied === 0) return [];
    return this.keys().filter((_, i) => this.values[i]!.origin === origin);
  }

  /** Equal for stores with equal content. */
  key(): number {
    return joined(this.low, this.high);
  }
}
