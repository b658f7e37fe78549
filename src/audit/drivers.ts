/** The pci_drivers of a tree that can reach an allocation, each with its entry points and the calls it can reach. */
import type { CFunction, CVariable, SourceFile } from "../c/source.js";
import type { Expression } from "../c/syntax.js";
import type { KernelModule } from "../kernel/kbuild.js";
import { allocationApis, freeApis, includes } from "../ownership/apis.js";
import { devresRows } from "../ownership/below.js";
import { defersWork, ruleFor, ruleForCall } from "../ownership/callbacks.js";
import type { Callback, DriverCode } from "../ownership/driver-code.js";
import type { ApiCall, Closure, HiddenCall, Registration } from "./closure.js";
import { deviceIds } from "./device-ids.js";
import type { Library } from "./library.js";
import { folderOf } from "./regions.js";
import type { Scope } from "./scope.js";
import { runsOnce } from "./work.js";

export interface FoundDriver {
  readonly variable: CVariable;
  /** The modules that the pci_driver's file is part of. */
  readonly modules: readonly KernelModule[];
  readonly code: DriverCode;
  /** Those it can reach; when there are none, those in its file that nobody reaches. */
  readonly allocations: readonly ApiCall[];
  readonly frees: readonly ApiCall[];
  /** Macros by which it does either, or calls what does. */
  readonly hidden: readonly HiddenCall[];
  /** Every function that matters and that the driver can reach. */
  readonly reach: ReadonlySet<CFunction>;
  /** Paths of the headers that the files of these include, and of those that they include. */
  readonly headers: Iterable<string>;
}

/** Finds the drivers to which the closure's allocations belong. */
export function findDrivers(library: Library, closure: Closure, scope: Scope): FoundDriver[] {
  const graph = new CallGraph(closure, scope);
  const registrations = byDefiningFile(closure.registrations, library);
  const folders = new Set([...closure.functions].map((f) => folderOf(f.file.path)));
  const variables = new Set<CVariable>();
  for (const registration of closure.registrations)
    if (registration.struct === "pci_driver" && registration.within && "initial" in registration.within)
      variables.add(registration.within);
  for (const folder of folders)
    for (const path of library.mentioning("pci_driver", folder))
      if (path.endsWith(".c") && folderOf(path) === folder && library.text(path)?.includes("pci_driver"))
        for (const variable of library.source(path)?.variables.values() ?? [])
          if (variable.type.name === "pci_driver" && variable.type.pointers === 0) variables.add(variable);
  for (const variable of assignedDrivers(closure)) variables.add(variable);
  const described = [...variables].flatMap(
    (variable) => describeDriver(variable, library, closure, scope, graph, registrations) ?? [],
  );
  const found = described.filter(({ allocations }) => allocations.length > 0);
  const reached = new Set(found.flatMap(({ allocations }) => allocations));
  const unreached = described
    .filter(({ allocations }) => allocations.length === 0)
    .map((driver) => ({ ...driver, allocations: ownAllocations(driver.variable.file, closure, reached) }));
  return [...found, ...unreached.filter(({ allocations }) => allocations.length > 0)];
}

/** Drivers that a function fills in: `pci_driver->probe = foo_probe`. Each is named after the function. */
function assignedDrivers(closure: Closure): CVariable[] {
  const byFunction = new Map<CFunction, Registration[]>();
  for (const registration of closure.registrations) {
    const { within, field } = registration;
    if (!within || "initial" in within || !/^(probe|remove|shutdown)$/.test(field ?? "")) continue;
    byFunction.set(within, [...(byFunction.get(within) ?? []), registration]);
  }
  return [...byFunction].flatMap(([{ name, at, file }, fields]) => {
    if (!fields.some((r) => r.field === "probe" && probesPci(r.definition))) return [];
    const items = fields.map(({ field, definition }) => ({
      path: [field!],
      value: { kind: "name", at, name: definition.name } as const,
    }));
    const type = { name: "pci_driver", pointers: 0, isStruct: true };
    return [{ name, at, file, type, initial: { kind: "initializer", at, items } as const }];
  });
}

function probesPci({ parameters }: CFunction): boolean {
  return parameters[0]?.type.name === "pci_dev" && parameters[1]?.type.name === "pci_device_id";
}

