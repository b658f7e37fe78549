/**
 * Writes the series: the managed API, one patch for each driver or group that relies on the automatic release, the
 * core change. A patch is taken only when the audit, run again on all that it can reach, finds no new hazard.
 */
import { basename } from "node:path";
import type { DriverResult } from "../audit/result.js";
import { KnownError } from "../base/errors.js";
import { plural } from "../base/plural.js";
import type { TreeSpec } from "../kernel/tree.js";
import type { Checked } from "./checked.js";
import { addManagedApi, hasManagedApi } from "./core-api.js";
import { endAutomaticRelease, hasAutomaticRelease } from "./core-change.js";
import type { Change } from "./edit.js";
import { type Finding, Judge, type JudgeOptions } from "./judge.js";
import { apiBody, apiTitle, changeBody, changeTitle, unitBody, unitTitle } from "./message.js";
import { mayRely, missingFrees, reliesOnRelease } from "./need.js";
import { commonPrefix } from "./prefix.js";
import { ended, type LiveFree, liveFrees } from "./under-handler.js";
import { addOwnActions, type Call, canOwn, convertUnit, type Left, type Unit, unitsOf } from "./unit.js";

export type PatchKind = "api" | "driver" | "core";

export interface SeriesPatch {
  readonly kind: PatchKind;
  readonly title: string;
  readonly body: string;
  readonly change: Change;
  /** The contents that it changes, for diffs. */
  readonly before: Change;
  /** Drivers that it converts: allocating files. */
  readonly drivers: readonly string[];
  /** Frees under a live handler that it ends. */
  readonly ended: readonly LiveFree[];
  /** What the proof was: how many drivers were audited again, and what was found of the core. */
  readonly proof: string;
}

export interface Series {
  readonly tree: { readonly version: string; readonly commit: string | null };
  readonly patches: readonly SeriesPatch[];
  /** Places that need a person, and why; while there are any, the core change is not made. */
  readonly left: readonly Left[];
  /** Places that could not be converted, of drivers that free on every path: they stay, and nothing waits for them. */
  readonly kept: readonly Left[];
  /** Places that needed a person, and that one has looked at; `why` is the person's reason. */
  readonly checked: readonly Left[];
  /** Files said to be checked that did not have to be. */
  readonly checkedInVain: readonly string[];
  /** The audit of the tree before. */
  readonly before: readonly DriverResult[];
}

export interface GenerateOptions extends JudgeOptions {
  /**
   * Who owns the vectors of drivers that free them, too. By default those who free on some paths only are converted,
   * and their own frees go where that is safe; `managed` converts also those who free on every path; `explicit` leaves
   * the former to a person, and says where frees are missing.
   */
  readonly hybrid?: "managed" | "explicit";
  /** Files whose drivers a person has found to need no automatic release, and why: they do not hold the core change up. */
  readonly checked?: Checked;
  /** The subject prefix of a file, with what separates it from the rest: "drm/xe: ". */
  readonly prefix: (path: string) => string;
}

/** @throws KnownError when the core of the tree is not one that the core patches fit; as the audit does */
export async function generateSeries(spec: TreeSpec, options: GenerateOptions): Promise<Series> {
  const judge = await Judge.open(spec, options);
  const { version, commit } = judge.tree;
  const before = judge.drivers;
  const patches: SeriesPatch[] = [];
  const left: Left[] = [];
  const kept: Left[] = [];
  const withTheCore: Call[] = [];
  // After the core change nobody can rely on what is no longer there.
  const needy = hasAutomaticRelease(judge.tree)
    ? before.filter(
        (d) =>
          reliesOnRelease(d) ||
          mayRely(d, judge.tree) ||
          (options.hybrid === "managed" && d.class === "hybrid-full"),
      )
    : [];
  const units = landingOrder(unitsOf(needy));
  if (!hasManagedApi(judge.tree) && hasAutomaticRelease(judge.tree))
    patches.push(await corePatch(judge, "api", addManagedApi(judge.tree), apiTitle, apiBody));
  for (const [done, unit] of units.entries()) {
    options.progress?.({ task: "converting and proving", done, total: units.length });
    const made = await driverPatch(judge, unit, options);
    if ("left" in made && unit.drivers.every(ownsEverywhere)) kept.push(...made.left);
    else if ("left" in made && made.refused.length > 0 && made.refused.every(canOwn))
      withTheCore.push(...made.refused);
    else if ("left" in made) left.push(...made.left);
    else patches.push(made);
  }
  const own = addOwnActions(judge.tree, withTheCore);
  left.push(...own.left);
  const decided = options.checked ?? new Map<string, string>();
  const open = left.filter(({ file }) => !decided.has(file));
  if (hasAutomaticRelease(judge.tree) && open.length === 0) {
    const core = endAutomaticRelease(judge.tree);
    const body = changeBody({
      dropsMark: core.has("include/linux/pci.h"),
      own: withTheCore.filter(({ file }) => own.change.has(file)),
    });
    const change = new Map([...core, ...own.change]);
    patches.push(await corePatch(judge, "core", change, changeTitle, body, decided));
  }
  return {
    tree: { version, commit },
    patches: distinctTitles(patches),
    left: open,
    kept,
    checked: left
      .filter(({ file }) => decided.has(file))
      .map(({ file, line }) => ({ file, line, why: decided.get(file)! })),
    checkedInVain: [...decided.keys()].filter((file) => left.every((l) => l.file !== file)),
    before,
  };
}

