/** The program around one driver: names resolved among the functions that matter and the files they stand in. */
import { T } from "../c/lexer.js";
import type { CFunction, CVariable, SourceFile, StructFields } from "../c/source.js";
import type { Program } from "../exec/program.js";
import { allocationApis, freeApis } from "../ownership/apis.js";
import type { DriverCode } from "../ownership/driver-code.js";
import type { Closure, Registration } from "./closure.js";
import type { Library } from "./library.js";
import { Linking } from "./linking.js";
import { returnsAtOnce } from "./name-uses.js";
import { folderOf, regionOf } from "./regions.js";
import { relevantNames } from "./relevance.js";
import { settersOf } from "./setters.js";

/** What all drivers of a tree share. */
export class Scope {
  /** Functions that matter, by name. */
  private readonly byName = new Map<string, CFunction[]>();
  private readonly byField = new Map<string, Registration[]>();
  private readonly structs = new Map<string, StructFields | null>();
  private readonly variables = new Map<string, CVariable | null>();
  /** Names of calls that allocate or free, and of functions and fields that lead to them. */
  private readonly mattering: ReadonlySet<string>;
  private readonly freeing: ReadonlySet<string>;
  private readonly headers = new Map<string, readonly SourceFile[]>();
  private readonly linking: Linking;

  constructor(
    private readonly library: Library,
    readonly closure: Closure,
  ) {
    this.linking = new Linking(library);
    this.mattering = new Set([
      ...allocationApis,
      ...freeApis,
      ...[...closure.owning].map((f) => f.name),
      ...closure.fieldUsers.map((u) => u.field),
    ]);
    const freeing = reaching(closure, freeApis, allocationApis);
    const fields = closure.registrations.filter(({ definition }) => freeing.has(definition));
    this.freeing = new Set([
      ...freeApis,
      ...namesOf(freeing),
      ...fields.flatMap(({ field, home }) => (field === undefined || home === undefined ? [] : [field])),
    ]);
    for (const definition of closure.functions) {
      push(this.byName, definition.name, definition);
    }
    for (const registration of closure.registrations)
      if (registration.field !== undefined) push(this.byField, registration.field, registration);
  }

  /** Whether what a registration puts into a field may be called for a driver's devices. */
  calls({ file, home }: Registration, driver: SourceFile): boolean {
    return home === undefined || this.linking.together(driver.path, file.path, home);
  }

  /**
   * The program as the driver of a file sees it, whose functions that matter are `reach`; then without what deals with
   * handlers only and without most of its fields; then without telling apart which call it was that failed.
   */
  programs(driver: SourceFile, reach: Iterable<CFunction>): DriverCode["programs"] {
    const full = this.program(driver, reach);
    const { owning, enabling } = this.closure;
    const owns = (definition: CFunction) => owning.has(definition) || enabling.has(definition);
    const plain: Program = {
      ...full,
      ...full.vitally,
      follow: (name, from) => full.follow(name, from).filter((d) => owns(d) || isTrivial(d)),
      acts: (name, from) => full.follow(name, from).some(owns),
      zeroed: () => false,
    };
    return [full, plain, { ...plain, detailed: () => false }];
  }

  private program(
    driver: SourceFile,
    reach: Iterable<CFunction>,
  ): Program & { readonly vitally: Pick<Program, "observed" | "touched" | "bits" | "vital"> } {
    const reached = new Set(reach);
    const owning = [...reached].filter((f) => this.closure.owning.has(f));
    const { kept, vital, decisive } = relevantNames(owning, {
      matters: this.mattering,
      apis: new Set([...allocationApis, ...freeApis]),
      freeing: this.freeing,
      trivial: (name, from) => this.trivial(name, from) ?? this.getter(name, from),
    });
    const folders = new Set([...reached].map((f) => folderOf(f.file.path)));
    const setters = settersOf(this.library, [...vital, ...decisive], folders, this.closure.functions);
    const watched = new Set([...kept, ...decisive]);
    const follow = (name: string, from: SourceFile) => {
      const followed = this.follow(name, from);
      if (followed.length > 0) return followed;
      const setting = visible(setters.functions.get(name) ?? [], from);
      if (setting.length > 0) return setting;
      const getter = decisive.has(name) ? this.getter(name, from) : undefined;
      return getter ? [getter] : [];
    };
    const sets = (definition: CFunction) =>
      setters.functions.get(definition.name)?.includes(definition) ?? false;
    return {
      follow,
      acts: (name, from) => follow(name, from).some((d) => this.closure.functions.has(d) || sets(d)),
      registered: (field) => this.registered(field).filter((d) => reached.has(d)),
      leadsOn: (field) => this.byField.has(field),
      definition: (name, from) =>
        from.functions.get(name)?.[0] ??
        this.follow(name, from)[0] ??
        this.inHeaders(from, (h) => h.functions.get(name)?.[0]),
      variable: (name, from) => from.variables.get(name) ?? this.variable(name, from),
      macro: (name, from) => {
        const found = this.inHeaders(from, (file) => {
          const macro = file.macros.get(name);
          return macro && { macro, file };
        });
        return found;
      },
      enumerator: (name, from) => this.inHeaders(from, (file) => file.enumerators.get(name)),
      struct: (tag, from) => this.struct(tag, from),
      throughField: (field, tag, from) => this.throughField(field, tag, driver, from),
      detailed: (definition) => this.closure.owning.has(definition),
      ...observing(watched),
      zeroed: (tag, name, from) => setters.owned.has(name) && this.isOwnStruct(tag, from, folders),
      vital: (name) => vital.has(name) || decisive.has(name),
      vitally: { ...observing(vital), vital: (name) => vital.has(name) },
    };
  }

