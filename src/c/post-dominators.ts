/**
 * Immediate post-dominators: where all ways on from a node meet again. The algorithm is that of K. Cooper, T. Harvey
 * and K. Kennedy, "A simple, fast dominance algorithm" (2001), on the reversed graph.
 */
import { type FlowGraph, successors } from "./flow.js";

/** For each node its immediate post-dominator; -1 where the ways do not meet before the end, or never end. */
export function postDominators({ nodes, order, entry }: FlowGraph): Int32Array {
  const exit = nodes.length;
  const before: number[][] = Array.from({ length: exit + 1 }, () => []);
  const next: (readonly number[])[] = nodes.map((node, n) => {
    if (order[n]! < 0) return [];
    const targets = node.kind === "return" ? [exit] : successors(node);
    for (const target of targets) before[target]!.push(n);
    return targets;
  });
  const { list, number } = reversePostOrder(before, exit);
  const found = new Int32Array(exit + 1).fill(-1);
  found[exit] = exit;
  const meet = (a: number, b: number): number => {
    let [x, y] = [a, b];
    while (x !== y) {
      while (number[x]! > number[y]!) x = found[x]!;
      while (number[y]! > number[x]!) y = found[y]!;
    }
    return x;
  };
  for (let changed = entry >= 0; changed; ) {
    changed = false;
    for (const n of list) {
      if (n === exit) continue;
      let best = -1;
      for (const target of next[n]!)
        if (number[target]! >= 0 && found[target] !== -1) best = best === -1 ? target : meet(best, target);
      if (best !== found[n]) {
        found[n] = best;
        changed = true;
      }
    }
  }
  return found.subarray(0, exit).map((n) => (n === exit ? -1 : n));
}

/** Nodes from which the exit can be reached, each after those that it leads to, loops apart; without recursion. */
function reversePostOrder(
  before: readonly (readonly number[])[],
  exit: number,
): { list: number[]; number: Int32Array } {
  const number = new Int32Array(before.length).fill(-1);
  const seen = new Uint8Array(before.length);
  const stack = [{ node: exit, done: 0 }];
  const list: number[] = [];
  seen[exit] = 1;
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    const source = before[top.node]![top.done++];
    if (source === undefined) {
      list.push(top.node);
      stack.pop();
    } else if (!seen[source]) {
      seen[source] = 1;
      stack.push({ node: source, done: 0 });
    }
  }
  list.reverse();
  list.forEach((n, i) => {
    number[n] = i;
  });
  return { list, number };
}
