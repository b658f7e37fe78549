/** Audits a tree: from its files to one answer for each pair of a pci_driver and a file that allocates. */
import { availableParallelism } from "node:os";
import { KnownError } from "../base/errors.js";
import { noProgress, type ProgressListener } from "../base/progress.js";
import { makefileEndings, reachingOut } from "../kernel/kbuild.js";
import { hasEnding, isBelow } from "../kernel/source.js";
import { openTree, requireCore, type Tree, type TreeFile, type TreeSpec } from "../kernel/tree.js";
import { includes } from "../ownership/apis.js";
import { coreFiles } from "../ownership/core.js";
import { type CoreFacts, coreFacts } from "../ownership/core-facts.js";
import { coreOf } from "./analysis.js";
import { AuditCache, hashOf, hashOfFiles, type KnownResults, programVersion } from "./cache.js";
import type { DriverNames } from "./named-drivers.js";
import type { ParseFailure, ParseResult } from "./parse-report.js";
import { runWorkers, type Steps } from "./pool.js";
import type { DriverResult } from "./result.js";
import { driverFolders, isTooLarge, type LeftOut, planIndex, sourceEndings } from "./tree-index.js";
import type { Outreaching, WorkerReport, WorkerTask } from "./worker-protocol.js";

export interface AuditOptions {
  /** Threads; by default as many as there are processors to run on. */
  readonly jobs?: number;
  /**
   * Whether to use what earlier runs left in the user's cache folder, and to leave something there. By default it is.
   * "read" leaves nothing: for a tree with changes on top, whose results would take the place of the tree's own.
   */
  readonly cache?: boolean | "read";
  readonly progress?: ProgressListener;
  /** Told of what does not stop the audit: a cache that cannot be written. */
  readonly warn?: (message: string) => void;
  /** Stops the audit: the promise is rejected with the signal's reason, and no thread is left. */
  readonly signal?: AbortSignal;
  /** Only drivers that are named so. */
  readonly drivers?: DriverNames;
  /** Whether witnesses tell which way each branch went: for people to read, so that nothing is cached. */
  readonly branches?: boolean;
}

export interface AuditResult {
  readonly tree: { readonly version: string; readonly commit: string | null };
  /** What the tree's core does with vectors, found by executing it. */
  readonly core: CoreFacts;
  /** Sorted by driver, then by pci_driver. */
  readonly drivers: readonly DriverResult[];
  /** Of the functions from which an allocation or a free can be reached. */
  readonly parse: ParseResult;
  readonly leftOut: readonly LeftOut[];
  /** Names of `AuditOptions.drivers` that stand for nothing in this tree. */
  readonly unmatched: readonly string[];
}

/**
 * Audits all drivers of a tree.
 * @throws KnownError (exit code 3) when there is no kernel tree, or one without the core; the signal's reason;
 * RangeError when `jobs` is no positive integer
 */
export async function auditTree(spec: TreeSpec, options: AuditOptions = {}): Promise<AuditResult> {
  const tree = openTree(spec);
  requireCore(tree);
  options.signal?.throwIfAborted();
  const audit = new Audit(tree, options);
  return audit.unchanged() ?? (await audit.run());
}

/** What a result comes from. */
interface Inputs {
  readonly sources: readonly TreeFile[];
  readonly makefiles: readonly TreeFile[];
  /** A hash of what all results depend on: the program, the core, and the headers that any driver may include. */
  readonly base: string;
}

/** Where a driver may include headers from that are not its own. */
const sharedHeaders = "include/linux";

class Audit implements Steps {
  private readonly cache: AuditCache | undefined;
  private readonly known: KnownResults | undefined;
  private readonly progress: ProgressListener;
  private foundInputs: Inputs | undefined;
  private task!: WorkerTask;
  private core!: CoreFacts;
  /** Of the drivers that could be executed. */
  private readonly results = new Map<string, readonly DriverResult[]>();
  private drivers = 0;
  private readonly leftOut: LeftOut[] = [];
  private readonly failed: ParseFailure[] = [];
  private functions = 0;
  private filesRead = 0;
  private unmatched: readonly string[] = [];

  constructor(
    private readonly tree: Tree,
    private readonly options: AuditOptions,
  ) {
    this.cache = options.cache === false || options.branches ? undefined : new AuditCache(tree);
    this.known = this.cache?.readResults();
    this.progress = options.progress ?? noProgress;
  }

  /** The last result, when it came from the same. */
  unchanged(): AuditResult | undefined {
    const whole = this.known?.whole;
    return whole && whole.from === this.from() ? whole.result : undefined;
  }

