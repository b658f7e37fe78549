/**
 * The PCI core of the tree at hand, executed from its own source: what an allocation or a free does to a device is
 * not written down here. A tree with another core, or a patch to it, needs no other code.
 */

import { KnownError } from "../base/errors.js";
import type { CFunction, CVariable, StructFields } from "../c/source.js";
import { SourceFile } from "../c/source.js";
import { Executor } from "../exec/executor.js";
import type { Limits } from "../exec/limits.js";
import type { Model } from "../exec/model.js";
import type { Program } from "../exec/program.js";
import { State } from "../exec/state.js";
import { Store } from "../exec/store.js";
import { signed, type Value, withoutOrigin, zero } from "../exec/value.js";
import { belowTheCore } from "./below.js";
import { changed, type DeviceState, describe, device, holds, type Vectors } from "./vectors.js";

/** Where the core's semantics live, and how much of each is needed. */
export const coreFiles = [
  "drivers/pci/msi/api.c",
  "drivers/pci/msi/msi.c",
  "drivers/pci/devres.c",
  "include/linux/pci.h",
] as const;
const apiFiles: readonly string[] = ["drivers/pci/msi/api.c", "drivers/pci/devres.c"];

/** One way in which a call of the core ends. */
export interface CoreOutcome {
  readonly cells: Store;
  readonly vectors: Vectors;
  readonly value: Value;
}

const limits: Limits = { steps: 20_000, coarsenAt: 200, statesAtPoint: 400, depth: 20 };

export class Core {
  readonly program: Program;
  private readonly executor: Executor<Vectors>;
  private readonly results = new Map<string, readonly CoreOutcome[]>();
  private readonly functions = new Map<string, readonly CFunction[]>();
  /** Flags of the device that the core's source sets: what it remembers of a device between calls. */
  readonly flags: readonly string[];

  /**
   * @param read gives a file of the tree, latin1, or undefined when there is none
   * @throws KnownError when a file of the core is missing
   */
  constructor(read: (path: string) => string | undefined) {
    const files = coreFiles.map((path) => {
      const text = read(path);
      if (text === undefined)
        throw new KnownError(
          `${path}: missing: the core's semantics cannot be read from this tree`,
          "unpack or check out the whole kernel tree",
        );
      return new SourceFile(path, text);
    });
    for (const file of files)
      for (const [name, definitions] of file.functions)
        if (!this.functions.has(name)) this.functions.set(name, preferred(definitions));
    this.program = new CoreProgram(files, this.functions);
    const fields = this.program.struct(device, files[0]!);
    const assigned = new Set(files.flatMap((file) => [...file.assignedFields()]));
    this.flags = [...(fields ?? [])]
      .filter(([name, type]) => type.isFlag && assigned.has(name))
      .map(([name]) => name);
    const model: Model<Vectors> = {
      primitive: (name) => belowTheCore[name],
      keepsCell: (name) => this.keepsCell(name) || name.startsWith(`${device}.`),
      trustsPointers: () => false,
      tracksFailure: () => false,
      describe,
    };
    this.executor = new Executor(this.program, model, limits);
  }

  /** Whether a cell is the device's or the core's and always counts: a flag, the interrupt's number, the device in it. */
  keepsCell(name: string): boolean {
    let kept = this.kept.get(name);
    if (kept === undefined) {
      kept = this.isOwn(name);
      this.kept.set(name, kept);
    }
    return kept;
  }

  private readonly kept = new Map<string, boolean>();

  private isOwn(name: string): boolean {
    if (name === "global.pci_msi_enable") return true;
    if (!name.startsWith(`${device}.`)) return false;
    const field = name.slice(device.length + 1);
    return field === "irq" || field === "dev" || this.flags.includes(field);
  }

  /** A function that drivers call and whose source decides about vectors or devres; undefined for any other name. */
  api(name: string): CFunction | undefined {
    const definition = this.functions.get(name)?.[0];
    return definition && apiFiles.includes(definition.file.path) && coreApi.test(name)
      ? definition
      : undefined;
  }

  /** Any function of the core's files, for devres actions. */
  function(name: string): CFunction | undefined {
    return this.functions.get(name)?.[0];
  }

  /** An inline of include/linux/pci.h that only looks at the core's flags, such as pci_dev_msi_enabled(). */
  question(name: string): CFunction | undefined {
    const definition = this.functions.get(name)?.[0];
    if (!definition?.file.path.endsWith(".h")) return undefined;
    const { tokens } = definition.file;
    const body = tokens.text.slice(tokens.starts[definition.open], tokens.ends[definition.close]);
    return this.flags.some((flag) => body.includes(`->${flag}`)) ? definition : undefined;
  }

