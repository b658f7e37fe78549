/** Audits a tree: from its files to one answer for each pair of a pci_driver and a file that allocates. */
import picomatch from "picomatch";
import { noProgress, type ProgressListener } from "../base/progress.js";
import { openTree, requireCore, type TreeSpec } from "../kernel/tree.js";
import { auditDriver, coreOf, discover } from "./analysis.js";
import type { FoundDriver } from "./drivers.js";
import { indexTree, Library } from "./library.js";
import { type ParseResult, parseReport } from "./parse-report.js";
import type { DriverResult } from "./result.js";

export interface AuditOptions {
  /** Threads; by default as many as the machine has processors. */
  readonly jobs?: number;
  /** Whether to use what earlier runs left in the user's cache folder, and to leave something there. */
  readonly cache?: boolean;
  readonly progress?: ProgressListener;
  /** Stops the audit: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Only drivers of which an allocating file, or the pci_driver's file, matches this glob, a path from the tree's root. */
  readonly drivers?: string;
}

/** A file that the audit did not read, or a driver that it could not execute, and why. */
export interface LeftOut {
  readonly file: string;
  readonly why: string;
}

export interface AuditResult {
  readonly tree: { readonly version: string; readonly commit: string | null };
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
  const { progress = noProgress, signal, drivers: glob } = options;
  const tree = openTree(spec);
  requireCore(tree);
  progress({ task: "reading files", done: 0 });
  const { files, leftOut } = indexTree(tree);
  signal?.throwIfAborted();
  const library = new Library(tree, files, leftOut);
  const found = discover(library).filter(matching(glob));
  const core = coreOf(tree);
  const drivers: DriverResult[] = [];
  for (const [done, driver] of found.entries()) {
    signal?.throwIfAborted();
    progress({ task: "auditing drivers", done, total: found.length });
    drivers.push(...auditDriver(driver, core));
  }
  return {
    tree: { version: tree.version, commit: tree.commit },
    drivers: drivers.sort(byDriver),
    parse: parseReport(found),
    leftOut: [...leftOut, ...tree.problems.map(({ path, why }) => ({ file: path, why }))],
  };
}

function matching(glob: string | undefined): (found: FoundDriver) => boolean {
  if (glob === undefined) return () => true;
  const matches = picomatch(glob);
  return (found) =>
    matches(found.variable.file.path) || found.allocations.some((a) => matches(a.within.file.path));
}

function byDriver(a: DriverResult, b: DriverResult): number {
  return (
    compare(a.driver, b.driver) ||
    compare(a.pciDriver.file, b.pciDriver.file) ||
    a.pciDriver.line - b.pciDriver.line
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