  async run(): Promise<AuditResult> {
    const { tree, options } = this;
    const threads = options.jobs ?? availableParallelism();
    await runWorkers(tree.spec, threads, this, options.signal);
    const result: AuditResult = {
      tree: { version: tree.version, commit: tree.commit },
      core: this.core,
      drivers: [...this.results.values()].flat().sort(byDriver),
      parse: { functions: this.functions, failed: this.failed.sort(byPlace) },
      leftOut: this.allLeftOut(),
      unmatched: this.unmatched,
    };
    // Who asks for some drivers only may ask for all of them again.
    const others = options.drivers === undefined ? [] : (this.known?.byDependencies ?? []);
    const byDependencies = new Map([...others, ...this.results]);
    this.keep((cache) => cache.writeResults({ byDependencies, whole: { from: this.from(), result } }));
    return result;
  }

  /** Found when first asked for: a thread that starts needs the same quarter of a second. */
  private get inputs(): Inputs {
    this.foundInputs ??= this.findInputs();
    return this.foundInputs;
  }

  private findInputs(): Inputs {
    const { tree } = this;
    this.progress({ task: "listing files", done: 0 });
    const files = tree.list(driverFolders, [...sourceEndings, ...makefileEndings]);
    const isSource = ({ path }: TreeFile) => hasEnding(path, sourceEndings);
    const core = coreFiles.map((path) => tree.read(path)?.toString("latin1"));
    const shared = tree.list([sharedHeaders], [".h"]).filter(({ path }) => !includes(coreFiles, path));
    const sources = files.filter(isSource);
    const headers = hashOfFiles([...shared, ...sources.filter(isTooLarge)]);
    return {
      sources,
      makefiles: files.filter((file) => !isSource(file)),
      base: hashOf([programVersion(), headers, ...core].join("\0")),
    };
  }

  /** A hash of all that the result comes from. */
  private from(): string {
    const { sources, makefiles, base } = this.inputs;
    return hashOf(
      `${base}${hashOfFiles([...sources, ...makefiles])}${JSON.stringify(this.options.drivers)}${this.tree.commit}`,
    );
  }

  plan(): WorkerTask {
    const { sources, base } = this.inputs;
    const { index, stamps, leftOut } = planIndex(sources);
    this.leftOut.push(...leftOut);
    const missing = this.cache?.readFilters(index, stamps) ?? index.paths.map((_, i) => i);
    this.task = {
      index,
      stamps,
      base,
      missing: new Uint32Array(missing),
      counters: new Int32Array(new SharedArrayBuffer(8)),
      known: this.known && [...this.known.byDependencies.keys()],
      drivers: this.options.drivers,
      branches: this.options.branches ?? false,
    };
    return this.task;
  }

  prepare(): Outreaching {
    this.core = coreFacts(coreOf(this.tree));
    const makefiles = this.inputs.makefiles.map(({ path }) => path);
    const below = (folder: string) => makefiles.filter((path) => isBelow(path, folder));
    return new Map(driverFolders.map((folder) => [folder, reachingOut(this.tree, below(folder))]));
  }

  indexed(): void {
    const { index, stamps, missing } = this.task;
    if (missing.length > 0) this.keep((cache) => cache.writeFilters(index, stamps));
  }

  receive(report: WorkerReport): void {
    switch (report.kind) {
      case "read":
        this.filesRead += report.files;
        this.progress({ task: "reading files", done: this.filesRead, total: this.task.missing.length });
        break;
      case "driver":
        if (report.leftOut) this.leftOut.push(report.leftOut);
        else this.results.set(report.key, report.results ?? this.known!.byDependencies.get(report.key)!);
        this.progress({ task: "auditing drivers", done: ++this.drivers, total: report.of });
        break;
      case "audited":
        this.functions += report.parse.functions;
        this.failed.push(...report.parse.failed);
        this.leftOut.push(...report.leftOut);
        this.unmatched = report.unmatched;
    }
  }

  private allLeftOut(): LeftOut[] {
    const all = [...this.leftOut, ...this.tree.problems.map(({ path, why }) => ({ file: path, why }))];
    return [...new Map(all.map((one) => [one.file, one])).values()].sort((a, b) => compare(a.file, b.file));
  }

  private cacheFails = false;

  /** Writes to the cache, as long as that works. */
  private keep(write: (cache: AuditCache) => void): void {
    if (!this.cache || this.options.cache === "read" || this.cacheFails) return;
    try {
      write(this.cache);
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      this.cacheFails = true;
      this.options.warn?.(`${error.message}: going on without a cache`);
    }
  }
}

function byDriver(a: DriverResult, b: DriverResult): number {
  return (
    compare(a.driver, b.driver) ||
    compare(a.pciDriver.file, b.pciDriver.file) ||
    a.pciDriver.line - b.pciDriver.line
  );
}

function byPlace(a: ParseFailure, b: ParseFailure): number {
  return compare(a.file, b.file) || a.line - b.line;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
