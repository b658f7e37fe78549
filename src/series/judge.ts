/**
 * A tree with changes put on it one after the other, and what the audit says after each. Only what a change can
 * reach is audited again: the drivers with code in a changed file; after a change of the core, those for which the
 * two cores are not equivalent (core-equivalence.ts) and whose results were not foretold (foretold.ts).
 */
import { setImmediate } from "node:timers/promises";
import { coreOf } from "../audit/analysis.js";
import { auditTree } from "../audit/audit.js";
import {
  type HazardChanges,
  hazardChanges,
  lineMapsOf,
  type NamedHazard,
  namedHazard,
  namedHazards,
} from "../audit/hazard-change.js";
import type { CallResult, DriverResult, HazardResult } from "../audit/result.js";
import type { ProgressListener } from "../base/progress.js";
import { openTree, type Tree, type TreeSpec } from "../kernel/tree.js";
import { managedAllocation } from "../ownership/apis.js";
import { type Core, coreFiles } from "../ownership/core.js";
import type { Moves, PatchedFiles } from "./apply.js";
import { Bench } from "./bench.js";
import { coreBreaches } from "./core-breaches.js";
import { equivalent } from "./core-equivalence.js";
import { afterCoreChange } from "./foretold.js";
import { type Audited, type Undecided, whyLost, whyUndecided } from "./undecided.js";

/** A hazard, and whose it is: a driver's file, or the core's. */
export interface Finding extends NamedHazard {
  readonly driver: string;
}

/** A tree and its hazards at one moment. */
export interface Snapshot {
  readonly tree: Tree;
  readonly findings: readonly Finding[];
  /** What files that were renamed were called at first. */
  readonly moves: Moves;
}

export interface Judgement {
  readonly introduced: readonly Finding[];
  readonly removed: readonly Finding[];
  /** Drivers that were decided before the change and are not after it. */
  readonly undecided: readonly Undecided[];
  /** Files of drivers that took vectors before the change and do not any more, as far as can be seen. */
  readonly ended: readonly string[];
  /** Paths of the drivers that were audited again. */
  readonly audited: readonly string[];
  /** What was found about the core, when the change touches it: why no driver, some or all were audited again. */
  readonly core: string | undefined;
}

export interface JudgeOptions {
  readonly jobs?: number;
  readonly cache?: boolean;
  readonly progress?: ProgressListener;
  readonly signal?: AbortSignal;
}

/** What a change of the core means for drivers. */
interface Reach {
  readonly why: string;
  /** Whether a driver has to be audited again. */
  includes(driver: DriverResult): boolean;
  /** The result, with the new core, of one that has not. */
  foretold(driver: DriverResult): DriverResult;
}

/** From this many drivers on, threads that start anew are faster than one that goes on. */
const manyDrivers = 100;

export class Judge {
  private breaches: readonly HazardResult[];
  private moves: Moves = new Map();
  private lost: ReadonlyMap<string, Undecided> = new Map();
  private readonly bench: Bench;

  private constructor(
    /** The tree with all changes so far. */
    public tree: Tree,
    private core: Core,
    private results: ReadonlyMap<string, DriverResult>,
    private readonly options: JudgeOptions,
  ) {
    this.breaches = coreBreaches(core);
    this.bench = new Bench(tree);
  }

  /** Audits the tree as it is. */
  static async open(spec: TreeSpec, options: JudgeOptions = {}): Promise<Judge> {
    const { drivers } = await auditTree(spec, options);
    const tree = openTree(spec);
    return new Judge(tree, coreOf(tree), byKey(drivers), options);
  }

  get drivers(): readonly DriverResult[] {
    return [...this.results.values()];
  }

  /** By driver: those that a change so far has left undecided. */
  get undecided(): ReadonlyMap<string, Undecided> {
    return this.lost;
  }

  /** Remembers the state at hand. @returns what goes back to it */
  mark(): () => void {
    const { tree, core, results, breaches, lost, moves } = this;
    return () => Object.assign(this, { tree, core, results, breaches, lost, moves });
  }

