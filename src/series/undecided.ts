/** Drivers of which a change leaves the audit nothing to say: where it finds no hazard any more, there may be one. */
import type { ParseFailure } from "../audit/parse-report.js";
import type { DriverResult } from "../audit/result.js";
import type { LeftOut } from "../audit/tree-index.js";
import { managedAllocation } from "../ownership/apis.js";
import type { Core } from "../ownership/core.js";

export interface Undecided {
  readonly driver: string;
  readonly file: string;
  readonly line: number;
  readonly why: string;
}

/** What an audit of some drivers found. */
export interface Audited {
  readonly drivers: readonly DriverResult[];
  readonly leftOut: readonly LeftOut[];
  /** Functions in changed files that could not be parsed. */
  readonly failed: readonly ParseFailure[];
}

/** Why the audit cannot decide a driver; undefined when it can. */
export function whyUndecided(driver: DriverResult, { failed }: Audited, core: Core): Undecided | undefined {
  const unread = failed.find(({ file }) => driver.files.includes(file));
  if (unread) {
    const { file, line, function: name, why } = unread;
    return { driver: driver.driver, file, line, why: `${name}() cannot be parsed: ${why}` };
  }
  if (driver.class !== "unknown") return undefined;
  const absent = driver.allocations.find(({ api }) => managedAllocation.test(api) && !core.api(api));
  const { file, line } = absent ?? driver.unknown[0] ?? driver.allocations[0] ?? driver.pciDriver;
  const why = absent
    ? `this tree's core has no ${absent.api}()`
    : (driver.unknown[0]?.why ?? "no execution of the driver reaches its allocation");
  return { driver: driver.driver, file, line, why };
}

/** Why a driver that was found before is not any more, though its file still allocates; undefined when that has ended. */
export function whyLost({ driver, pciDriver }: DriverResult, { leftOut }: Audited): Undecided | undefined {
  const left = leftOut.find(({ file }) => file === driver);
  return left && { driver, file: pciDriver.file, line: pciDriver.line, why: left.why };
}