  private registered(field: string | undefined): readonly CFunction[] {
    let found = this.inField.get(field);
    if (!found) {
      const { registrations } = this.closure;
      const all = field === undefined ? registrations : (this.byField.get(field) ?? []);
      found = [...new Set(all.map((r) => r.definition))];
      this.inField.set(field, found);
    }
    return found;
  }

  private readonly inField = new Map<string | undefined, readonly CFunction[]>();

  private follow(name: string, from: SourceFile): readonly CFunction[] {
    const own = from.functions.get(name);
    if (own) {
      const followed = own.filter((d) => this.closure.functions.has(d));
      return followed.length > 0 ? followed : own.filter(isTrivial);
    }
    const global = (this.byName.get(name) ?? []).filter((d) => !d.isStatic || d.file.path.endsWith(".h"));
    return nearest(global, from.path);
  }

  private isOwnStruct(tag: string, from: SourceFile, folders: ReadonlySet<string>): boolean {
    const home = this.inHeaders(from, (file) => file.struct(tag) && file.path);
    return home !== undefined && folders.has(folderOf(home));
  }

  private trivial(name: string, from: SourceFile): CFunction | undefined {
    const definition = this.inHeaders(from, (file) => file.functions.get(name)?.[0]);
    return definition && isTrivial(definition) ? definition : undefined;
  }

  /** A function of another C file of the same folder that only hands something on, `vnic_dev_get_intr_mode()`. */
  private getter(name: string, from: SourceFile): CFunction | undefined {
    const folder = folderOf(from.path);
    const key = `${folder}:${name}`;
    let found = this.getters.get(key);
    if (found === undefined) {
      found = null;
      for (const path of this.library.mentioning(name, folder)) {
        if (!path.endsWith(".c") || folderOf(path) !== folder) continue;
        if (!this.library.search(path, name, returnsAtOnce)) continue;
        const definition = this.library.source(path)?.functions.get(name)?.[0];
        if (definition && !definition.isStatic && isTrivial(definition)) found = definition;
      }
      this.getters.set(key, found);
    }
    return found ?? undefined;
  }

  private readonly getters = new Map<string, CFunction | null>();

  /** A function of another file, by its name. */
  elsewhere(name: string, from: SourceFile): readonly CFunction[] {
    return nearest(
      (this.byName.get(name) ?? []).filter((d) => !d.isStatic),
      from.path,
    );
  }

  private throughField(
    field: string,
    tag: string | undefined,
    driver: SourceFile,
    from: SourceFile,
  ): readonly CFunction[] {
    const all = (this.byField.get(field) ?? []).filter(
      (r) =>
        r.home !== undefined &&
        from.path.startsWith(r.home) &&
        (tag === undefined || r.struct === undefined || r.struct === tag) &&
        this.calls(r, driver),
    );
    const folder = folderOf(driver.path);
    const own = all.filter((r) => r.file.path.startsWith(folder));
    return [...new Set((own.length > 0 ? own : all).map((r) => r.definition))];
  }

