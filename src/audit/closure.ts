/**
 * Which functions matter: those from which a call that allocates or frees vectors can be reached, found by their names
 * from the calls upwards. A static function is looked for in its file, any other in its region, an exported one in
 * the whole tree; a function in an ops table makes the field matter, and those who call through it.
 */
import { cleanupName } from "../c/cleanup.js";
import { op, T } from "../c/lexer.js";
import type { CFunction, CVariable, SourceFile } from "../c/source.js";
import { freeHandlerApis, managedEnableApis, plainEnableApis, requestApis } from "../ownership/apis.js";
import { devresRows } from "../ownership/below.js";
import { closingCalls } from "../ownership/callbacks.js";
import type { Library } from "./library.js";
import { functionAt, mentions, placesIn, structOfField, tokenAt, variableBefore } from "./places.js";
import { folderOf, regionOf } from "./regions.js";

/** A function that is given to somebody to call: by an initialiser, an assignment, or as an argument. */
export interface Registration {
  readonly definition: CFunction;
  /** The struct's tag and the field, when it goes into one. */
  readonly struct: string | undefined;
  readonly field: string | undefined;
  /** The call that it is an argument of, and which argument. */
  readonly call: { readonly name: string; readonly argument: number } | undefined;
  /** The function or variable in which it is given away. */
  readonly within: CFunction | CVariable | undefined;
  readonly file: SourceFile;
  /** The folder, or the file, in which calls through the field are looked for; undefined when a framework calls. */
  readonly home: string | undefined;
}

/**
 * Where callers are looked for: wherever a function can be called from; as far as that below its folder, for an exported
 * one everywhere; in the files beside its own; in its own file.
 */
type Callers = "anywhere" | "below" | "beside" | "inside";

export interface ApiCall {
  readonly api: string;
  readonly at: number;
  readonly within: CFunction;
}

/** A use of a macro that stands for a call. */
export interface HiddenCall {
  readonly macro: string;
  readonly at: number;
  readonly within: CFunction;
}

export class Closure {
  /** Functions from which an API call can be reached. */
  readonly functions = new Set<CFunction>();
  /** Those of them from which an allocation or a free can be reached. */
  owning: ReadonlySet<CFunction> = new Set();
  /** Others of them from which the call that enables a device can be reached. */
  enabling: ReadonlySet<CFunction> = new Set();
  readonly calls: ApiCall[] = [];
  readonly registrations: Registration[] = [];
  /** Who calls or gives away each function. */
  readonly users = new Map<CFunction, Set<CFunction>>();
  /** Macros that stand for something that matters, by name. */
  readonly macros = new Set<string>();
  /** Uses of those that stand for what allocates or frees, which is not executed. */
  readonly hidden: HiddenCall[] = [];
  private readonly work: (() => void)[] = [];
  private readonly seenFields = new Set<string>();

  constructor(
    private readonly library: Library,
    /** Leaves files out that are the core itself. */
    private readonly follows: (path: string) => boolean,
  ) {}

  /**
   * Adds the calls of an API below a path prefix, and all from which they can be reached.
   * @param callers where callers of what calls it are looked for, and callers of these
   */
  add(api: string, prefix = "", callers: Callers = "anywhere"): void {
    this.callers = callers;
    this.work.push(() => {
      for (const path of this.library.mentioning(api, prefix))
        if (this.follows(path)) this.occurrences(path, api, undefined, api);
    });
    this.drain();
  }

  /**
   * Adds what the executor needs of the files that matter: where devices are enabled, who requests and frees handlers,
   * and who closes network devices. Callers of these are looked for in the same folder or file only; of exported
   * functions that enable a device for others, everywhere. A devm handler outlives the function that requests it: those
   * of the files beside them count as well, of the same modules and of such as export something.
   */
  extend(): void {
    this.owning = new Set(this.functions);
    const folders = new Set([...this.functions].map((f) => folderOf(f.file.path)));
    const paths = new Set([...this.functions].map((f) => f.file.path));
    const enables = [...managedEnableApis, ...plainEnableApis];
    for (const api of enables) for (const folder of folders) this.add(api, folder, "below");
    const exporting = this.exporting();
    const enablers = new Set(managedEnableApis.flatMap((api) => this.library.mentioning(api, "")));
    for (const path of enablers)
      if (exporting.has(path)) for (const api of enables) this.add(api, path, "below");
    this.enabling = new Set([...this.functions].filter((f) => !this.owning.has(f)));
    for (const api of [...Object.keys(requestApis), ...Object.keys(freeHandlerApis), ...closingCalls])
      for (const path of paths) this.add(api, path, "inside");
    const linked = new Set(
      [...paths].flatMap((path) => this.library.modulesOf(path).flatMap(({ files }) => files)),
    );
    for (const [api, { devm }] of Object.entries(requestApis))
      for (const folder of devm ? folders : [])
        for (const path of this.library.beside(api, folder))
          if (linked.has(path) || exporting.has(path)) this.add(api, path, "beside");
  }