  /**
   * Puts a change on top and audits what it can reach.
   * @param moves files that it renames: what is known of them stays known
   * @throws the signal's reason
   */
  async put(files: PatchedFiles, moves: Moves = new Map()): Promise<Judgement> {
    await setImmediate(); // an interrupt is an event, and nothing else here lets one in
    this.options.signal?.throwIfAborted();
    const changes = new Map(
      [...files].map(([path, text]) => [path, text === null ? null : Buffer.from(text, "latin1")]),
    );
    const tree = this.tree.withOverlay(changes);
    const paths = [...files.keys()];
    const before = this.snapshot();
    const touched = new Set(this.drivers.filter((d) => d.files.some((f) => files.has(f))));
    const core = paths.some((path) => (coreFiles as readonly string[]).includes(path))
      ? coreOf(tree)
      : this.core;
    const reach = core === this.core ? undefined : this.reachOf(core);
    if (reach) {
      for (const driver of this.drivers) if (reach.includes(driver)) touched.add(driver);
      this.breaches = coreBreaches(core);
    }
    const audited = await this.reaudit(tree, core, [...touched], paths);
    const kept = this.drivers.filter((driver) => !touched.has(driver));
    const lost = this.lostBy([...touched], audited, core);
    this.tree = tree;
    this.core = core;
    this.moves = new Map([
      ...this.moves,
      ...[...moves].map(([now, was]) => [now, this.origin(was)] as const),
    ]);
    this.results = byKey([...(reach ? kept.map(reach.foretold) : kept), ...audited.drivers]);
    const undecided = [...lost].filter(([key]) => !this.lost.has(key)).map(([, driver]) => driver);
    this.lost = lost;
    const unknown = new Set([...lost.values()].map(({ driver }) => driver));
    const { came, went } = this.since(before);
    const left = new Set(this.drivers.map(({ driver }) => moves.get(driver) ?? driver));
    const ended = new Set([...touched].map(({ driver }) => driver).filter((driver) => !left.has(driver)));
    return {
      introduced: came,
      removed: went.filter(({ driver }) => !unknown.has(driver)),
      undecided,
      ended: [...ended].filter((driver) => !unknown.has(driver)),
      audited: [...new Set(audited.drivers.map(({ driver }) => driver))],
      core: reach?.why,
    };
  }

  /** All that is at hand, to be compared with later on. */
  snapshot(): Snapshot {
    const drivers = [...this.results].flatMap(([key, driver]) =>
      namedHazards(driver, key).map((hazard) => ({ ...hazard, driver: driver.driver })),
    );
    const core = this.breaches.map((breach) => ({ ...namedHazard(breach, "core"), driver: breach.file }));
    return { tree: this.tree, findings: [...drivers, ...core], moves: this.moves };
  }

  /** What a file was called before the first change. */
  private origin(path: string): string {
    return this.moves.get(path) ?? path;
  }

  /** Which hazards came and which went since then, path by path. */
  since(before: Snapshot): HazardChanges<Finding> {
    const { tree, findings, moves } = this.snapshot();
    const was = renaming(moves, before.moves);
    const now = renaming(before.moves, moves);
    const renamed = new Map(before.findings.map((finding) => [inFiles(finding, now), finding]));
    const { came, went } = hazardChanges([...renamed.keys()], findings, lineMapsOf(before.tree, tree, was));
    return { came, went: went.map((finding) => renamed.get(finding)!) };
  }

  /** Which drivers are undecided after a change and were not before the first one. */
  private lostBy(
    touched: readonly DriverResult[],
    audited: Audited,
    core: Core,
  ): ReadonlyMap<string, Undecided> {
    const now = byKey(audited.drivers);
    const lost = new Map(this.lost);
    const note = (key: string, why: Undecided | undefined) => {
      if (why) lost.set(key, why);
      else lost.delete(key);
    };
    for (const driver of touched) if (!now.has(keyOf(driver))) note(keyOf(driver), whyLost(driver, audited));
    for (const [key, driver] of now)
      if (this.lost.has(key) || this.results.get(key)?.class !== "unknown")
        note(key, whyUndecided(driver, audited, core));
    return lost;
  }

