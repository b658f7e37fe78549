/** The release paths that an audit found in a driver, against those that the kernel went. */
import type { Position } from "../base/position.js";
import type { LifeResult, ReleasePath } from "../ownership/lifecycle.js";
import type { Act } from "./scenario.js";

/** One bind of a real driver, and where in its own code the allocation that failed was asked for. */
export interface DriverAct {
  readonly act: Act;
  /** Innermost first: lines of the driver's own files in the call trace of the failed allocation. */
  readonly failedAt: readonly Position[];
}

export interface PathVerdict {
  readonly path: string;
  readonly file: string;
  readonly line: number;
  readonly verdict: "confirmed" | "contradicted" | "not-reached";
  /** Binds of the guest that went this path. */
  readonly times: number;
  readonly why?: string;
}

/**
 * Lines by which the place of a call in the debug information may differ from its place in the source: the compiler
 * names the line of an argument where a call spans several.
 */
const SAME_CALL = 3;

/**
 * Says of each release path of the audit whether the guest went it, and whether it did as the audit says. Where the
 * audit has several ends of one path (vectors freed or not, by a condition), each end of the guest must be one of them.
 */
export function judgePaths(life: LifeResult, acts: readonly DriverAct[]): readonly PathVerdict[] {
  const named = life.releasePaths.filter(({ path }) => !isDetach(path) && path !== UNNAMED);
  const goes = (one: DriverAct, path: ReleasePath): boolean => {
    if (isDetach(path.path)) return detached(one.act);
    if (path.path !== UNNAMED) return failedThere(one, path);
    return gaveUp(one.act) && !named.some((other) => failedThere(one, other));
  };
  return life.releasePaths.map((path) => {
    const went = acts.filter((one) => goes(one, path));
    const ends = life.releasePaths.filter((other) => isSamePath(other, path));
    const wrong = went.find(({ act }) => ends.every((end) => difference(act, end) !== undefined));
    const times = wrong ? went.length : went.filter(({ act }) => difference(act, path) === undefined).length;
    const base = { path: path.path, file: path.file, line: path.line, times };
    if (wrong) return { ...base, verdict: "contradicted", why: difference(wrong.act, path)! };
    if (times === 0) return { ...base, verdict: "not-reached" };
    return { ...base, verdict: "confirmed" };
  });
}

const isSamePath = (a: ReleasePath, b: ReleasePath): boolean =>
  a.path === b.path && a.file === b.file && a.line === b.line;

/** How what the kernel did at the end of a path differs from what the audit says, or undefined. */
function difference(act: Act, path: ReleasePath): string | undefined {
  if (leaks(act) !== path.leaksToday)
    return `the kernel ${leaks(act) ? "leaks" : "does not leak"}, the audit says that it ${path.leaksToday ? "does" : "does not"}`;
  const owner = freedBy(act);
  if (path.leaksToday || owner === undefined || (owner === "driver") === path.frees) return undefined;
  const [kernel, audit] = path.frees
    ? ["the automatic release frees", "the driver does"]
    : ["the driver frees", "the automatic release does"];
  return `in the kernel ${kernel} the vectors, the audit says that ${audit}`;
}

/**
 * Who tore the last vectors down. A driver that allocates with the managed calls has asked for the release: it counts
 * as its own.
 * @returns undefined when no vectors were torn down, as with INTx.
 */
export function freedBy({ events, lines }: Act): "driver" | "automatic-release" | undefined {
  const torn = events.findLastIndex(({ event }) => event === "torn-down");
  if (torn === -1) return undefined;
  const calls = events.slice(0, torn).findLast(({ event }) => event !== "free-called");
  const automatic = calls?.event === "action-run" && calls.action === "pcim_msi_release";
  const asked = lines.some(
    (line) => line.kind === "call" && line.function.startsWith("pcim_alloc_irq_vectors"),
  );
  return automatic && !asked ? "automatic-release" : "driver";
}

const isDetach = (path: string) => /^(remove|detach)/.test(path);
const detached = (act: Act) => act.bind === 0 && act.after !== undefined;

/** The audit's name for failures that it does not tell apart. */
const UNNAMED = "probe fails";

/** Probe failed with vectors allocated before. */
const gaveUp = (act: Act) =>
  act.bind !== 0 && act.after !== undefined && act.events.some(({ event }) => event === "allocated");

/** … because of a failure in this call. */
function failedThere({ act, failedAt }: DriverAct, path: Position): boolean {
  return (
    gaveUp(act) &&
    failedAt.some(({ file, line }) => file === path.file && Math.abs(line - path.line) <= SAME_CALL)
  );
}

/** Vectors are left when devres has had its turn. */
export function leaks(act: Act): boolean {
  return (
    act.signs.some(({ sign }) => sign === "vectors-left") ||
    act.after?.msi === true ||
    act.after?.msix === true
  );
}
