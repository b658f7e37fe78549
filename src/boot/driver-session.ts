/** Many drivers on one core: kernel after kernel, each driver tried once, and what is known already not again. */
import { availableParallelism } from "node:os";
import type { FoundDriver } from "../audit/drivers.js";
import { noProgress } from "../base/progress.js";
import { sideBySide } from "../base/side-by-side.js";
import { defaultLimits } from "../exec/limits.js";
import { kbuildOf } from "../kernel/kbuild.js";
import type { Tree } from "../kernel/tree.js";
import { Core } from "../ownership/core.js";
import { type LifeResult, live } from "../ownership/lifecycle.js";
import { type KernelImage, kernelCache, stateOfTree } from "./build.js";
import { BuildAhead } from "./build-ahead.js";
import type { ChosenDriver } from "./choose-drivers.js";
import { configurable, kernelConfig } from "./config.js";
import { driverBatches } from "./driver-batches.js";
import { type DriverDevice, devicesOf, takeInventory } from "./driver-devices.js";
import { type DriverKernel, driverKernels, type KernelMaker } from "./driver-kernels.js";
import { type DriverRecord, DriverRecords } from "./driver-records.js";
import { type DriverReport, driverReport, untried } from "./driver-report.js";
import { SilentGuestError } from "./fail-each.js";
import { Places } from "./places.js";
import { nameInKernel, registeredDrivers } from "./registered-drivers.js";
import { registrarsOf } from "./registrars.js";
import type { CoreState } from "./series.js";
import { type SessionRequest, testKernel } from "./sessions.js";
import { callsOfPaths, tryDriver } from "./try-driver.js";

const NO_DRIVER = "the audit finds no pci_driver there that allocates vectors";
const NO_TIME = "the time was over before it came to its turn: run it again, and it goes on from here";

const NOT_REGISTERED = "the kernel that was built with it has no driver with its probe function";

const idOf = ({ variable }: FoundDriver): string => `${variable.file.path}:${variable.name}`;

/** A driver that is to be tried, and what the kernel calls it. */
interface NamedDriver {
  readonly one: FoundDriver;
  readonly life: LifeResult;
  readonly name: string;
}

/** The drivers of one core, batch after batch. */
export class DriverSession {
  private readonly reports = new Map<FoundDriver, DriverReport>();
  private readonly source: Core;
  private readonly records: DriverRecords;
  private readonly found: readonly FoundDriver[];
  private readonly registrars: ReadonlyMap<string, string>;
  private readonly started = performance.now();

  constructor(
    private readonly request: SessionRequest,
    private readonly core: CoreState,
    private readonly tree: Tree,
    chosen: readonly ChosenDriver[],
  ) {
    this.found = chosen.flatMap(({ found }) => found ?? []);
    this.registrars = registrarsOf(this.found, tree);
    this.source = new Core((path) => tree.read(path)?.toString("latin1"));
    const state = stateOfTree(request.tree, core.patches);
    this.records = new DriverRecords(kernelCache(request.tree, "drivers"), state);
  }

  report({ file, found }: ChosenDriver): DriverReport {
    return found ? (this.reports.get(found) ?? untried(file, NO_TIME)) : untried(file, NO_DRIVER);
  }

  async run(): Promise<void> {
    const batches = driverBatches(
      this.found.filter((one) => !this.isConfigless(one)),
      this.tree,
    );
    let shared: readonly string[] | undefined;
    const symbols = () => {
      shared ??= this.sharedSymbols(batches); // takes a while, and who has all records needs none
      return shared;
    };
    const { request } = this;
    const ahead = new BuildAhead((files, stop) => {
      const signal = AbortSignal.any([stop, ...(request.signal ? [request.signal] : [])]);
      return this.kernelOf({ ...request, signal, onProgress: noProgress }, files, symbols());
    });
    try {
      for (const [n, files] of batches.entries()) {
        await this.runBatch(files, symbols, () => {
          const next = batches.slice(n + 1).find((later) => !this.isKnown(later));
          if (next) ahead.begin(next);
        });
      }
    } finally {
      await ahead.stop();
    }
  }

  /** Every driver of these files has a record. */
  private isKnown(files: readonly string[]): boolean {
    return this.found.every((one) => !files.includes(one.variable.file.path) || this.records.has(idOf(one)));
  }

  private isOver(): boolean {
    return performance.now() - this.started > (this.request.limit ?? Number.POSITIVE_INFINITY);
  }

  /** Nothing in the tree builds it: that is told without a kernel. */
  private isConfigless(one: FoundDriver): boolean {
    const file = one.variable.file.path;
    if (kbuildOf(this.tree).moduleOf(file)) return false;
    this.reports.set(one, untried(file, `no Makefile of the tree builds ${file}`));
    return true;
  }

