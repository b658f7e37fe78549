/** Drivers that a series leaves without an owner of their vectors. */

import type { DriverResult } from "../audit/result.js";
import type { Position } from "../base/position.js";
import { type Finding, keyOf } from "./judge.js";

export interface MissedDriver {
  readonly driver: string;
  readonly file: string;
  readonly line: number;
  readonly why: string;
}

/**
 * The drivers that leak on a path on which they did not, one for each file that allocates.
 * @param came the hazards that were not there before the series
 */
export function missedDrivers(drivers: readonly DriverResult[], came: readonly Finding[]): MissedDriver[] {
  const found = came.filter(({ kind }) => kind === "leaks-today");
  const missed = new Map<string, MissedDriver>();
  for (const driver of drivers) {
    const key = keyOf(driver);
    const own = found.filter(({ owner }) => owner === key);
    const allocation = driver.allocations[0];
    if (own.length === 0 || !allocation || missed.has(driver.driver)) continue;
    const leaks = driver.releasePaths.filter((path) => !path.frees && own.some((leak) => isAt(leak, path)));
    const paths = [...new Set(leaks.map(({ path }) => path))];
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

function isAt(a: Position, b: Position): boolean {
  return a.file === b.file && a.line === b.line;
}
