/**
 * Which fields, globals and predicates a function may look at or change, itself and through all that it may call.
 * What a call does not look at cannot change what it comes to; what nobody looks at any more need not be known.
 * Names stand for cells whatever object they are in, so that a footprint is too large rather than too small.
 */
import { type FlowNode, successors } from "../c/flow.js";
import type { CFunction, SourceFile } from "../c/source.js";
import type { Expression } from "../c/syntax.js";
import { fieldOf, wordOf } from "./cell-names.js";
import { predicateCell } from "./condition.js";
import { children, expressionsOf, functionInfo } from "./function.js";
import { type Mask, Masks } from "./mask.js";
import type { Slice } from "./slice.js";

/** What footprints need to know of the program. */
export interface Callees {
  /** The part of a function that is walked. */
  slice(definition: CFunction): Slice;
  /** The functions that a name may stand for in a file. */
  named(name: string, from: SourceFile): readonly CFunction[];
  /** The functions that a call through a field of that name may reach; without a name, through any pointer. */
  through(field: string | undefined): readonly CFunction[];
  /** The functions that a primitive of that name may call. */
  hidden(name: string): readonly CFunction[];
  /** The number of a name; -1 when it is never kept. */
  number(name: string): number;
}

export interface Footprint {
  /** What it may look at. */
  readonly reads: Mask;
  /** What it may look at or change. */
  readonly touches: Mask;
  /** The functions that may run. */
  readonly reach: ReadonlySet<CFunction>;
}

/** What one flow node does by itself. */
interface NodeFootprint {
  reads: bigint;
  touches: bigint;
  readonly callees: Set<CFunction>;
}

export class Footprints {
  readonly masks = new Masks();
  private readonly own = new Map<CFunction, readonly NodeFootprint[]>();
  private readonly sums = new Map<CFunction, NodeFootprint>();
  private readonly whole = new Map<CFunction, Footprint>();
  private readonly live = new Map<CFunction, readonly Mask[]>();
  private readonly unforeseen = new Map<CFunction, Set<CFunction>>();

  /** Functions that were named other than to call them, in those whose footprint was asked for. */
  readonly given = new Set<CFunction>();

  constructor(private readonly callees: Callees) {}

  /** Of a function and all that it may call. */
  of(definition: CFunction): Footprint {
    let found = this.whole.get(definition);
    if (!found) {
      const reach = new Set<CFunction>([definition]);
      let reads = 0n;
      let touches = 0n;
      for (const one of reach) {
        const own = this.itself(one);
        reads |= own.reads;
        touches |= own.touches;
        for (const callee of own.callees) reach.add(callee);
        for (const callee of this.unforeseen.get(one) ?? []) reach.add(callee);
      }
      found = { reads: this.masks.of(reads), touches: this.masks.of(touches), reach };
      this.whole.set(definition, found);
    }
    return found;
  }

  /** By node of the function's slice: what may be looked at from there to the function's end. */
  liveIn(definition: CFunction): readonly Mask[] {
    let found = this.live.get(definition);
    if (!found) {
      found = this.liveness(definition);
      this.live.set(definition, found);
    }
    return found;
  }

  /** Notes that a function called another that nobody could foresee. Footprints asked for before are void. */
  add(caller: CFunction, callee: CFunction): void {
    const known = this.unforeseen.get(caller) ?? new Set();
    this.unforeseen.set(caller, known.add(callee));
    this.whole.clear();
    this.live.clear();
  }

