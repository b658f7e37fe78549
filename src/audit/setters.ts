/**
 * Functions that allocate and free nothing but set what decides it: `adapter->ndev = ndev` in a helper, where remove
 * asks `if (adapter->ndev)`. They are found from the names that are asked, upwards along the calls by name.
 */
import type { CFunction } from "../c/source.js";
import type { Library } from "./library.js";
import { bitChanges, callsOf, fieldUses, holdersOfBit } from "./name-uses.js";
import { functionAt, tokenAtOrAfter } from "./places.js";

export interface Setters {
  /** The functions to follow, by name. */
  readonly functions: ReadonlyMap<string, readonly CFunction[]>;
  /** The names that nothing else sets: until these functions do, they are zero, as a new structure is. */
  readonly owned: ReadonlySet<string>;
}

/** Calls from a function that matters to one that sets something. */
const maximumDepth = 4;
/** A name that more files hold, or more functions set, is no switch of a driver's. */
const maximumFiles = 40;
const maximumWriters = 12;

/**
 * @param names fields, globals, and bits of them as `flags&READY`
 * @param folders where the driver's code stands, each with a slash at its end
 * @param matters functions that are followed anyway
 */
export function settersOf(
  library: Library,
  names: Iterable<string>,
  folders: ReadonlySet<string>,
  matters: ReadonlySet<CFunction>,
): Setters {
  const search = new Search(library, folders, matters);
  const writers = new Map([...names].map((name) => [name, search.writers(name)] as const));
  search.climb([...writers.values()].flatMap((found) => [...(found ?? [])]));
  const owned = [...writers].filter(([, found]) => found && [...found].every((w) => search.isCalled(w)));
  return { functions: search.byName, owned: new Set(owned.map(([name]) => name)) };
}

class Search {
  readonly byName = new Map<string, CFunction[]>();
  /** Functions that are followed, or that one that is followed calls. */
  private readonly called = new Set<CFunction>();

  constructor(
    private readonly library: Library,
    private readonly folders: ReadonlySet<string>,
    private readonly matters: ReadonlySet<CFunction>,
  ) {}

  isCalled(definition: CFunction): boolean {
    return this.matters.has(definition) || this.called.has(definition);
  }

  /** The functions that set a name; undefined when it may be set where that cannot be seen. */
  writers(name: string): ReadonlySet<CFunction> | undefined {
    const [word, mask] = name.split("&", 2);
    if (!/^\w+$/.test(word!)) return undefined;
    if (mask === undefined) {
      const uses = this.found(name, fieldUses);
      if (!uses || uses.some(({ found }) => found.isPassed || found.isInitialized)) return undefined;
      return few(this.around(uses, ({ changed }) => changed));
    }
    if (!/^\w+$/.test(mask)) return undefined;
    const bits = this.found(mask, bitChanges);
    const words = this.found(word!, fieldUses);
    if (!bits || !words) return undefined;
    // Other structures have fields of that name: what nobody reaches the bit through is one of those.
    const holders = this.holders(mask, word!);
    return few(
      new Set([
        ...this.around(bits, (offsets) => offsets),
        ...this.around(words, ({ replaced }) =>
          replaced.filter(({ holder }) => holders.has(holder)).map(({ at }) => at),
        ),
      ]),
    );
  }

  /** The names through which a bit of a word is reached. */
  private holders(bit: string, word: string): ReadonlySet<string> {
    const holders = new Set<string>();
    for (const path of this.mentioning(bit, this.folders))
      for (const holder of holdersOfBit(this.library.text(path) ?? "", bit, word)) holders.add(holder);
    return holders;
  }

  /** Adds what is on the way from functions that matter to the writers. */
  climb(writers: readonly CFunction[]): void {
    const callers = new Map<CFunction, ReadonlySet<CFunction>>();
    let level = new Set(writers);
    for (let depth = 0; depth < maximumDepth && level.size > 0; depth++) {
      const next = new Set<CFunction>();
      for (const definition of level) {
        if (this.matters.has(definition) || callers.has(definition)) continue;
        const where = definition.isStatic ? new Set([definition.file.path]) : this.folders;
        const found = this.around(this.found(definition.name, callsOf, where) ?? [], (offsets) => offsets);
        callers.set(definition, found);
        for (const caller of found) next.add(caller);
      }
      level = next;
    }
    for (let size = -1; size < this.called.size; ) {
      size = this.called.size;
      for (const [definition, by] of callers)
        if ([...by].some((caller) => this.isCalled(caller))) this.called.add(definition);
    }
    for (const definition of this.called)
      this.byName.set(definition.name, [...(this.byName.get(definition.name) ?? []), definition]);
  }

  /** What each of some files does with a name; undefined when too many may hold it. */
  private found<F>(
    name: string,
    search: (text: string, name: string) => F,
    where: ReadonlySet<string> = this.folders,
  ): FoundIn<F>[] | undefined {
    const { library } = this;
    const paths = this.mentioning(name, where);
    if (paths.length > maximumFiles) return undefined;
    return paths.flatMap((path) => {
      const found = library.search(path, name, search);
      return found === undefined ? [] : { path, found };
    });
  }

  private mentioning(name: string, where: ReadonlySet<string>): string[] {
    return [...where].flatMap((prefix) =>
      prefix.endsWith("/") ? this.library.mentioning(name, prefix).filter((p) => isIn(p, prefix)) : [prefix],
    );
  }

  /** The functions in the bodies of which something was found; only they cost their file's tokens. */
  private around<F>(uses: readonly FoundIn<F>[], offsetsOf: (found: F) => readonly number[]): Set<CFunction> {
    const functions = new Set<CFunction>();
    for (const { path, found } of uses) {
      const offsets = offsetsOf(found);
      const file = offsets.length > 0 ? this.library.source(path) : undefined;
      if (!file) continue;
      for (const offset of offsets) {
        const within = functionAt(file, tokenAtOrAfter(file, offset));
        if (within) functions.add(within);
      }
    }
    return functions;
  }
}

interface FoundIn<F> {
  readonly path: string;
  readonly found: F;
}

function few(writers: ReadonlySet<CFunction> | undefined): ReadonlySet<CFunction> | undefined {
  return writers && writers.size <= maximumWriters ? writers : undefined;
}

function isIn(path: string, folder: string): boolean {
  return path.lastIndexOf("/") === folder.length - 1;
}
