/** From paths to an answer: the class of a driver (docs/WORDS.md), and what follows from it. */

import type { LifeResult, ReleasePath } from "./lifecycle.js";
import type { Enable } from "./vectors.js";

export const driverClasses = [
  "explicit-leaky",
  "unknown",
  "hybrid-partial",
  "implicit",
  "hybrid-full",
  "devm-action",
  "managed",
  "explicit",
  "none",
] as const;
export type DriverClass = (typeof driverClasses)[number];

export interface Verdict {
  readonly enable: Enable;
  readonly class: DriverClass;
  readonly leaksAfterCoreChange: boolean;
  readonly freedTwice: boolean;
  readonly freedUnderHandler: boolean;
}

/**
 * @param managed whether any allocation is managed by contract
 * @param allocates whether any allocation can be reached at all
 */
export function classify(life: LifeResult, managed: boolean, allocates = true): Verdict {
  const { releasePaths, observer } = life;
  const enable = enableOf(life);
  const kinds = new Set([...observer.hazards.values()].map((h) => h.kind));
  return {
    enable,
    class: allocates ? classOf(releasePaths, life, managed) : "none",
    leaksAfterCoreChange: releasePaths.some((p) => p.leaksAfterCoreChange && !p.leaksToday),
    freedTwice: kinds.has("freed-twice"),
    freedUnderHandler: kinds.has("freed-under-handler"),
  };
}

function enableOf({ enables, releasePaths }: LifeResult): Enable {
  const seen = new Set([...enables, ...releasePaths.map((p) => p.enable)].filter((e) => e !== "none"));
  if (seen.size === 0) return "none";
  return seen.size === 1 ? [...seen][0]! : "mixed";
}

function classOf(
  paths: readonly ReleasePath[],
  { observer, cut, unknown, byDevice }: LifeResult,
  managed: boolean,
): DriverClass {
  if (cut) return "unknown";
  if (paths.length === 0) {
    const isReached = observer.allocations.size > 0 || byDevice;
    if (unknown.length > 0 || !isReached) return "unknown";
    // Of INTx alone, nothing is held; whose it would be is still said by the action that frees it.
    return observer.idleFrees.has("devres") ? "devm-action" : "none";
  }
  if (managed) return "managed";
  const isManaged = paths.some((p) => p.enable === "managed" || p.enable === "mixed");
  if (!isManaged) return paths.some((p) => p.leaksToday) ? "explicit-leaky" : "explicit";
  if ([...observer.frees.values()].some(({ phases }) => phases.has("devres"))) return "devm-action";
  if (paths.every((p) => p.frees)) return "hybrid-full";
  return paths.some((p) => p.frees) ? "hybrid-partial" : "implicit";
}