/** Allocations in a driver's own file that nobody reaches: code that is switched off. */
function ownAllocations(file: SourceFile, closure: Closure, reached: ReadonlySet<ApiCall>): ApiCall[] {
  return closure.calls.filter(
    (call) => call.within.file === file && includes(allocationApis, call.api) && !reached.has(call),
  );
}

function describeDriver(
  variable: CVariable,
  library: Library,
  closure: Closure,
  scope: Scope,
  graph: CallGraph,
  registrations: RegistrationsByFile,
): FoundDriver | undefined {
  const probe = entry(variable, "probe", scope);
  if (probe.length === 0) return undefined;
  const remove = entry(variable, "remove", scope);
  const direct = graph.reach([...probe, ...remove], variable.file);
  const callbacks = callbacksOf(variable, library, closure, scope, graph, direct, registrations);
  const reach = graph.reach([...probe, ...remove, ...callbacks.map((c) => c.definition)], variable.file);
  const calls = closure.calls.filter((call) => reach.has(call.within));
  const allocations = calls.filter((call) => includes(allocationApis, call.api));
  let programs: DriverCode["programs"] | undefined;
  return {
    variable,
    modules: library.modulesOf(variable.file.path),
    code: {
      probe,
      ids: deviceIds(variable, probe),
      remove,
      callbacks: callbacks.map((c) => ({
        ...c,
        after: c.after.filter((name) => callsIn(reach, name)),
        within: c.within.filter((name) => callsIn(reach, name)),
      })),
      allocatingFiles: new Set(allocations.map(({ within }) => within.file.path)),
      // Made when the driver is executed: each thread executes but its share of them.
      get programs() {
        programs ??= scope.programs(variable.file, reach);
        return programs;
      },
      tokens: [...reach].reduce((sum, { open, close }) => sum + close - open, 0),
    },
    allocations,
    frees: calls.filter((call) => includes(freeApis, call.api)),
    hidden: closure.hidden.filter(({ within }) => reach.has(within)),
    reach,
    // Found when the driver's result is looked for: each thread does that for its share.
    get headers() {
      return scope.headersAround([variable.file, ...[...reach].map(({ file }) => file)]);
    },
  };
}

/** The functions that a pci_driver's field names. */
function entry(variable: CVariable, field: string, scope: Scope): readonly CFunction[] {
  if (variable.initial?.kind !== "initializer") return [];
  const item = variable.initial.items.find(({ path }) => path.at(-1) === field);
  const name = item && functionName(item.value);
  if (!name) return [];
  return variable.file.functions.get(name) ?? scope.elsewhere(name, variable.file);
}

function functionName(e: Expression): string | undefined {
  if (e.kind === "name") return e.name;
  if (e.kind === "unary" || e.kind === "cast") return functionName(e.operand);
  if (e.kind === "call") return e.arguments[0] && functionName(e.arguments[0]); // pm_ptr(&x), __exit_p(f)
  return undefined;
}

/** The callbacks of the driver's files that matter, and that nobody whom the driver calls is known to call. */
function callbacksOf(
  variable: CVariable,
  library: Library,
  closure: Closure,
  scope: Scope,
  graph: CallGraph,
  direct: ReadonlySet<CFunction>,
  registrations: RegistrationsByFile,
): Callback[] {
  const found = new Map<CFunction, Callback>();
  // The driver's own module, and the libraries whose functions it calls.
  const modules = new Set(
    [variable.file, ...[...direct].map((f) => f.file)].flatMap((f) => library.modulesOf(f.path)),
  );
  const ours = registrations.filter(
    (file) => file.path === variable.file.path || file.modules.some((m) => modules.has(m)),
  );
  for (const registration of ours.flatMap(({ list }) => list)) {
    const { definition, struct, field, call } = registration;
    if (!closure.functions.has(definition) || direct.has(definition)) continue;
    if (isBinding(struct, field) || !scope.calls(registration, variable.file)) continue;
    if (
      registration.within &&
      "initial" in registration.within &&
      struct === "pci_driver" &&
      registration.within !== variable
    )
      continue;
    if (call && (graph.knows(call.name) || call.name in devresRows)) continue;
    if (found.has(definition)) continue;
    const { within } = registration;
    const registrar =
      call && defersWork(call.name) && within && !("initial" in within) && direct.has(within)
        ? call.name
        : undefined;
    found.set(definition, {
      definition,
      from: origin(registration),
      rule: ruleOf(registration),
      registrar,
      once: registrar !== undefined && runsOnce(registration, library),
      after: ruleOf(registration)?.after ?? [],
      within: ruleOf(registration)?.within ?? [],
    });
  }
  return [...found.values()];
}