  /**
   * Executes a function of the core.
   * @returns each way in which it ends; results are remembered, for drivers ask the same few questions
   */
  call(
    definition: CFunction,
    values: readonly Value[],
    state: DeviceState,
    automatic: boolean,
  ): readonly CoreOutcome[] {
    const cells = state.cells.copy();
    cells.retain((name) => this.keepsCell(name));
    const vectors = this.seen(state.domain);
    const given = values.map(withoutOrigin);
    const key = `${definition.name}(${given.map((v) => v.id).join(",")})${automatic}#${cells.key()}#${vectors.number}`;
    let outcomes = this.results.get(key);
    if (!outcomes) {
      this.executor.steps = 0;
      const before = vectors.devres.length;
      const start = new State<Vectors>(cells, Store.of(), vectors, undefined, undefined);
      const distinct = new Map<string, CoreOutcome>();
      for (const { state: end, value } of this.executor.run(
        definition,
        given,
        start,
        undefined,
        this.executor.looksAt([]),
      )) {
        const devres = end.domain.devres.map((action, i) =>
          i >= before && automatic ? { ...action, automatic: true } : action,
        );
        const held = holds(end);
        const outcome: CoreOutcome = {
          cells: this.remembered(end, held),
          vectors: changed(end.domain, { devres }),
          value: signed(value.signs),
        };
        distinct.set(`${outcome.value.id}#${outcome.cells.key()}#${outcome.vectors.number}`, outcome);
      }
      outcomes = [...distinct.values()];
      this.results.set(key, outcomes);
    }
    return outcomes;
  }

  /** What the core sees of what a driver did: neither handlers nor phases nor the driver's files are its business. */
  private seen(domain: Vectors): Vectors {
    let vectors = this.domains.get(domain);
    if (!vectors) {
      vectors = changed(domain, { handlers: [], phases: [], allocatedIn: undefined });
      this.domains.set(domain, vectors);
    }
    return vectors;
  }

  private readonly domains = new WeakMap<Vectors, Vectors>();

  /** The device's flags; and, while it holds vectors, that MSI is not disabled for the whole system. */
  private remembered(state: DeviceState, held: boolean): Store {
    const kept = Store.of();
    for (const [name, value] of state.cells) {
      const flag = name.startsWith(`${device}.`) && this.flags.includes(name.slice(device.length + 1));
      if (flag || (held && (name === `${device}.irq` || name.startsWith("global."))))
        kept.set(name, withoutOrigin(value));
    }
    return kept;
  }

  /** A device as the bus hands it to probe: every flag of the core's is clear. */
  freshDevice(): Store {
    return Store.of(this.flags.map((flag) => [`${device}.${flag}`, zero] as const));
  }
}

/** Which exported functions of the core's files matter; the rest (regions, mappings, affinity) do not touch ownership. */
const coreApi =
  /^(pcim?_(alloc_irq_vectors|enable_msi|enable_msix|free_irq_vectors|disable_msi)|pcim_enable_device$|pcim_pin_device$)/;

/** The definition with CONFIG_PCI_MSI: the longest, where a file has a stub too. */
function preferred(definitions: readonly CFunction[]): readonly CFunction[] {
  return [...definitions].sort((a, b) => b.close - b.open - (a.close - a.open)).slice(0, 1);
}

class CoreProgram implements Program {
  constructor(
    private readonly files: readonly SourceFile[],
    private readonly functions: ReadonlyMap<string, readonly CFunction[]>,
  ) {}

  follow(name: string): readonly CFunction[] {
    return this.functions.get(name) ?? [];
  }
  definition(name: string): CFunction | undefined {
    return this.functions.get(name)?.[0];
  }
  variable(name: string): CVariable | undefined {
    return this.first((file) => file.variables.get(name));
  }
  macro(name: string) {
    return this.first((file) => {
      const macro = file.macros.get(name);
      return macro && { macro, file };
    });
  }
  enumerator(name: string): number | undefined {
    return this.first((file) => file.enumerators.get(name));
  }
  struct(tag: string): StructFields | undefined {
    return this.first((file) => file.struct(tag));
  }
  throughField(): readonly CFunction[] {
    return [];
  }
  registered(): readonly CFunction[] {
    return [];
  }
  acts(name: string): boolean {
    return this.functions.has(name);
  }
  leadsOn(): boolean {
    return true;
  }
  touched(): boolean {
    return true;
  }
  zeroed(): boolean {
    return false;
  }
  bits(): readonly string[] {
    return [];
  }
  detailed(): boolean {
    return true;
  }
  observed(): boolean {
    return true;
  }
  vital(): boolean {
    return true;
  }

  private first<R>(ask: (file: SourceFile) => R | undefined): R | undefined {
    for (const file of this.files) {
      const found = ask(file);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
