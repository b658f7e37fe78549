/**
 * Conformance: what the executor said a test driver would do, against what the kernel did with it, event by
 * event and flag by flag. The executor leaves open what depends on the machine (an allocation succeeds or
 * fails), so it predicts several outcomes; the one whose calls returned as they did in the guest must agree.
 */

import type { Store } from "../exec/store.js";
import { allCases, type CoreFeatures, type HarnessCase, harnessCase, shortCases } from "./cases.js";
import { describeEvent, describeFlags, type OwnershipEvent } from "./events.js";
import { driverName } from "./harness.js";
import { type Act, ALL_MODES, NO_MSIX, type Observation, type Scenario } from "./scenario.js";
import type { CapabilityRegisters, DeviceFlags } from "./trace.js";

/** What one driver is predicted to do from a given start. */
export interface PredictedAct {
  readonly bound: boolean;
  readonly events: readonly OwnershipEvent[];
  readonly steps: readonly {
    readonly what: string;
    readonly outcome: "failed" | "succeeded";
    readonly flags: DeviceFlags;
  }[];
  readonly after: DeviceFlags & { readonly enabled: boolean };
  /** Vectors are still allocated when devres has had its turn: the kernel must warn, and only then. */
  readonly vectorsLeft: boolean;
  /** Vectors went while a handler stood: the kernel must warn, and only then. */
  readonly freedUnderHandler: boolean;
  /** The kernel follows a NULL pointer here, and nothing comes after. */
  readonly dies: boolean;
}

/** What a device remembers between two drivers. Only the predictor looks inside. */
export type DeviceMemory = Store;

/** Predicts one driver after the other. */
export interface Predictor {
  /** A device that no driver has touched. */
  fresh(): DeviceMemory;
  /** Every way in which binding and unbinding a driver may go, or why that cannot be said. */
  bind(driver: string, from: DeviceMemory): readonly Prediction[] | string;
}

export interface Prediction {
  readonly act: PredictedAct;
  readonly memory: DeviceMemory;
}

export type Verdict =
  | { readonly id: string; readonly verdict: "agrees" }
  | {
      readonly id: string;
      readonly verdict: "disagrees";
      readonly act: number;
      readonly why: readonly string[];
    }
  | { readonly id: string; readonly verdict: "unknown"; readonly why: readonly string[] };

/** The driver that is bound after each case: it owns its vectors itself, and is innocent. */
const NEXT = harnessCase({
  enable: "managed",
  allocation: "msi",
  handler: "none",
  free: "after",
  end: "remove",
  rounds: 1,
});

/**
 * Each case twice on one device, then an innocent driver: what is left behind shows in the second and third.
 * Cases with MSI-X run on a device without it too, where the allocation fails or falls back.
 */
export function conformanceScenarios(core: CoreFeatures, set: "short" | "all"): readonly Scenario[] {
  const cases = set === "short" ? shortCases(core) : allCases(core);
  const acts = (one: HarnessCase) =>
    (one.rounds > 2 ? [one.id, NEXT.id] : [one.id, one.id, NEXT.id]).map(driverName);
  return [
    ...cases.map((one) => ({ id: one.id, device: ALL_MODES, acts: acts(one) })),
    ...cases
      .filter((one) => one.rounds === 1 && /msix|any/.test(one.allocation))
      .map((one) => ({ id: `${one.id}@${NO_MSIX.device}`, device: NO_MSIX, acts: acts(one) })),
  ];
}

/**
 * Compares one scenario, driver by driver: of the predicted outcomes those remain whose calls returned as they did
 * in the guest, and one of them must agree in everything.
 */
export function judge(scenario: Scenario, observed: Observation, predictor: Predictor): Verdict {
  const { id } = scenario;
  let memories: readonly DeviceMemory[] = [predictor.fresh()];
  for (const [n, driver] of scenario.acts.entries()) {
    const act = observed.acts[n] ?? observed.unfinished;
    if (!act) return { id, verdict: "unknown", why: [`the guest never came to driver ${n + 1}`] };
    const predicted: Prediction[] = [];
    for (const memory of memories) {
      const outcomes = predictor.bind(driver, memory);
      if (typeof outcomes === "string") return { id, verdict: "unknown", why: [outcomes] };
      predicted.push(...outcomes);
    }
    const compared = predicted
      .filter((one) => sameReturns(act, one.act))
      .map(({ act: expected, memory }) => ({ memory, why: differences(act, expected) }))
      .sort((a, b) => a.why.length - b.why.length);
    const best = compared[0];
    if (!best || best.why.length > 0)
      return {
        id,
        verdict: "disagrees",
        act: n,
        why: best?.why ?? [
          `in none of ${predicted.length} predicted outcomes do the calls return as in the guest: ${describeReturns(act)}`,
        ],
      };
    if (act === observed.unfinished) return { id, verdict: "agrees" };
    memories = compared.filter(({ why }) => why.length === 0).map(({ memory }) => memory);
  }
  return { id, verdict: "agrees" };
}

function sameReturns(act: Act, { steps }: PredictedAct): boolean {
  return (
    act.steps.length === steps.length &&
    act.steps.every(
      (step, n) => step.what === steps[n]!.what && step.value < 0 === (steps[n]!.outcome === "failed"),
    )
  );
}

const describeReturns = (act: Act) => act.steps.map(({ what, value }) => `${what} ${value}`).join(", ");

/** What differs in one act, in words. */
function differences(act: Act, predicted: PredictedAct): readonly string[] {
  const why: string[] = [];
  const note = (what: string, kernel: string, executor: string) => {
    if (kernel !== executor) why.push(`${what}: the kernel has "${kernel}", the executor "${executor}"`);
  };
  note("dies", String(!act.after), String(predicted.dies));
  if (act.after) note("bound", String(act.bind === 0), String(predicted.bound));
  const length = Math.max(act.events.length, predicted.events.length);
  for (let n = 0; n < length; n++) {
    const before = why.length;
    note(`event ${n + 1}`, describeOr(act.events[n]), describeOr(predicted.events[n]));
    if (why.length > before) break; // what follows the first different event differs by position only
  }
  for (const [n, step] of act.steps.entries()) {
    const { flags } = predicted.steps[n]!;
    note(`flags after step ${n + 1}, ${step.what}`, describeFlags(step.flags), describeFlags(flags));
    note(`registers after step ${n + 1}, ${step.what}`, modes(step.registers), modes(flags));
  }
  if (!act.after) return why;
  const { enabled, managed, release, msi, msix } = act.after;
  note(
    "flags after devres",
    describeFlags({ managed, release, msi, msix }),
    describeFlags(flagsOf(predicted.after)),
  );
  note("registers after devres", modes(act.after.registers), modes(predicted.after));
  note("enabled after devres", String(enabled), String(predicted.after.enabled));
  note("vectors left", String(hasSign(act, "vectors-left")), String(predicted.vectorsLeft));
  note("freed under a handler", String(act.freedUnderHandler), String(predicted.freedUnderHandler));
  return why;
}

const describeOr = (event: OwnershipEvent | undefined) => (event ? describeEvent(event) : "nothing");
const flagsOf = ({ managed, release, msi, msix }: DeviceFlags): DeviceFlags => ({
  managed,
  release,
  msi,
  msix,
});
/** The device's registers must say what the flags say: `msi`, `msix`, or `-`. */
const modes = ({ msi, msix }: CapabilityRegisters): string =>
  [...(msi ? ["msi"] : []), ...(msix ? ["msix"] : [])].join(" ") || "-";
const hasSign = (act: Act, sign: string) => act.signs.some((one) => one.sign === sign);
