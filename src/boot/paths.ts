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

/** Says of each release path of the audit whether the guest went it, and whether it did as the audit says. */
export function judgePaths(life: LifeResult, acts: readonly DriverAct[]): readonly PathVerdict[] {
  const named = life.releasePaths.filter(({ path }) => !isDetach(path) && path !== UNNAMED);
  const goes = (one: DriverAct, path: ReleasePath): boolean => {
    if (isDetach(path.path)) return detached(one.act);
    if (path.path !== UNNAMED) return failedThere(one, path);
    return gaveUp(one.act) && !named.some((other) => failedThere(one, other));
  };
  return life.releasePaths.map((path) => {
    const went = acts.filter((one) => goes(one, path));
    const wrong = went.find(({ act }) => leaks(act) !== path.leaksToday);
    const { file, line } = path;
    const base = { path: path.path, file, line, times: went.length };
    if (went.length === 0) return { ...base, verdict: "not-reached" };
    if (!wrong) return { ...base, verdict: "confirmed" };
    const [kernel, audit] = leaks(wrong.act) ? ["leaks", "does not"] : ["does not leak", "does"];
    return { ...base, verdict: "contradicted", why: `the kernel ${kernel}, the audit says that it ${audit}` };
  });
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