  /** Files that export functions. */
  private exporting(): ReadonlySet<string> {
    const macros = ["EXPORT_SYMBOL", "EXPORT_SYMBOL_GPL", "EXPORT_SYMBOL_NS", "EXPORT_SYMBOL_NS_GPL"];
    return new Set(macros.flatMap((macro) => this.library.mentioning(macro, "")));
  }

  private callers: Callers = "anywhere";

  private drain(): void {
    for (let next = this.work.pop(); next; next = this.work.pop()) next();
  }

  private markFunction(definition: CFunction): void {
    if (this.functions.has(definition)) return;
    this.functions.add(definition);
    this.work.push(() => this.usesOf(definition));
  }

  private usesOf(definition: CFunction): void {
    const { file, isStatic } = definition;
    const name = cleanupName(definition.name) ?? definition.name;
    const { path } = file;
    if (isStatic && !path.endsWith(".h")) return this.usesIn([path], name, definition);
    const isExported = file.exports.has(name);
    switch (this.callers) {
      case "anywhere":
        return isExported ? this.uses(name, definition, "") : this.usesInModules(name, definition);
      case "below":
        return this.uses(name, definition, isExported ? "" : folderOf(path));
      case "beside":
        return this.usesIn(this.library.beside(name, folderOf(path)), name, definition);
      case "inside":
        return this.uses(name, definition, path);
    }
  }

  /** Looks for all uses of a name below a prefix. */
  private uses(name: string, definition: CFunction | undefined, prefix: string, api?: string): void {
    this.usesIn(this.library.mentioning(name, prefix), name, definition, api);
  }

  private usesIn(
    paths: Iterable<string>,
    name: string,
    definition: CFunction | undefined,
    api?: string,
  ): void {
    for (const path of paths) if (this.follows(path)) this.occurrences(path, name, definition, api);
  }

  /** An unexported function is called from its own modules only; a header's, or one of no known module, in its region. */
  private usesInModules(name: string, definition: CFunction): void {
    const { path } = definition.file;
    const modules = path.endsWith(".h") ? [] : this.library.modulesOf(path);
    if (modules.length === 0) return this.uses(name, definition, regionOf(path));
    this.usesIn(this.library.among(name, new Set(modules.flatMap((m) => m.files))), name, definition);
  }

  /** Handles each place in a file where a name stands. */
  private occurrences(
    path: string,
    name: string,
    definition: CFunction | undefined,
    api: string | undefined,
  ): void {
    const file = this.library.naming(path, name);
    if (!file) return;
    // A file's own static function of that name hides the one that is meant.
    if (
      file.functions.has(name) &&
      definition?.file !== file &&
      file.functions.get(name)!.every((d) => d.isStatic || definition === undefined)
    )
      return;
    for (const { at, token } of mentions(file, name))
      if (token !== -1) this.occurrence(file, token, definition, api);
      else this.inMacro(file, at, api);
  }

  /** A use of a macro that stands for the call of an API is such a call. */
  private inMacro(file: SourceFile, at: number, api: string | undefined): void {
    for (const macro of file.macros.values()) {
      if (at < macro.bodyStart || at >= macro.bodyEnd || this.macros.has(macro.name)) continue;
      this.macros.add(macro.name);
      if (file.path.endsWith(".h"))
        this.work.push(() => this.uses(macro.name, undefined, regionOf(file.path), api));
      else this.work.push(() => this.usesIn([file.path], macro.name, undefined, api));
    }
  }

