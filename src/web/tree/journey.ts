/** What of a driver is followed step by step: the witness of a hazard, or a release path on one of the two cores. */
import type { DriverResult, HazardResult } from "../../audit/result.js";
import { type Branch, type Moment, momentsOf, type TimelineView, timelineOf } from "../../report/timeline.js";
import { hazardWords } from "../../report/words.js";

export interface Step extends Moment {
  /** From 1. */
  readonly number: number;
}

export interface Journey {
  /** Its part of the address: `hazard=2` or `path=3`. */
  readonly query: string;
  readonly title: string;
  readonly steps: readonly Step[];
  /** Where the steps of both cores end and devres' turn on one of them begins; undefined for a witness. */
  readonly fork?: { readonly today: Branch; readonly afterCoreChange: Branch };
}

export interface DriverView {
  readonly hazards: readonly HazardResult[];
  readonly paths: readonly TimelineView[];
  /** Undefined for a driver without hazards and release paths. */
  readonly journey: Journey | undefined;
  /** The step that is lit; 0: all of them alike. */
  readonly step: number;
}

export interface Asked {
  readonly hazard?: string | undefined;
  readonly path?: string | undefined;
  readonly step?: string | undefined;
}

/** The driver with what a query asks for; without a query, its worst hazard, else its remove path. */
export function driverView(driver: DriverResult, asked: Asked): DriverView {
  const paths = driver.releasePaths.map(timelineOf);
  const hazards = [...driver.hazards].sort((a, b) => rank(a) - rank(b));
  const journey = chosen(hazards, paths, asked);
  const step = Math.min(number(asked.step) ?? 0, journey?.steps.length ?? 0);
  return { hazards, paths, journey, step };
}

const levels = ["error", "warning", "note"];
const rank = ({ kind }: HazardResult) => levels.indexOf(hazardWords[kind].level);

function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : undefined;
}

function chosen(
  hazards: readonly HazardResult[],
  paths: readonly TimelineView[],
  asked: Asked,
): Journey | undefined {
  const path = paths[(number(asked.path) ?? 0) - 1];
  if (path) return ofPath(path, paths.indexOf(path) + 1);
  const index = (number(asked.hazard) ?? 1) - 1;
  const hazard = hazards[index] ?? hazards[0];
  if (hazard) return ofHazard(hazard, hazards.indexOf(hazard) + 1);
  const remove = paths.findIndex((each) => each.path === "remove");
  const shown = remove === -1 ? 0 : remove;
  return paths[shown] && ofPath(paths[shown], shown + 1);
}

function ofHazard({ kind, file, line, witness }: HazardResult, at: number): Journey {
  return { query: `hazard=${at}`, title: `${kind} at ${file}:${line}`, steps: numbered(momentsOf(witness)) };
}

function ofPath({ path, shared, today, afterCoreChange }: TimelineView, at: number): Journey {
  return { query: `path=${at}`, title: path, steps: numbered(shared), fork: { today, afterCoreChange } };
}

const numbered = (moments: readonly Moment[]): Step[] =>
  moments.map((moment, i) => ({ ...moment, number: i + 1 }));
