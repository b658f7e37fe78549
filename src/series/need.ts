/** Which drivers a series has to change: those whose vectors have devres as an owner that nobody named. */
import type { DriverResult } from "../audit/result.js";
import type { Tree } from "../kernel/tree.js";
import { managedAllocation, managedEnableApis, plainEnableApis } from "../ownership/apis.js";

/** Whether a driver relies on the automatic release on any path. */
export function reliesOnRelease(driver: DriverResult): boolean {
  return (
    driver.leaksAfterCoreChange ||
    ((driver.class === "implicit" || driver.class === "hybrid-partial") && driver.enable !== "unmanaged")
  );
}

/**
 * Whether a driver that could not be decided may rely on it: its device is managed, as far as it was executed, or by
 * what its files call where it was not. To allocate with the managed API is right for such a driver whatever it does:
 * on a managed device the automatic release is there after a plain allocation, too, so nothing changes.
 */
export function mayRely(driver: DriverResult, tree: Tree): boolean {
  if (driver.class !== "unknown" || driver.allocations.every(({ api }) => managedAllocation.test(api)))
    return false;
  if (driver.enable !== "none") return driver.enable !== "unmanaged";
  const texts = driver.files.map((path) => tree.read(path)?.toString("latin1") ?? "");
  const calls = (apis: readonly string[]) =>
    texts.some((text) => new RegExp(`\\b(?:${apis.join("|")})\\s*\\(`).test(text));
  return calls(managedEnableApis) && !calls(plainEnableApis);
}

/** What an explicit owner would have to add: the release paths on which nobody but devres frees. */
export function missingFrees(driver: DriverResult): string {
  const paths = driver.releasePaths.filter(({ frees }) => !frees);
  const places = [...new Set(paths.map(({ path, file, line }) => `${path} (${file}:${line})`))];
  return `to stay the owner, it has to free its vectors on ${places.length} more ${places.length === 1 ? "path" : "paths"}: ${places.join("; ")}`;
}
