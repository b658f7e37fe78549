/** A release path as moments: what happened, who holds the vectors, what devres will do; today and after the core change. */
import type { ReleasePathResult, WitnessStep } from "../audit/result.js";

export interface Moment {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly event: string;
  /** "none", "MSI", "MSI-X" or "unknown". */
  readonly vectors: string;
  /** Devres actions, the next to run first. */
  readonly stack: readonly string[];
  readonly handlers: number;
}

export type Ending = "none-held" | "driver-frees" | "devres-frees" | "leaked";

export interface Branch {
  readonly moments: readonly Moment[];
  readonly ending: Ending;
  /** The ending in words. */
  readonly words: string;
}

export interface TimelineView {
  readonly path: string;
  readonly file: string;
  readonly line: number;
  /** What happens on both cores alike: the driver's part. */
  readonly shared: readonly Moment[];
  readonly today: Branch;
  readonly afterCoreChange: Branch;
}

export function timelineOf({ path, file, line, timeline }: ReleasePathResult): TimelineView {
  const shared = momentsOf(timeline.shared);
  return {
    path,
    file,
    line,
    shared,
    today: branch(shared, momentsOf(timeline.today)),
    afterCoreChange: branch(shared, momentsOf(timeline.afterCoreChange)),
  };
}

/** Steps as moments. A devres action's beginning and end are one when nothing lies between them. */
export function momentsOf(steps: readonly WitnessStep[]): Moment[] {
  const list: Moment[] = [];
  for (const step of steps) {
    const before = list.at(-1);
    const action = /^(devres: .*) ends$/.exec(step.event)?.[1];
    if (before && action && before.event.startsWith(action))
      list[list.length - 1] = { ...moment(step), event: before.event };
    else list.push(moment(step));
  }
  return list;
}

/** Reads a step's state, which ownership/vectors.ts describes in words. */
function moment({ file, line, function: name, event, state }: WitnessStep): Moment {
  const [held = "", devres = "", handlers = ""] = state.split("; ");
  const stack = devres
    .replace(/^devres: /, "")
    .split(" ")
    .filter((action) => action.endsWith("()"));
  return {
    file,
    line,
    function: name,
    event,
    vectors:
      held === "no vectors" ? "none" : held === "vectors unknown" ? "unknown" : held.replace(/ held$/, ""),
    stack: stack.reverse(),
    handlers: Number.parseInt(handlers, 10) || 0,
  };
}

function branch(shared: readonly Moment[], own: readonly Moment[]): Branch {
  const all = [...shared, ...own];
  const freed = all.findLastIndex((m, i) => m.vectors === "none" && i > 0 && all[i - 1]!.vectors !== "none");
  const last = all.at(-1);
  if (last && last.vectors !== "none")
    return { moments: own, ending: "leaked", words: "leaked: nobody frees the vectors" };
  if (freed === -1) return { moments: own, ending: "none-held", words: "no vectors are held" };
  const where = all[freed]!;
  return freed >= shared.length
    ? {
        moments: own,
        ending: "devres-frees",
        words: `devres frees them: ${where.event.replace(/^devres: /, "")}`,
      }
    : { moments: own, ending: "driver-frees", words: `the driver frees them: ${where.file}:${where.line}` };
}