  private occurrence(
    file: SourceFile,
    token: number,
    definition: CFunction | undefined,
    api: string | undefined,
  ): void {
    const { kinds, starts } = file.tokens;
    const before = kinds[token - 1];
    if (before === op["->"] || before === op["."]) return; // a field of that name
    const within = functionAt(file, token);
    if (definition && cleanupName(definition.name) !== undefined) {
      if (!within || before !== op["("] || word(file, token - 2) !== "__free") return;
      this.addUser(definition, within);
      return this.markFunction(within);
    }
    if (!within) {
      if (definition) this.atFileLevel(file, token, definition);
      return;
    }
    if (kinds[token + 1] === op["("]) {
      const name = word(file, token);
      if (this.callers === "anywhere" && this.macros.has(name))
        this.hidden.push({ macro: name, at: starts[token]!, within });
      if (api !== undefined) this.calls.push({ api, at: starts[token]!, within });
      if (definition) this.addUser(definition, within);
      this.markFunction(within);
      return;
    }
    if (definition) this.givenAway(file, token, definition, within);
  }

  private addUser(definition: CFunction, user: CFunction): void {
    const users = this.users.get(definition);
    if (users) users.add(user);
    else this.users.set(definition, new Set([user]));
  }

  /** `x->field = function`, or `call(…, function, …)`, in a body. */
  private givenAway(file: SourceFile, token: number, definition: CFunction, within: CFunction): void {
    const { kinds } = file.tokens;
    let before = token - 1;
    if (kinds[before] === op["&"]) before--;
    const isField = (i: number) =>
      kinds[i] === T.identifier && (kinds[i - 1] === op["->"] || kinds[i - 1] === op["."]);
    if (
      (kinds[before] === op["="] || kinds[before] === op["?"] || kinds[before] === op[":"]) &&
      this.assignedField(file, before) !== -1
    ) {
      const at = this.assignedField(file, before);
      const field = word(file, at);
      const struct = structOfField(file, at);
      const home = this.markField(field, struct, file.path);
      this.registrations.push({ definition, struct, field, call: undefined, within, file, home });
      return;
    }
    // An argument: walk back to the parenthesis that is open here.
    let depth = 0;
    let argument = 0;
    for (let i = token - 1; i > within.open; i--) {
      const kind = kinds[i]!;
      if (kind === op[")"] || kind === op["]"] || kind === op["}"]) depth++;
      else if (kind === op["("] || kind === op["["] || kind === op["{"]) {
        if (depth-- > 0) continue;
        if (kind === op["("] && kinds[i - 1] === T.identifier && !isField(i - 1)) {
          const name = word(file, i - 1);
          this.registrations.push({
            definition,
            struct: undefined,
            field: undefined,
            call: { name, argument },
            within,
            file,
            home: undefined,
          });
          if (name in devresRows) {
            this.addUser(definition, within);
            this.markFunction(within);
          }
        }
        return;
      } else if (kind === op[","] && depth === 0) argument++;
      else if (kind === op[";"]) return;
    }
  }

  /** The token of the field in `x->field = …`, for the value at or after `from`; -1 when it is no such thing. */
  private assignedField(file: SourceFile, from: number): number {
    const { kinds } = file.tokens;
    for (let i = from; i > 0 && i > from - 24; i--) {
      if (
        kinds[i] === op["="] &&
        kinds[i - 1] === T.identifier &&
        (kinds[i - 2] === op["->"] || kinds[i - 2] === op["."])
      )
        return i - 1;
      if (kinds[i] === op[";"] || kinds[i] === op["{"] || kinds[i] === op["}"]) return -1;
    }
    return -1;
  }

  /** In an initialiser, or in a macro such as SIMPLE_DEV_PM_OPS(name, suspend, resume). */
  private atFileLevel(file: SourceFile, token: number, definition: CFunction): void {
    const at = file.tokens.starts[token]!;
    for (const macro of file.topLevelMacros) {
      const argument = macro.arguments.indexOf(definition.name);
      if (argument !== -1 && macro.at < at && at - macro.at < 400)
        this.registrations.push({
          definition,
          struct: undefined,
          field: undefined,
          call: { name: macro.name, argument },
          within: undefined,
          file,
          home: undefined,
        });
    }
    const variable = variableBefore(file, at);
    if (variable?.initial) {
      for (const place of placesIn(variable.initial, definition.name, at)) {
        const struct = variable.type.name;
        const home = place.field === undefined ? undefined : this.markField(place.field, struct, file.path);
        this.registrations.push({
          definition,
          struct,
          field: place.field,
          call: place.call,
          within: variable,
          file,
          home,
        });
      }
    }
  }

