/** Audits a tree: from its files to one answer for each pair of a pci_driver and a file that allocates. */
import { availableParallelism } from "node:os";
import { KnownError } from "../base/errors.js";
import { noProgress, type ProgressListener } from "../base/progress.js";
import { reachingOut } from "../kernel/kbuild.js";
import { openTree, requireCore, type Tree, type TreeSpec } from "../kernel/tree.js";
import { coreFiles } from "../ownership/core.js";
import { type CoreFacts, coreFacts } from "../ownership/core-facts.js";
import { coreOf } from "./analysis.js";
import { AuditCache, hashOf, hashOfFiles, type KnownResults, programVersion } from "./cache.js";
import type { ParseFailure, ParseResult } from "./parse-report.js";
import { runWorkers } from "./pool.js";
import type { DriverResult } from "./result.js";
import { driverFolders, type LeftOut, listDriverFiles, planIndex } from "./tree-index.js";
import type { WorkerReport } from "./worker-protocol.js";

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
  /**
   * Only drivers of which an allocating file, the pci_driver's file or its name matches this glob: a path from the
   * tree's root, or without slashes the last part of one.
   */
  readonly drivers?: string;
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
}

/**
 * Audits all drivers of a tree.
 * @throws KnownError (exit code 3) when there is no kernel tree, or one without the core; the signal's reason
 */
export async function auditTree(spec: TreeSpec, options: AuditOptions = {}): Promise<AuditResult> {
  const { progress = noProgress, signal } = options;
  const tree = openTree(spec);
  requireCore(tree);
  signal?.throwIfAborted();
  progress({ task: "listing files", done: 0 });
  const listed = listDriverFiles(tree);
  const cache = options.cache === false || options.branches ? undefined : new AuditCache(tree);
  const known = cache?.readResults();
  const base = hashOf(
    [programVersion(), ...coreFiles.map((path) => tree.read(path)?.toString("latin1"))].join("\0"),
  );
  const from = hashOf(`${base}${hashOfFiles(listed)}${options.drivers ?? ""}${tree.commit}`);
  if (known?.whole?.from === from) return known.whole.result;
  return new Audit(tree, options, cache, base, from, known).run(listed);
}

class Audit {
  private readonly results = new Map<string, readonly DriverResult[]>();
  private readonly leftOut: LeftOut[] = [];
  private readonly failed: ParseFailure[] = [];
  private functions = 0;
  private filesRead = 0;

  constructor(
    private readonly tree: Tree,
    private readonly options: AuditOptions,
    private readonly cache: AuditCache | undefined,
    private readonly base: string,
    private readonly from: string,
    private readonly known: KnownResults | undefined,
  ) {}

  async run(listed: ReturnType<typeof listDriverFiles>): Promise<AuditResult> {
    const { tree, cache, base, known } = this;
    const { index, leftOut } = planIndex(listed);
    this.leftOut.push(...leftOut);
    const stampOf = new Map(listed.map(({ path, stamp }) => [path, stamp]));
    const stamps = index.paths.map((path) => stampOf.get(path)!);
    const missing = cache?.readFilters(index, stamps) ?? index.paths.map((_, i) => i);
    await runWorkers(
      {
        spec: tree.spec,
        index,
        stamps,
        base,
        missing: new Uint32Array(missing),
        counters: new Int32Array(new SharedArrayBuffer(8)),
        known: [...(known?.byDependencies.keys() ?? [])],
        drivers: this.options.drivers,
        branches: this.options.branches ?? false,
        threads: Math.max(1, this.options.jobs ?? availableParallelism()),
      },
      (report) => this.receive(report, missing.length),
      () => new Map(driverFolders.map((folder) => [folder, reachingOut(tree, folder)])),
      () => missing.length > 0 && this.keep((c) => c.writeFilters(index, stamps)),
      this.options.signal,
    );
    const result: AuditResult = {
      tree: { version: tree.version, commit: tree.commit },
      core: coreFacts(coreOf(tree)),
      drivers: [...this.results.values()].flat().sort(byDriver),
      parse: { functions: this.functions, failed: this.failed.sort(byPlace) },
      leftOut: this.allLeftOut(),
    };
    this.keep((c) => c.writeResults({ byDependencies: this.results, whole: { from: this.from, result } }));
    return result;
  }

  private receive(report: WorkerReport, toRead: number): void {
    const { progress = noProgress } = this.options;
    switch (report.kind) {
      case "read":
        this.filesRead += report.files;
        return progress({ task: "reading files", done: this.filesRead, total: toRead });
      case "driver":
        this.results.set(report.key, report.results ?? this.known!.byDependencies.get(report.key)!);
        if (report.leftOut) this.leftOut.push(report.leftOut);
        return progress({ task: "auditing drivers", done: this.results.size, total: report.of });
      case "audited":
        this.functions += report.parse.functions;
        this.failed.push(...report.parse.failed);
        this.leftOut.push(...report.problems.map(({ path, why }) => ({ file: path, why })));
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