  /**
   * What the drivers of all batches need beside themselves is in the kernel of each: going from one to the next compiles
   * drivers then, and not the kernel anew because the one has a device tree (CONFIG_OF) and the other has none.
   */
  private sharedSymbols(batches: readonly (readonly string[])[]): readonly string[] {
    if (batches.length < 2) return [];
    const needed = new Set<string>();
    for (const [n, files] of batches.entries()) {
      this.request.onProgress?.({ task: "configuring the kernels", done: n, total: batches.length });
      for (const symbol of kernelConfig(this.request.tree, files).symbols) needed.add(symbol);
    }
    const kbuild = kbuildOf(this.tree);
    for (const file of batches.flat()) {
      const own = kbuild.moduleOf(file)?.config;
      if (own) needed.delete(own.replace(/^CONFIG_/, ""));
    }
    return [...needed].sort();
  }

  /**
   * Drivers of one batch whose records are there are judged, the others tried.
   * @param onBuilt called when a kernel of the batch is there
   */
  private async runBatch(
    files: readonly string[],
    symbols: () => readonly string[],
    onBuilt: () => void,
  ): Promise<void> {
    const missing = new Map<FoundDriver, LifeResult>();
    for (const one of this.found.filter(({ variable }) => files.includes(variable.file.path))) {
      if (this.isOver() && !this.records.has(idOf(one))) continue; // what is known already is told all the same
      const life = live(one.code, this.source, defaultLimits);
      const record = this.records.find(idOf(one), callsOfPaths(life));
      if (record) this.judge(one, life, record);
      else missing.set(one, life);
      this.tell(one);
    }
    if (missing.size === 0 || this.isOver()) return;
    const { request, core } = this;
    const maker: KernelMaker = {
      build: (files, symbols) => this.kernelOf(request, files, symbols),
      start: (image) => takeInventory(core.name, image, request),
      ...(request.signal && { signal: request.signal }),
    };
    const isMissing = (file: string) => [...missing.keys()].some((one) => one.variable.file.path === file);
    const { kernels, impossible } = configurable(request.tree, files);
    for (const { driver, why } of impossible) this.giveUp(driver, why, missing);
    for (const together of kernels) {
      if (!together.some(isMissing)) continue;
      for await (const kernel of driverKernels(maker, kbuildOf(this.tree), together, symbols())) {
        if ("file" in kernel) this.giveUp(kernel.file, kernel.why, missing);
        else {
          onBuilt();
          await this.tryAll(kernel, missing);
        }
      }
    }
  }

  /** A kernel with drivers, and with what registers those that do not do so themselves. */
  private kernelOf(request: SessionRequest, files: readonly string[], symbols: readonly string[]) {
    const registrars = files.flatMap((file) => this.registrars.get(file) ?? []);
    return testKernel(request, this.core, [...files, ...registrars], symbols);
  }

  private tell(one: FoundDriver): void {
    const { onProgress = noProgress } = this.request;
    onProgress({
      task: `trying ${one.variable.file.path}`,
      done: this.reports.size,
      total: this.found.length,
    });
  }

  private giveUp(file: string, why: string, missing: ReadonlyMap<FoundDriver, LifeResult>): void {
    for (const [one, life] of missing)
      if (one.variable.file.path === file) this.keep(one, life, { kind: "untried", why });
  }

  private keep(one: FoundDriver, life: LifeResult, record: DriverRecord): void {
    this.records.keep(idOf(one), record);
    this.judge(one, life, record);
  }

  private async tryAll(kernel: DriverKernel, missing: ReadonlyMap<FoundDriver, LifeResult>): Promise<void> {
    const { image, inventory, files } = kernel;
    const places = new Places(image);
    const registered = await registeredDrivers(inventory.lines, places);
    const named: NamedDriver[] = [];
    for (const [one, life] of missing) {
      if (!files.includes(one.variable.file.path)) continue;
      const name = nameInKernel(one, registered);
      if (name === undefined) this.keep(one, life, { kind: "untried", why: NOT_REGISTERED });
      else named.push({ one, life, name });
    }
    const names = named.map(({ name }) => name);
    const devices = await devicesOf(names, inventory, image, this.request);
    const guests = Array.from({ length: availableParallelism() }, (_, n) => n); // each has one processor
    await sideBySide(guests, this.request.signal, (_, signal) =>
      this.tryFrom(named, devices, { image, places }, signal),
    );
  }

  /** Takes one driver after the other off the list. */
  private async tryFrom(
    list: NamedDriver[],
    devices: ReadonlyMap<string, DriverDevice>,
    kernel: { readonly image: KernelImage; readonly places: Places },
    signal: AbortSignal,
  ): Promise<void> {
    while (!this.isOver() && !signal.aborted) {
      const next = list.shift();
      if (!next) return;
      const { one, life, name } = next;
      this.tell(one);
      const device = devices.get(name)!;
      try {
        this.keep(
          one,
          life,
          await tryDriver(one, life, { name, device }, kernel, { ...this.request, signal }),
        );
      } catch (error) {
        if (!(error instanceof SilentGuestError)) throw error;
        this.reports.set(one, untried(one.variable.file.path, error.message)); // no record: the next run tries again
      }
    }
  }

  private judge(one: FoundDriver, life: LifeResult, record: DriverRecord): void {
    const file = one.variable.file.path;
    this.reports.set(
      one,
      record.kind === "untried" ? untried(file, record.why) : driverReport(file, life, record),
    );
  }
}
