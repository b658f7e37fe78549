/** The functions of the kernel on whose failure an audit has release paths of a driver. */
import type { ReleasePath } from "../ownership/lifecycle.js";
import type { Places } from "./places.js";

/** Inline functions of the kernel's headers, and the function that does the work of each. */
const INLINE: Readonly<Record<string, string>> = {
  request_irq: "request_threaded_irq",
  devm_request_irq: "devm_request_threaded_irq",
  devm_request_region: "__devm_request_region",
  devm_request_mem_region: "__devm_request_region",
  dma_set_mask_and_coherent: "dma_set_mask",
};

/** The function at whose failure a path is, and the one that does its work where it is inline. */
export function callsOf({ path }: Pick<ReleasePath, "path">): readonly string[] {
  const name = /^probe fails at ([A-Za-z_]\w*)$/.exec(path)?.[1];
  return name === undefined ? [] : [name, INLINE[name] ?? name];
}

/** Those that this kernel has as functions of their own, each once. Of two of one name either may be meant. */
export function callsToFail(
  paths: readonly Pick<ReleasePath, "path">[],
  places: Pick<Places, "ranges">,
): readonly string[] {
  return [
    ...new Set(paths.flatMap((path) => callsOf(path).find((one) => places.ranges(one).length === 1) ?? [])),
  ];
}
