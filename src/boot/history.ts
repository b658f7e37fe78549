/** Histories that travel with states: two states are equal only when they came about in the same way. */
import { pointer } from "../exec/value.js";
import type { DeviceState } from "../ownership/vectors.js";
import type { PredictedAct } from "./conformance.js";
import type { OwnershipEvent } from "./events.js";

export type HistoryEntry =
  | { readonly kind: "event"; readonly event: OwnershipEvent }
  | { readonly kind: "step"; readonly step: PredictedAct["steps"][number] }
  | { readonly kind: "vectors-left" }
  | { readonly kind: "freed-under-handler" };

interface Node {
  readonly id: number;
  readonly previous: Node | undefined;
  readonly entry: HistoryEntry;
  readonly next: Map<string, Node>;
}

const CELL = "history";

/** A trie of histories; a state's cell names its place in it, so that the executor compares and copies it like any value. */
export class Histories {
  private readonly roots = new Map<string, Node>();
  private readonly nodes: Node[] = [];

  isCell(name: string): boolean {
    return name === CELL;
  }

  /** Adds an entry to the state's history. */
  add(state: DeviceState, entry: HistoryEntry): void {
    const previous = this.at(state);
    const siblings = previous?.next ?? this.roots;
    const key = JSON.stringify(entry);
    let node = siblings.get(key);
    if (!node) {
      node = { id: this.nodes.length, previous, entry, next: new Map() };
      this.nodes.push(node);
      siblings.set(key, node);
    }
    state.cells.set(CELL, pointer({ kind: "object", name: `${CELL} ${node.id}` }));
  }

  /** The entries from the first to the last. */
  entries(state: DeviceState): readonly HistoryEntry[] {
    const list: HistoryEntry[] = [];
    for (let node = this.at(state); node; node = node.previous) list.push(node.entry);
    return list.reverse();
  }

  private at(state: DeviceState): Node | undefined {
    const target = state.cells.get(CELL)?.target;
    return target?.kind === "object" ? this.nodes[Number(target.name.slice(CELL.length + 1))] : undefined;
  }
}