/** Whether a call of that name stands in any of some functions. */
function callsIn(functions: Iterable<CFunction>, name: string): boolean {
  for (const { file, open, close } of functions)
    if (file.text.slice(file.tokens.starts[open], file.tokens.ends[close]).includes(`${name}(`)) return true;
  return false;
}

/** The registrations of functions, by the file that defines the function. */
type RegistrationsByFile = readonly {
  readonly path: string;
  readonly modules: readonly KernelModule[];
  readonly list: readonly Registration[];
}[];

function byDefiningFile(registrations: readonly Registration[], library: Library): RegistrationsByFile {
  const found = new Map<string, Registration[]>();
  for (const registration of registrations) {
    const { path } = registration.definition.file;
    const list = found.get(path);
    if (list) list.push(registration);
    else found.set(path, [registration]);
  }
  return [...found].map(([path, list]) => ({ path, modules: library.modulesOf(path), list }));
}

/** Whether a driver's core calls it to bind a device or to unbind one: another driver's device has a life of its own. */
function isBinding(struct: string | undefined, field: string | undefined): boolean {
  return struct !== undefined && /_driver$/.test(struct) && /^(probe|remove|remove_new)$/.test(field ?? "");
}

function origin({ struct, field, call }: Registration): string {
  return field !== undefined ? `${struct ? `${struct}.` : ""}${field}` : `${call?.name ?? "?"}()`;
}

function ruleOf({ struct, field, call }: Registration) {
  if (field !== undefined) return ruleFor(struct, field);
  if (call && /PM_OPS/.test(call.name)) {
    // NAME_PM_OPS(name, suspend, resume) defines; SET_…(suspend, resume) fills an initialiser.
    const position = /^(SET_|SYSTEM_|RUNTIME_|LATE_|NOIRQ_)/.test(call.name)
      ? call.argument
      : call.argument - 1;
    return ruleFor("dev_pm_ops", position === 0 ? "suspend" : "resume");
  }
  return call && ruleForCall(call.name);
}

/** Who calls whom, among the functions that matter. */
class CallGraph {
  private readonly callees = new Map<CFunction, Set<CFunction>>();
  /** What is registered in the fields through which a function calls. */
  private readonly throughFields = new Map<CFunction, Set<Registration>>();
  private readonly names: ReadonlySet<string>;

  constructor(
    closure: Closure,
    private readonly scope: Scope,
  ) {
    for (const [callee, users] of closure.users) for (const user of users) addTo(this.callees, user, callee);
    const byField = new Map<string, Set<Registration>>();
    for (const registration of closure.registrations) {
      const { field, home } = registration;
      if (field !== undefined && home !== undefined) addTo(byField, `${home}:${field}`, registration);
    }
    for (const { field, home, caller } of closure.fieldUsers)
      for (const registration of byField.get(`${home}:${field}`) ?? [])
        addTo(this.throughFields, caller, registration);
    this.names = new Set([...closure.functions].map((f) => f.name));
  }

  knows(name: string): boolean {
    return this.names.has(name);
  }

  /** What some functions can call for the devices of a file's driver, and they themselves. */
  reach(from: readonly CFunction[], driver: SourceFile): Set<CFunction> {
    const seen = new Set<CFunction>();
    const work = [...from];
    for (let f = work.pop(); f; f = work.pop()) {
      if (seen.has(f)) continue;
      seen.add(f);
      work.push(...(this.callees.get(f) ?? []));
      for (const registration of this.throughFields.get(f) ?? [])
        if (this.scope.calls(registration, driver)) work.push(registration.definition);
    }
    return seen;
  }
}

function addTo<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key);
  if (set) set.add(value);
  else map.set(key, new Set([value]));
}