  private liveness(definition: CFunction): readonly Mask[] {
    const { graph } = this.callees.slice(definition);
    let always = 0n;
    for (const callee of this.unforeseen.get(definition) ?? []) always |= this.of(callee).reads.bits;
    const live = this.nodes(definition).map(({ reads, callees }) => {
      let bits = reads | always;
      for (const callee of callees) bits |= this.of(callee).reads.bits;
      return bits;
    });
    const byOrder = [...graph.nodes.keys()]
      .filter((n) => graph.order[n]! >= 0)
      .sort((a, b) => graph.order[b]! - graph.order[a]!);
    for (let changed = true; changed; ) {
      changed = false;
      for (const n of byOrder) {
        let bits = live[n]!;
        for (const next of successors(graph.nodes[n]!)) bits |= live[next]!;
        if (bits === live[n]) continue;
        live[n] = bits;
        changed = true;
      }
    }
    return live.map((bits) => this.masks.of(bits));
  }

  /** What all nodes of a function do by themselves. */
  private itself(definition: CFunction): NodeFootprint {
    let sum = this.sums.get(definition);
    if (!sum) {
      sum = { reads: 0n, touches: 0n, callees: new Set() };
      for (const { reads, touches, callees } of this.nodes(definition)) {
        sum.reads |= reads;
        sum.touches |= touches;
        for (const callee of callees) sum.callees.add(callee);
      }
      this.sums.set(definition, sum);
    }
    return sum;
  }

  private nodes(definition: CFunction): readonly NodeFootprint[] {
    let found = this.own.get(definition);
    if (!found) {
      const { graph } = this.callees.slice(definition);
      const { cleanups } = functionInfo(definition);
      found = graph.nodes.map((node, n) => {
        const footprint: NodeFootprint = { reads: 0n, touches: 0n, callees: new Set() };
        if (graph.order[n]! < 0) return footprint;
        for (const root of rootsOf(node)) this.look(root, definition, footprint);
        if (node.kind === "return")
          for (const { calls } of cleanups) this.call(this.callees.named(calls, definition.file), footprint);
        return footprint;
      });
      this.own.set(definition, found);
    }
    return found;
  }

  private look(e: Expression, definition: CFunction, into: NodeFootprint): void {
    switch (e.kind) {
      case "name": {
        if (functionInfo(definition).locals.has(e.name)) return;
        // Given to somebody who may call it, now or later.
        const named = this.callees.named(e.name, definition.file);
        for (const one of named) this.given.add(one);
        this.call(named, into);
        return this.read(e.name, into);
      }
      case "member":
        this.read(e.field, into);
        break;
      case "assign":
        if (e.operator === "=" && e.target.kind === "member") {
          into.touches |= this.bit(e.target.field);
          this.look(e.target.object, definition, into);
          return this.look(e.value, definition, into);
        }
        break;
      case "call":
        if (e.callee.kind === "name") {
          this.read(subjectOf(predicateCell(e)), into);
          this.call(this.callees.hidden(e.callee.name), into);
          const { locals } = functionInfo(definition);
          const isPointer = locals.has(e.callee.name);
          const { name: called } = e.callee;
          this.call(
            isPointer ? this.callees.through(undefined) : this.callees.named(called, definition.file),
            into,
          );
          for (const argument of e.arguments) this.look(argument, definition, into);
          return;
        }
        this.call(this.callees.through(e.callee.kind === "member" ? e.callee.field : undefined), into);
        break;
    }
    for (const inner of children(e)) this.look(inner, definition, into);
  }

  private call(definitions: readonly CFunction[], into: NodeFootprint): void {
    for (const definition of definitions) into.callees.add(definition);
  }

  private read(name: string, into: NodeFootprint): void {
    const bit = this.bit(name);
    into.reads |= bit;
    into.touches |= bit;
  }

  private bit(name: string): bigint {
    const number = this.callees.number(name);
    return number === -1 ? 0n : 1n << BigInt(number);
  }
}

/** What a cell is about: a field, a global or a predicate. Bits of a word go with the word. */
export function subjectOf(cell: string): string {
  return fieldOf(wordOf(cell));
}

function rootsOf(node: FlowNode): readonly Expression[] {
  const roots = expressionsOf(node);
  return node.kind === "switch" ? [...roots, ...node.cases.map((one) => one.value)] : roots;
}
