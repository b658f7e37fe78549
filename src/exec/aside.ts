/** What a call cannot reach is taken out of the state for its time, so that calls which differ in nothing else are one. */
import type { CellFacts } from "./cell-facts.js";
import { isLocal } from "./cell-facts.js";
import { cellNumber } from "./cell-names.js";
import { type Content, derive, derived, Operation } from "./content.js";
import type { Mask } from "./mask.js";
import type { Value } from "./value.js";

export interface Aside {
  readonly id: number;
  /** What the call sees. */
  readonly rest: Content;
  /** What it does not see. */
  readonly cells: readonly number[];
  readonly values: readonly Value[];
}

let nextId = 1;

/**
 * @param touches what the call may look at or change
 * @param values its arguments: what they point to it can reach
 */
export function setAside(content: Content, touches: Mask, values: readonly Value[], facts: CellFacts): Aside {
  if (values.some(pointsToCell)) return divide(content, touches, values, facts);
  content.asides ??= new Map();
  let aside = content.asides.get(touches.id);
  if (!aside) {
    aside = divide(content, touches, values, facts);
    content.asides.set(touches.id, aside);
  }
  return aside;
}

function divide(content: Content, touches: Mask, values: readonly Value[], facts: CellFacts): Aside {
  const pointed = new Set<number>();
  for (const list of [values, content.values])
    for (const { target } of list) if (target?.kind === "cell") pointed.add(cellNumber(target.name));
  const cells: number[] = [];
  const taken: Value[] = [];
  const rest = content.filtered((cell, value) => {
    // What came from a call that may come again stays: the two must not be taken for one.
    const reached =
      value.origin !== undefined || (isLocal(cell) ? pointed.has(cell) : facts.counts(cell, touches));
    if (reached) return true;
    cells.push(cell);
    taken.push(value);
    return false;
  });
  return { id: nextId++, rest, cells, values: taken };
}

function pointsToCell({ target }: Value): boolean {
  return target?.kind === "cell";
}

/** A content after the call, with what was set aside for it. */
export function putBack(content: Content, aside: Aside): Content {
  const { id, cells, values } = aside;
  if (cells.length === 0) return content;
  const before = derived(content, Operation.putBack, id);
  if (before) return before;
  let whole = content;
  for (let i = 0; i < cells.length; i++) whole = whole.set(cells[i]!, values[i]!);
  return derive(content, Operation.putBack, id, whole);
}
