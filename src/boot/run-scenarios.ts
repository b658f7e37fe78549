/** Runs many scenarios in few boots, and goes on with the next when one takes the guest down. */
import { noProgress, type ProgressListener } from "../base/progress.js";
import type { KernelImage } from "./build.js";
import { type BootEnd, bootMachine, lastLines, type MachineDevice } from "./machine.js";
import {
  HARNESS_DEVICES,
  type Observation,
  observe,
  SCRIPT_START,
  type Scenario,
  scenarioScript,
} from "./scenario.js";
import { parseTraceLine, type TraceLine } from "./trace.js";

/**
 * Scenarios in one boot. A leaking one keeps two interrupt vectors of the one CPU's 200 or so for good, so that
 * 60 leaks still leave room.
 */
const BATCH = 60;
/**
 * Boots that end by a limit, not by a panic, cost a minute or more each. After so many the kernel is taken to hang in
 * each scenario, and the others are left alone: they stay unknown.
 */
const MOST_HANGS = 4;
/** A scenario takes 0.1 s; the limit leaves room for a slow start under TCG on a busy machine. */
const BATCH_LIMIT = 5 * 60_000;

export interface ScenarioRun {
  readonly observations: readonly Observation[];
  /** Functions that could not be traced in this kernel. */
  readonly untraced: readonly string[];
  readonly boots: number;
  /** How each boot that did not finish ended, and its last lines. */
  readonly deaths: readonly {
    readonly scenario: string;
    readonly end: BootEnd;
    readonly tail: readonly string[];
  }[];
}

/** Where a guest died that did not come to a scenario. */
const BEFORE_ALL = "(before the first)";

/** It died, or hung, before its first scenario. */
export const neverStarted = ({ boots, deaths }: Pick<ScenarioRun, "boots" | "deaths">): boolean =>
  boots === 1 && deaths[0]?.scenario === BEFORE_ALL;

/** Runs the scenarios on a kernel; each is observed once, in the order given. */
export async function runScenarios(
  image: KernelImage,
  scenarios: readonly Scenario[],
  options: {
    readonly signal?: AbortSignal;
    readonly onProgress?: ProgressListener;
    /** Milliseconds of the guest for one boot, and for one scenario. */
    readonly limit?: number;
    readonly scenarioLimit?: number;
  } = {},
): Promise<ScenarioRun> {
  const progress = options.onProgress ?? noProgress;
  const observations: Observation[] = [];
  const deaths: ScenarioRun["deaths"][number][] = [];
  let untraced: readonly string[] = [];
  let boots = 0;
  for (let next = 0; next < scenarios.length; ) {
    const batch = scenarios.slice(next, next + BATCH);
    const lines: TraceLine[] = [];
    const result = await bootMachine({
      image,
      devices: devicesOf(batch),
      script: [...SCRIPT_START, ...batch.flatMap(scenarioScript)],
      limit: options.limit ?? BATCH_LIMIT,
      ...(options.scenarioLimit !== undefined && { caseLimit: options.scenarioLimit }),
      ...(options.signal && { signal: options.signal }),
      onLine: (text) => {
        const line = parseTraceLine(text);
        lines.push(line);
        if (line.kind === "case")
          progress({ task: "running scenarios", done: next, total: scenarios.length });
      },
    });
    boots++;
    untraced = lines.flatMap((line) => (line.kind === "untraced" ? [line.function] : []));
    const seen = observe(lines, result.end === "finished");
    observations.push(...seen);
    if (result.end !== "finished")
      deaths.push({
        scenario: seen.at(-1)?.id ?? BEFORE_ALL,
        end: result.end,
        tail: lastLines(result),
      });
    if (deaths.filter(({ end }) => end !== "stopped-early").length >= MOST_HANGS) break;
    if (seen.length === 0) break; // the guest never came to the first scenario, and would not the next time
    next += seen.length;
  }
  return { observations, untraced, boots, deaths };
}

/** The harness's devices, and those that scenarios name beside them; one for each slot. */
function devicesOf(scenarios: readonly Scenario[]): readonly MachineDevice[] {
  const all = [...HARNESS_DEVICES, ...scenarios.map(({ device }) => device)];
  return [...new Map(all.map((device) => [device.slot, device])).values()];
}
