/**
 * Named values with a running hash, so that comparing two states costs nothing however much they hold. Two stores are
 * taken for equal when 64 bits of hash and their sizes are: hash compaction, as model checkers do it (G. Holzmann,
 * "An analysis of bitstate hashing", 1998); among a million states the odds of a false match are one in 10^7.
 */
import type { Value } from "./value.js";

interface NameFacts {
  readonly number: number;
  /** It stands for bits of a word: `flags&FLAG`. */
  readonly isBit: boolean;
}

const names = new Map<string, NameFacts>();

function factsOf(name: string): NameFacts {
  let facts = names.get(name);
  if (facts === undefined) {
    facts = { number: names.size + 1, isBit: name.includes("&") };
    names.set(name, facts);
  }
  return facts;
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
  /** How many values are tied to the call they came from. */
  private tied = 0;

  /** The map is another store's too: it is copied before the next write. Most copies are never written to. */
  private shared = false;
  private text: string | undefined;

  private constructor(private map: Map<string, Value>) {}

  static of(entries: Iterable<readonly [string, Value]> = []): Store {
    const store = new Store(new Map());
    for (const [name, value] of entries) store.set(name, value);
    return store;
  }

  copy(): Store {
    const store = new Store(this.map);
    this.shared = store.shared = true;
    store.text = this.text;
    store.low = this.low;
    store.high = this.high;
    store.bits = this.bits;
    store.tied = this.tied;
    return store;
  }

  get(name: string): Value | undefined {
    return this.map.get(name);
  }

  set(name: string, value: Value): void {
    const old = this.map.get(name);
    if (old === value) return;
    this.own();
    if (old) this.toggle(name, old, -1);
    this.map.set(name, value);
    this.toggle(name, value, 1);
  }

  delete(name: string): void {
    const old = this.map.get(name);
    if (!old) return;
    this.own();
    this.map.delete(name);
    this.toggle(name, old, -1);
  }

  private own(): void {
    this.text = undefined;
    if (!this.shared) return;
    this.map = new Map(this.map);
    this.shared = false;
  }

  private toggle(name: string, value: Value, sign: 1 | -1): void {
    const { number, isBit } = factsOf(name);
    this.low = (this.low + sign * mix(number, value.id)) | 0;
    this.high = (this.high + sign * mix(value.id, number + 0x5bd1)) | 0;
    if (isBit) this.bits += sign;
    if (value.origin !== undefined) this.tied += sign;
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

  /** The names whose values came from one call. */
  namesOf(origin: string): string[] {
    if (this.tied === 0) return [];
    const found: string[] = [];
    for (const [name, value] of this.map) if (value.origin === origin) found.push(name);
    return found;
  }

  key(): string {
    this.text ??= `${this.map.size}.${this.low}.${this.high}`;
    return this.text;
  }
}