  /**
   * Looks for calls through a field, where the struct it belongs to is at home. A struct of include/ belongs to a
   * framework: its fields are called from code that is not the driver's, and what then happens is a row in a table.
   */
  private markField(field: string, struct: string | undefined, path: string): string | undefined {
    const home = this.homeOf(field, struct, path);
    const key = `${home}:${field}`;
    if (home === undefined || this.seenFields.has(key)) return home;
    this.seenFields.add(key);
    this.work.push(() => {
      for (const path of this.library.mentioning(field, home))
        if (this.follows(path)) this.fieldCalls(path, field, home);
    });
    return home;
  }

  /**
   * The folder of the file that declares the struct, or a function pointer of that name, in the region of `path`. In a
   * folder that many drivers share, such as drivers/scsi/, the file alone, when it declares them itself.
   */
  private homeOf(field: string, struct: string | undefined, path: string): string | undefined {
    const region = regionOf(path);
    const key = `${struct ?? `.${field}`}@${region}`;
    let home = this.homes.get(key);
    if (home === undefined) {
      const paths =
        struct !== undefined
          ? this.library.declaring(struct, region)
          : this.library.mentioning(field, region);
      home = uppermost(paths, (p) => this.declares(p, field, struct)) ?? null;
      this.homes.set(key, home);
    }
    if (home === null || home.split("/").length > 3) return home ?? undefined;
    return path.endsWith(".c") && this.declares(path, field, struct) ? path : undefined;
  }

  private declares(path: string, field: string, struct: string | undefined): boolean {
    return struct !== undefined
      ? this.shows(path, struct, /\bstruct\s+$/, /^\s*\{/)
      : this.shows(path, field, /\(\s*\*\s*$/, /^\s*\)\s*\(/);
  }

  private readonly homes = new Map<string, string | null>();

  /** Whether a name stands in a file with what matches before it and after it. */
  private shows(path: string, name: string, before: RegExp, after: RegExp): boolean {
    return standsBetween(this.library.text(path) ?? "", name, before, after);
  }

  private fieldCalls(path: string, field: string, home: string): void {
    const text = this.library.text(path);
    if (!text || !(text.includes(`>${field}(`) || text.includes(`.${field}(`))) return;
    const file = this.library.source(path)!;
    const { kinds } = file.tokens;
    for (let at = text.indexOf(`${field}(`); at !== -1; at = text.indexOf(`${field}(`, at + 1)) {
      const token = tokenAt(file, at);
      if (token === -1 || (kinds[token - 1] !== op["->"] && kinds[token - 1] !== op["."])) continue;
      const caller = functionAt(file, token);
      if (!caller) continue;
      this.fieldUsers.push({ field, home, caller });
      this.markFunction(caller);
    }
  }

  /** Functions that call through a field of that name. */
  readonly fieldUsers: { field: string; home: string; caller: CFunction }[] = [];
}

/** The uppermost folder of those with a file that is asked for; headers, where it is likelier, are looked at first. */
function uppermost(paths: readonly string[], isAskedFor: (path: string) => boolean): string | undefined {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const inside = folders.get(folderOf(path));
    if (inside) inside.push(path);
    else folders.set(folderOf(path), [path]);
  }
  const isHeader = (path: string) => Number(path.endsWith(".h"));
  return [...folders]
    .sort(([a], [b]) => a.length - b.length)
    .find(([, inside]) => inside.sort((a, b) => isHeader(b) - isHeader(a)).some(isAskedFor))?.[0];
}

/** Whether a name stands in a text with what matches before it and after it. */
function standsBetween(text: string, name: string, before: RegExp, after: RegExp): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + name.length)) {
    const end = at + name.length;
    if (after.test(text.slice(end, end + 8)) && before.test(text.slice(Math.max(0, at - 16), at)))
      return true;
  }
  return false;
}

function word(file: SourceFile, token: number): string {
  return file.text.slice(file.tokens.starts[token], file.tokens.ends[token]);
}