  /** Looks in a file and in the headers that it includes by a relative path, and those that they include. */
  private inHeaders<R>(from: SourceFile, ask: (file: SourceFile) => R | undefined): R | undefined {
    const own = ask(from);
    if (own !== undefined) return own;
    for (const header of this.headersOf(from)) {
      const found = ask(header);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Paths of all headers in which something that files name may be looked for. */
  headersAround(files: readonly SourceFile[]): ReadonlySet<string> {
    const around = new Set(files);
    for (const file of around) for (const header of this.headersOf(file)) around.add(header);
    return new Set([...around].map(({ path }) => path));
  }

  private headersOf(from: SourceFile): readonly SourceFile[] {
    let known = this.headers.get(from.path);
    if (!known) {
      const list: SourceFile[] = [];
      const seen = new Set<string>([from.path]);
      const visit = (file: SourceFile, depth: number) => {
        for (const include of file.tokens.includes) {
          const path = include.startsWith('"')
            ? resolve(folderOf(file.path), include.slice(1, -1))
            : include === "<linux/pci.h>"
              ? "include/linux/pci.h"
              : undefined;
          if (path === undefined || seen.has(path) || list.length >= maximumHeaders) continue;
          seen.add(path);
          const header = this.library.source(path);
          if (!header) continue;
          list.push(header);
          if (depth < 2 && path !== "include/linux/pci.h") visit(header, depth + 1);
        }
      };
      visit(from, 0);
      known = list;
      this.headers.set(from.path, known);
    }
    return known;
  }

  private struct(tag: string, from: SourceFile): StructFields | undefined {
    const key = `${tag}@${folderOf(from.path)}`;
    let fields = this.structs.get(key);
    if (fields === undefined) {
      fields = this.inHeaders(from, (file) => file.struct(tag)) ?? this.sharedStruct(tag, from) ?? null;
      this.structs.set(key, fields);
    }
    return fields ?? undefined;
  }

  /** A struct of a header in include/ that a file includes itself. */
  private sharedStruct(tag: string, from: SourceFile): StructFields | undefined {
    for (const include of from.tokens.includes) {
      if (!include.startsWith("<linux/")) continue;
      const path = `include/${include.slice(1, -1)}`;
      if (!this.library.text(path)?.includes(`struct ${tag} {`)) continue;
      const fields = this.library.source(path)?.struct(tag);
      if (fields) return fields;
    }
    return undefined;
  }

  /**
   * A table that another file of the region defines, and whose name says what it is: to look for any name would cost a
   * third more time, and changes nothing of what is found in Linux 7.3.
   */
  private variable(name: string, from: SourceFile): CVariable | undefined {
    if (!/(ops|info|desc|cfg|driver|table|plat|data|quirk|fixes|chip|board|hw)/.test(name)) return undefined;
    const region = regionOf(from.path);
    const key = `${name}@${region}`;
    let variable = this.variables.get(key);
    if (variable === undefined) {
      variable = null;
      for (const path of this.library.mentioning(name, region)) {
        if (!path.endsWith(".c") || !this.library.text(path)?.includes(name)) continue;
        const found = this.library.source(path)?.variables.get(name);
        if (found) {
          variable = found;
          break;
        }
      }
      this.variables.set(key, variable);
    }
    return variable ?? undefined;
  }
}

/** Those of some functions of one name that a call in a file can mean. */
function visible(definitions: readonly CFunction[], from: SourceFile): readonly CFunction[] {
  const own = definitions.filter((d) => d.file === from);
  return own.length > 0
    ? own
    : nearest(
        definitions.filter((d) => !d.isStatic),
        from.path,
      );
}

/** The functions from which one of some calls can be reached, and none of some others. */
function reaching(closure: Closure, some: readonly string[], none: readonly string[]): Set<CFunction> {
  const callersByField = new Map<string, CFunction[]>();
  for (const { home, field, caller } of closure.fieldUsers) push(callersByField, `${home}:${field}`, caller);
  const through = new Map<CFunction, CFunction[]>();
  for (const { definition, home, field } of closure.registrations)
    for (const caller of callersByField.get(`${home}:${field}`) ?? []) push(through, definition, caller);
  const upwards = (apis: readonly string[]) => {
    const seen = new Set<CFunction>();
    const work = closure.calls.filter(({ api }) => apis.includes(api)).map(({ within }) => within);
    for (let f = work.pop(); f; f = work.pop()) {
      if (seen.has(f)) continue;
      seen.add(f);
      work.push(...(closure.users.get(f) ?? []), ...(through.get(f) ?? []));
    }
    return seen;
  };
  const others = upwards(none);
  return new Set([...upwards(some)].filter((f) => !others.has(f)));
}

function namesOf(definitions: Iterable<CFunction>): string[] {
  return [...definitions].map(({ name }) => name);
}

/** Enough for a driver's own; the sum of a subsystem's would cost more than it tells. */
const maximumHeaders = 60;

/** A function that only hands something on: following it costs less than not knowing what it returns. */
function isTrivial({ file, open, close }: CFunction): boolean {
  const { kinds, starts, ends, text } = file.tokens;
  return (
    close - open < 24 &&
    kinds[open + 1] === T.identifier &&
    text.slice(starts[open + 1], ends[open + 1]) === "return"
  );
}

/** What keeping some names asks for: fields, globals, and bits of them, `flags&READY`. */
function observing(names: ReadonlySet<string>): Pick<Program, "observed" | "touched" | "bits"> {
  const masks = new Map<string, string[]>();
  for (const name of names) {
    const mask = name.indexOf("&");
    if (mask === -1) masks.set(name, masks.get(name) ?? []);
    else push(masks, name.slice(0, mask), name.slice(mask + 1));
  }
  return {
    observed: (name) => names.has(name),
    touched: (name) => masks.has(name),
    bits: (word) => masks.get(word) ?? noMasks,
  };
}

const noMasks: readonly string[] = [];

/** Of several definitions of one name, those whose path has most in common with the caller's. */
function nearest(definitions: readonly CFunction[], path: string): readonly CFunction[] {
  if (definitions.length < 2) return definitions;
  const shared = (other: string) => {
    let i = 0;
    while (i < path.length && path[i] === other[i]) i++;
    return path.lastIndexOf("/", i);
  };
  const best = Math.max(...definitions.map((d) => shared(d.file.path)));
  return definitions.filter((d) => shared(d.file.path) === best);
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function resolve(folder: string, relative: string): string {
  const parts = folder.split("/").filter(Boolean);
  for (const part of relative.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}
