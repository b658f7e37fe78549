/**
 * Named values with a running hash, so that comparing two states costs nothing however much they hold. Two stores are
 * taken for equal when 64 bits of hash and their sizes are: hash compaction, as model checkers do it (G. Holzmann,
 * "An analysis of bitstate hashing", 1998); among a million states the odds of a false match are one in 10^7.
 */
import type { Value } from "./value.js";

const nameNumbers = new Map<string, number>();

function numberOf(name: string): number {
  let number = nameNumbers.get(name);
  if (number === undefined) {
    number = nameNumbers.size + 1;
    nameNumbers.set(name, number);
  }
  return number;
}

function mix(a: number, b: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return h ^ (h >>> 15);
}

export class Store {
  private low = 0;
  private high = 0;
  /** How many names stand for bits of a word: `flags&FLAG`. */
  private bits = 0;

  private constructor(private readonly map: Map<string, Value>) {}

  static of(entries: Iterable<readonly [string, Value]> = []): Store {
    const store = new Store(new Map());
    for (const [name, value] of entries) store.set(name, value);
    return store;
  }

  copy(): Store {
    const store = new Store(new Map(this.map));
    store.low = this.low;
    store.high = this.high;
    store.bits = this.bits;
    return store;
  }

  get(name: string): Value | undefined {
    return this.map.get(name);
  }

  set(name: string, value: Value): void {
    const old = this.map.get(name);
    if (old === value) return;
    if (old) this.toggle(name, old, -1);
    this.map.set(name, value);
    this.toggle(name, value, 1);
  }

  delete(name: string): void {
    const old = this.map.get(name);
    if (!old) return;
    this.map.delete(name);
    this.toggle(name, old, -1);
  }

  private toggle(name: string, value: Value, sign: 1 | -1): void {
    const number = numberOf(name);
    this.low = (this.low + sign * mix(number, value.id)) | 0;
    this.high = (this.high + sign * mix(value.id, number + 0x5bd1)) | 0;
    if (name.includes("&")) this.bits += sign;
  }

  get size(): number {
    return this.map.size;
  }

  keys(): IterableIterator<string> {
    return this.map.keys();
  }

  [Symbol.iterator](): IterableIterator<[string, Value]> {
    return this.map[Symbol.iterator]();
  }

  /** The names of the known bits of a word. */
  bitsOf(word: string): string[] {
    if (this.bits === 0) return [];
    const prefix = `${word}&`;
    return [...this.map.keys()].filter((name) => name.startsWith(prefix));
  }

  key(): string {
    return `${this.map.size}.${this.low}.${this.high}`;
  }
}
