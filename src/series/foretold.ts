/**
 * What an audit has said in advance: it follows each path to its end twice, with the core at hand and with one whose
 * automatic release is gone (lifecycle.ts). Where a changed core is that second one, nothing has to be executed again.
 */
import type { DriverResult, HazardResult, WitnessStep } from "../audit/result.js";

/**
 * A driver's result after the core change.
 * @param actions the release actions that are gone
 */
export function afterCoreChange(driver: DriverResult, actions: ReadonlySet<string>): DriverResult {
  const hazards = new Map<string, HazardResult>();
  const as = { "leaks-after-core-change": "leaks-today", "freed-twice": undefined } as const;
  for (const hazard of driver.hazards) {
    const kind = hazard.kind in as ? as[hazard.kind as keyof typeof as] : hazard.kind;
    const key = `${kind}@${hazard.file}:${hazard.line}`;
    if (kind === undefined || hazards.has(key)) continue;
    hazards.set(key, { ...hazard, kind, witness: without(hazard.witness, actions) });
  }
  return {
    ...driver,
    hazards: [...hazards.values()],
    releasePaths: driver.releasePaths.map((path) => {
      const shared = without(path.timeline.shared, actions);
      const later = without(path.timeline.afterCoreChange, actions);
      return { ...path, timeline: { shared, today: later, afterCoreChange: later } };
    }),
    leaksAfterCoreChange: false,
    freedTwice: false,
  };
}

/** The steps of a path on which these actions were never registered. */
function without(steps: readonly WitnessStep[], actions: ReadonlySet<string>): WitnessStep[] {
  const gone = [...actions].map((name) => `${name}()`);
  return steps
    .filter(({ event }) => !gone.some((action) => event === `devres: ${action} is gone`))
    .map((step) => ({ ...step, state: withoutActions(step.state, gone) }));
}

/** "devres: a() b()" and what stands around it, as `describe()` writes a state (vectors.ts). */
function withoutActions(state: string, gone: readonly string[]): string {
  return state.replace(/devres: [^;]*/, (stack) => {
    const left = stack.split(" ").filter((word) => !gone.includes(word));
    return left.length > 1 ? left.join(" ") : "devres: empty";
  });
}