/** Titles that several patches have name the file as well: nobody can tell two patches of one subject apart. */
function distinctTitles(patches: readonly SeriesPatch[]): SeriesPatch[] {
  const counts = new Map<string, number>();
  for (const { title } of patches) counts.set(title, (counts.get(title) ?? 0) + 1);
  return patches.map((patch) =>
    counts.get(patch.title) === 1
      ? patch
      : { ...patch, title: `${patch.title} in ${basename(patch.drivers[0] ?? "", ".c")}` },
  );
}

/** Whether a driver needs nobody's release: only asked for with `--hybrid managed`. */
function ownsEverywhere(driver: DriverResult): boolean {
  return driver.class === "hybrid-full" && !reliesOnRelease(driver);
}

async function corePatch(
  judge: Judge,
  kind: PatchKind,
  change: Change,
  title: string,
  body: string,
  checked: Checked = new Map(),
): Promise<SeriesPatch> {
  const before = contents(judge, change);
  const { introduced: found, audited, core } = await judge.put(change);
  const introduced = found.filter(({ driver }) => !checked.has(driver));
  if (introduced.length > 0) {
    const places = introduced.slice(0, 10).map((f) => `  ${f.kind} ${f.file}:${f.line}`);
    throw new KnownError(
      `"${title}" would bring ${introduced.length} new hazards:\n${places.join("\n")}`,
      "this is a fault of the series: report it, with the tree's version",
    );
  }
  return {
    kind,
    title,
    body,
    change,
    before,
    drivers: [],
    ended: [],
    proof: `${core ?? ""}; ${plural(audited.length, "driver")} audited again`,
  };
}

async function driverPatch(
  judge: Judge,
  unit: Unit,
  options: GenerateOptions,
): Promise<SeriesPatch | { readonly left: readonly Left[]; readonly refused: readonly Call[] }> {
  const everybody = judge.drivers;
  const first = unit.drivers[0]!.allocations[0]!;
  const partly = unit.drivers.find((d) => d.class === "hybrid-partial");
  if (options.hybrid === "explicit" && partly)
    return { left: [{ file: first.file, line: first.line, why: missingFrees(partly) }], refused: [] };
  let why: readonly Left[] = [];
  for (const dropFrees of [true, false]) {
    const made = convertUnit(judge.tree, unit, everybody, dropFrees);
    if (made.left.length > 0) return { left: made.left, refused: made.apis.length > 0 ? [] : made.refused };
    const undo = judge.mark();
    const before = contents(judge, made.change);
    const { introduced, audited } = await judge.put(made.change);
    const after = judge.drivers.filter((d) => unit.files.includes(d.driver));
    const still = after.filter(reliesOnRelease);
    if (introduced.length === 0 && still.length === 0) {
      return {
        kind: "driver",
        title: unitTitle(commonPrefix(unit.files.map(options.prefix)), made),
        body: unitBody(unit.drivers, made, after),
        change: made.change,
        before,
        drivers: unit.files,
        ended: ended(liveFrees(unit.drivers), liveFrees(after)),
        proof: `${plural(audited.length, "driver")} audited again, no new hazard`,
      };
    }
    undo();
    why = [{ file: first.file, line: first.line, why: failedProof(introduced, still) }];
    if (made.dropped.length === 0) break;
  }
  return { left: why, refused: [] };
}

function failedProof(introduced: readonly Finding[], still: readonly DriverResult[]): string {
  const [finding] = introduced;
  if (finding) return `converting it would bring ${finding.kind} at ${finding.file}:${finding.line}`;
  const path = still[0]!.releasePaths.find((p) => !p.frees);
  return `converted, it would still rely on the automatic release: ${path ? `${path.path} (${path.file}:${path.line})` : still[0]!.class}`;
}

function contents(judge: Judge, change: Change): Change {
  return new Map([...change.keys()].map((path) => [path, judge.tree.read(path)?.toString("latin1") ?? ""]));
}

/** PCI's own drivers first: they land with the API, in the same tree. */
function landingOrder(units: readonly Unit[]): Unit[] {
  const isPci = (unit: Unit) => unit.files.every((file) => file.startsWith("drivers/pci/"));
  return [...units.filter(isPci), ...units.filter((unit) => !isPci(unit))];
}
