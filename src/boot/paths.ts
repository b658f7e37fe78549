/** The release paths that an audit found in a driver, against those that the kernel went. */
import type { Position } from "../base/position.js";
import type { LifeResult, ReleasePath } from "../ownership/lifecycle.js";
import { ownershipEvents } from "./events.js";
import { callsOf } from "./failing-calls.js";
import type { Act } from "./scenario.js";

/** One bind of a real driver, and where in its own code it failed. */
export interface DriverAct {
  readonly act: Act;
  /**
   * Lines of the driver's own files in the call trace of what was made to fail, innermost first, and those of calls
   * that returned the error which probe returned.
   */
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

/** What failures of probe are called whose place is none that the audit names. */
const ELSEWHERE = "probe fails elsewhere";

/**
 * Says of each release path of the audit whether the guest went it, and whether it did as the audit says. Where the
 * audit has several ends of one path (vectors freed or not, by a condition), each end of the guest must be one of them.
 * Failures at places that the audit does not name must end as one of its paths does.
 */
export function judgePaths(life: LifeResult, tried: readonly DriverAct[]): readonly PathVerdict[] {
  const failures = life.releasePaths.filter(({ path }) => !isDetach(path));
  const named = failures.filter(({ path }) => path !== UNNAMED);
  const acts = tried.map((one) => atNamedCall(one, named));
  const unplaced = acts.filter((one) => gaveUp(one.act) && !named.some((path) => isAt(one, path)));
  const goes = (path: ReleasePath): readonly DriverAct[] => {
    if (isDetach(path.path)) return acts.filter(({ act }) => detached(act));
    if (path.path === UNNAMED) return unplaced;
    return acts.filter((one) => gaveUp(one.act) && isAt(one, path) && !goesFurtherInside(one, path, named));
  };
  const verdicts = life.releasePaths.map((path) =>
    compare(
      path,
      goes(path),
      life.releasePaths.filter((other) => isSamePath(other, path)),
      acts,
    ),
  );
  const [first] = failures;
  if (!first || unplaced.length === 0 || failures.length > named.length) return verdicts;
  const wrong = unplaced.find(({ act }) => failures.every((end) => difference(act, end) !== undefined));
  const base = { path: ELSEWHERE, file: first.file, line: first.line, times: unplaced.length };
  return [
    ...verdicts,
    wrong
      ? {
          ...base,
          verdict: "contradicted",
          why: `no path of the audit ends so: ${difference(wrong.act, first)}`,
        }
      : { ...base, verdict: "confirmed", why: "it ends as a path of the audit does" },
  ];
}

function compare(
  path: ReleasePath,
  went: readonly DriverAct[],
  ends: readonly ReleasePath[],
  acts: readonly DriverAct[],
): PathVerdict {
  const wrong = went.find(({ act }) => ends.every((end) => difference(act, end) !== undefined));
  const times = wrong ? went.length : went.filter(({ act }) => difference(act, path) === undefined).length;
  const base = { path: path.path, file: path.file, line: path.line, times };
  if (wrong) return { ...base, verdict: "contradicted", why: difference(wrong.act, path)! };
  if (times > 0) return { ...base, verdict: "confirmed" };
  const why = went.length > 0 ? "the guest went it, with the audit's other end" : whyNot(path, acts);
  return { ...base, verdict: "not-reached", why };
}

/** What kept the guest from a path. */
function whyNot(path: ReleasePath, acts: readonly DriverAct[]): string {
  const undisturbed = acts.find(({ act }) => act.nth === undefined)?.act;
  if (acts.length === 0) return "the guest ends when it is bound";
  if (isDetach(path.path)) {
    if (!undisturbed) return "the guest ends when it is bound";
    return undisturbed.bind === 0
      ? "it is bound without vectors here"
      : `it does not bind here (errno ${undisturbed.bind})`;
  }
  if (!acts.some(({ act }) => allocated(act)))
    return undisturbed && undisturbed.bind !== 0
      ? `probe gives up before it has vectors (errno ${undisturbed.bind})`
      : "probe allocated no vectors here";
  if (path.path === UNNAMED) return "every failure is one that the audit names";
  const there = acts.filter((one) => isAt(one, path));
  if (there.some(({ act }) => act.bind === 0)) return "probe goes on when that fails";
  if (there.length > 0) return "it failed there before vectors were allocated only";
  if (undisturbed && undisturbed.bind !== 0)
    return `probe gives up at another place here (errno ${undisturbed.bind})`;
  return "nothing there could be made to fail";
}

const isSamePath = (a: ReleasePath, b: ReleasePath): boolean =>
  a.path === b.path && a.file === b.file && a.line === b.line;

/** How what the kernel did at the end of a path differs from what the audit says, or undefined. */
function difference(act: Act, path: ReleasePath): string | undefined {
  if (leaks(act) !== path.leaksToday)
    return `the kernel ${leaks(act) ? "leaks" : "does not leak"}, the audit says that it ${path.leaksToday ? "does" : "does not"}`;
  const owner = isDetach(path.path) ? freedBy(sinceBound(act)) : freedBy(act);
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
function freedBy({ events, lines }: Act): "driver" | "automatic-release" | undefined {
  const torn = events.findLastIndex(({ event }) => event === "torn-down");
  if (torn === -1) return undefined;
  const calls = events.slice(0, torn).findLast(({ event }) => event !== "free-called");
  const automatic = calls?.event === "action-run" && calls.action === "pcim_msi_release";
  const asked = lines.some(
    (line) => line.kind === "call" && line.function.startsWith("pcim_alloc_irq_vectors"),
  );
  return automatic && !asked ? "automatic-release" : "driver";
}

/** Vectors that probe itself gave back, as who falls back to INTx does, are no matter of who detaches it. */
function sinceBound(act: Act): Act {
  const bound = act.lines.findIndex(
    (line) => line.kind === "nth-did" || (line.kind === "did" && line.verb === "bind"),
  );
  return { ...act, events: act.events.slice(ownershipEvents(act.lines.slice(0, bound + 1)).length) };
}

const isDetach = (path: string) => /^(remove|detach)/.test(path);

/** The audit's name for failures that it does not tell apart. */
const UNNAMED = "probe fails";

const allocated = ({ events }: Act) => events.some(({ event }) => event === "allocated");

/** Bound with vectors, and unbound again. Who got none, as a driver that goes on polling, went no path of the audit's. */
const detached = (act: Act) => act.bind === 0 && act.after !== undefined && allocated(act);

/** Probe failed with vectors allocated before. */
const gaveUp = (act: Act) => act.bind !== 0 && act.after !== undefined && allocated(act);

/** Something failed in this call. */
const isAt = (one: DriverAct, path: Position): boolean => depthOf(one, path) !== -1;

/** Which of the places of a failure, innermost first, is that of a path; -1: none. */
const depthOf = ({ failedAt }: DriverAct, path: Position): number =>
  failedAt.findIndex(({ file, line }) => file === path.file && Math.abs(line - path.line) <= SAME_CALL);

/** Whether a failure is that of a path further inside, and ended as that one does. */
const goesFurtherInside = (one: DriverAct, path: ReleasePath, named: readonly ReleasePath[]): boolean =>
  named.some(
    (inner) =>
      isAt(one, inner) &&
      depthOf(one, inner) < depthOf(one, path) &&
      difference(one.act, inner) === undefined,
  );

/**
 * Of two calls alike, in two branches, the compiler may make one, and has the line of either. A call that was made to
 * fail is then that of the nearest path which names it.
 */
function atNamedCall(one: DriverAct, named: readonly ReleasePath[]): DriverAct {
  const { call } = one.act;
  if (call === undefined || named.some((path) => isAt(one, path))) return one;
  const distance = (path: Position) =>
    Math.min(
      ...one.failedAt.flatMap(({ file, line }) => (file === path.file ? [Math.abs(line - path.line)] : [])),
    );
  const [nearest] = named
    .filter((path) => callsOf(path).includes(call) && Number.isFinite(distance(path)))
    .sort((a, b) => distance(a) - distance(b));
  return nearest ? { ...one, failedAt: [...one.failedAt, nearest] } : one;
}

/** Vectors are left when devres has had its turn. */
export function leaks(act: Act): boolean {
  return (
    act.signs.some(({ sign }) => sign === "vectors-left") ||
    act.after?.msi === true ||
    act.after?.msix === true
  );
}
