/** Drivers that a series leaves without an owner of their vectors. */

import type { DriverResult } from "../audit/result.js";
import { keyOf } from "./judge.js";

export interface MissedDriver {
  readonly driver: string;
  readonly file: string;
  readonly line: number;
  readonly why: string;
}

/** Keys of the drivers that leak now. */
export function leaksToday(drivers: readonly DriverResult[]): string[] {
  return drivers.filter((d) => d.hazards.some(({ kind }) => kind === "leaks-today")).map(keyOf);
}

/** The drivers that leak and did not before, one for each file that allocates. */
export function missedDrivers(drivers: readonly DriverResult[], before: ReadonlySet<string>): MissedDriver[] {
  const missed = new Map<string, MissedDriver>();
  for (const driver of drivers) {
    if (before.has(keyOf(driver)) || missed.has(driver.driver)) continue;
    const leak = driver.hazards.find(({ kind }) => kind === "leaks-today");
    const allocation = driver.allocations[0];
    if (!leak || !allocation) continue;
    const paths = [...new Set(driver.releasePaths.filter(({ frees }) => !frees).map(({ path }) => path))];
    const more =
      paths.length > 3 ? ` and on ${paths.length - 3} other path${paths.length === 4 ? "" : "s"}` : "";
    missed.set(driver.driver, {
      driver: driver.driver,
      file: allocation.file,
      line: allocation.line,
      why: `${allocation.api}() in ${allocation.function}(), nobody frees: ${paths.slice(0, 3).join("; ")}${more}`,
    });
  }
  return [...missed.values()].sort((a, b) => (a.driver < b.driver ? -1 : 1));
}
