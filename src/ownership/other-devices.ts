/** A driver that takes care of two devices: `mt7996_pci_probe(pdev, …)` also takes vectors for `hif2_dev`. */
import type { CFunction } from "../c/source.js";
import { expressionsOf, functionInfo, visit } from "../exec/function.js";
import { allocationApis, includes } from "./apis.js";
import { device } from "./vectors.js";

/**
 * The locals of a function that stand for another device than the one it was given: it allocates on both, and a device
 * that has vectors cannot get more.
 */
export function otherDevicesIn(definition: CFunction): ReadonlySet<string> {
  let found = known.get(definition);
  if (!found) {
    found = find(definition);
    known.set(definition, found);
  }
  return found;
}

const known = new WeakMap<CFunction, ReadonlySet<string>>();
const none: ReadonlySet<string> = new Set();

function find(definition: CFunction): ReadonlySet<string> {
  const given = definition.parameters.filter(({ type }) => type.name === device).map(({ name }) => name);
  if (given.length === 0) return none;
  const { graph, locals } = functionInfo(definition);
  const names = new Set<string>();
  for (const node of graph.nodes)
    for (const root of expressionsOf(node))
      visit(root, (e) => {
        if (e.kind !== "call" || e.callee.kind !== "name" || !includes(allocationApis, e.callee.name)) return;
        const [holder] = e.arguments;
        if (holder?.kind === "name" && locals.has(holder.name)) names.add(holder.name);
      });
  if (!given.some((name) => names.has(name))) return none;
  return new Set([...names].filter((name) => !given.includes(name)));
}