  /** Which drivers can tell a new core from the one at hand, and what is known of the others under it. */
  private reachOf(core: Core): Reach {
    const isManaged = ({ api }: CallResult) => managedAllocation.test(api);
    const same = equivalent(this.core, core, "managed").same;
    /** Whether a driver can see what changes for users of the managed API. */
    const sees = (d: DriverResult) => !same && d.allocations.some(isManaged);
    const plain = (d: DriverResult) => !d.allocations.every(isManaged);
    const all = equivalent(this.core, core, "plain");
    const foretold = (d: DriverResult) => d;
    if (all.same)
      return {
        why: `plain allocations do the same as before on every device (${all.sequences} sequences of calls compared)`,
        includes: sees,
        foretold,
      };
    const unmanaged = equivalent(this.core, core, "plain-unmanaged");
    if (!unmanaged.same)
      return {
        why: `changes every device: ${unmanaged.difference}`,
        includes: (d) => plain(d) || sees(d),
        foretold,
      };
    const why = `changes managed devices only: ${all.difference}`;
    const rest = equivalent(this.core, core, "plain", "left out");
    if (!rest.same)
      return { why, includes: (d) => (plain(d) && d.enable !== "unmanaged") || sees(d), foretold };
    const isMarked = ({ hazards }: DriverResult) => hazards.some((h) => h.kind === "stale-managed-flag");
    return {
      why: `${why}; but for the automatic release, plain allocations do the same (${rest.sequences} sequences of calls compared)`,
      includes: (d) => sees(d) || (plain(d) && (d.allocations.some(isManaged) || isMarked(d))),
      foretold: (d) => (plain(d) && d.enable !== "unmanaged" ? afterCoreChange(d, rest.automatic) : d),
    };
  }

  private async reaudit(
    tree: Tree,
    core: Core,
    touched: readonly DriverResult[],
    changed: readonly string[],
  ): Promise<Audited> {
    if (touched.length >= manyDrivers) {
      const wanted = new Set(touched.flatMap(({ driver, pciDriver }) => [driver, pciDriver.file]));
      for (const path of changed) if (path.endsWith(".c")) wanted.add(path);
      const { drivers, leftOut, parse } = await auditTree(tree.spec, {
        ...this.options,
        drivers: { names: [...wanted] },
        cache: this.options.cache === false ? false : "read",
      });
      const keys = new Set(touched.map(keyOf));
      const isMeant = (d: DriverResult) => keys.has(keyOf(d)) || d.files.some((f) => changed.includes(f));
      const failed = parse.failed.filter(({ file }) => changed.includes(file));
      return { drivers: drivers.filter(isMeant), leftOut, failed };
    }
    const sources = [...touched.flatMap(({ files }) => files), ...changed].filter((p) =>
      /^(drivers|sound)\//.test(p),
    );
    if (sources.length === 0) return { drivers: [], leftOut: [], failed: [] };
    const wanted = new Set(touched.map(({ pciDriver }) => `${pciDriver.file}#${pciDriver.name}`));
    return this.bench.audit(tree, core, wanted, sources, changed);
  }
}

/** From the names of files at one moment to those at another. */
function renaming(from: Moves, to: Moves): (path: string) => string {
  const names = new Map([...to].map(([name, origin]) => [origin, name]));
  return (path) => {
    const origin = from.get(path) ?? path;
    return names.get(origin) ?? origin;
  };
}

/** A finding with the names that its files have at another moment. */
function inFiles(finding: Finding, name: (path: string) => string): Finding {
  const { file, driver, owner } = finding;
  return { ...finding, file: name(file), driver: name(driver), owner: owner.split("#").map(name).join("#") };
}

/** One pair of a pci_driver and an allocating file. */
export function keyOf({ driver, pciDriver }: DriverResult): string {
  return `${pciDriver.file}#${pciDriver.name}#${driver}`;
}

function byKey(drivers: readonly DriverResult[]): Map<string, DriverResult> {
  return new Map(drivers.map((driver) => [keyOf(driver), driver]));
}
