/**
 * The part of a function that can make a difference to what its callers see: a backward slice (M. Weiser, "Program
 * slicing", 1984) from what it returns, what it writes where somebody looks, and the calls that act. The rest is not
 * walked, and the locals that only the rest reads are not kept, so that paths which differ in nothing else are one.
 * A loop that cannot make a difference is taken to end.
 */
import { type FlowGraph, type FlowNode, numbered, successors } from "../c/flow.js";
import { postDominators } from "../c/post-dominators.js";
import type { CFunction } from "../c/source.js";
import type { Expression } from "../c/syntax.js";
import { builtins } from "./builtins.js";
import { children, expressionsOf, type FunctionInfo, functionInfo, liveness, visit } from "./function.js";

/** What decides whether an expression acts: which calls do, and which writes are looked at. */
export interface Effects {
  /** Whether a call of this name does more than give a value. */
  callActs(name: string): boolean;
  /** Whether what a call of this name gives depends on its arguments, as far as anybody can tell. */
  callCounts(name: string): boolean;
  /** Whether a call through a field of this name may reach a function that acts. */
  fieldActs(field: string): boolean;
  /** Whether anybody looks at what is written to a field or global of this name; `holder` is the struct's tag. */
  writeCounts(holder: string, name: string): boolean;
}

export interface Slice {
  readonly graph: FlowGraph;
  /** Locals and parameters whose value can make a difference. */
  readonly locals: ReadonlySet<string>;
  live(node: number, local: string): boolean;
}

export function slice(
  definition: CFunction,
  effects: Effects,
  holderOf: (e: Expression) => string | undefined,
): Slice {
  return new Slicer(functionInfo(definition), effects, holderOf).run();
}

class Slicer {
  private readonly kept: Uint8Array;
  /** Branches on which it depends whether something that counts is reached. */
  private readonly decides: Uint8Array;
  private readonly locals = new Set<string>();
  private readonly definitions = new Map<string, number[]>();
  private readonly work: number[] = [];
  private readonly after: Int32Array;

  constructor(
    private readonly info: FunctionInfo,
    private readonly effects: Effects,
    private readonly holderOf: (e: Expression) => string | undefined,
  ) {
    const { nodes } = info.graph;
    this.kept = new Uint8Array(nodes.length);
    this.decides = new Uint8Array(nodes.length);
    this.after = postDominators(info.graph);
  }

  run(): Slice {
    const { nodes, order } = this.info.graph;
    for (const { local, calls } of this.info.cleanups) if (this.effects.callActs(calls)) this.want(local);
    nodes.forEach((node, n) => {
      if (order[n]! < 0) return;
      for (const name of this.defined(node)) {
        const list = this.definitions.get(name);
        if (list) list.push(n);
        else this.definitions.set(name, [n]);
      }
    });
    nodes.forEach((node, n) => {
      if (order[n]! >= 0 && (node.kind === "return" || expressionsOf(node).some((e) => this.acts(e))))
        this.keep(n);
    });
    for (const name of this.locals) for (const n of this.definitions.get(name) ?? []) this.keep(n);
    do {
      for (let n = this.work.pop(); n !== undefined; n = this.work.pop()) this.use(nodes[n]!);
    } while (this.control());
    return this.build();
  }

  private keep(n: number): void {
    if (this.kept[n]) return;
    this.kept[n] = 1;
    this.work.push(n);
  }

  private want(name: string): void {
    if (this.locals.has(name) || !this.info.locals.has(name)) return;
    this.locals.add(name);
    for (const n of this.definitions.get(name) ?? []) this.keep(n);
  }

  /** The locals on which the values in a kept node depend. */
  private use(node: FlowNode): void {
    for (const e of expressionsOf(node)) this.uses(e);
    if (node.kind === "switch") for (const { value } of node.cases) this.uses(value);
  }

  private uses(e: Expression): void {
    if (e.kind === "name") return this.want(e.name);
    // What a call gives that is not followed does not depend on its arguments; only what they do counts.
    if (e.kind === "call" && !this.counts(e.callee)) {
      for (const argument of e.arguments)
        if (this.acts(argument) || this.defines(argument)) this.uses(argument);
      return;
    }
    if (e.kind === "assign" && e.operator === "=" && e.target.kind === "name") return this.uses(e.value);
    for (const inner of children(e)) this.uses(inner);
  }

  private counts(callee: Expression): boolean {
    if (callee.kind === "member") return this.effects.fieldActs(callee.field);
    if (callee.kind !== "name" || this.info.locals.has(callee.name)) return true;
    return builtins[callee.name] !== undefined || this.effects.callCounts(callee.name);
  }

  private defines(e: Expression): boolean {
    let found = false;
    visit(e, (inner) => {
      if (definedBy(inner) !== undefined) found = true;
    });
    return found;
  }

  private defined(node: FlowNode): Set<string> {
    const names = new Set<string>();
    if (node.kind === "declare") names.add(node.declaration.name);
    if (node.kind === "switch") visit(node.value, (e) => e.kind === "name" && names.add(e.name));
    for (const root of expressionsOf(node))
      visit(root, (e) => {
        const name = definedBy(e);
        if (name !== undefined) names.add(name);
      });
    return names;
  }

  /** Whether evaluating an expression does something that others can see. */
  private acts(root: Expression): boolean {
    let found = false;
    visit(root, (e) => {
      found ||= this.actsItself(e);
    });
    return found;
  }

  private actsItself(e: Expression): boolean {
    if (e.kind === "assign") return this.writes(e.target);
    if (e.kind === "postfix" || (e.kind === "unary" && (e.operator === "++" || e.operator === "--")))
      return this.writes(e.operand);
    if (e.kind !== "call") return false;
    if (e.callee.kind === "member") return this.effects.fieldActs(e.callee.field);
    if (e.callee.kind !== "name" || this.info.locals.has(e.callee.name)) return true;
    const builtin = builtins[e.callee.name];
    if (!builtin) return this.effects.callActs(e.callee.name);
    if (builtin.kind === "never") return true;
    const word = e.arguments[1];
    return builtin.kind === "bit" && builtin.sets !== undefined && word !== undefined
      ? this.writes(word.kind === "unary" && word.operator === "&" ? word.operand : word)
      : false;
  }

  private writes(target: Expression): boolean {
    switch (target.kind) {
      case "name":
        return !this.info.locals.has(target.name) && this.effects.writeCounts("global", target.name);
      case "member":
        return this.effects.writeCounts(this.holderOf(target.object) ?? "?", target.field);
      case "cast":
        return this.writes(target.operand);
      case "index":
        return false; // an array's elements are not told apart, so nothing is known of them
      default:
        return true;
    }
  }

  /** Keeps the branches that decide whether a kept node is reached. @returns whether there were any new ones */
  private control(): boolean {
    const { nodes, order } = this.info.graph;
    let found = false;
    nodes.forEach((node, n) => {
      if (order[n]! < 0 || this.decides[n] || !isBranch(node) || !this.leadsToKept(n, node)) return;
      this.decides[n] = 1;
      found = true;
      if (this.kept[n]) this.work.push(n);
      else this.keep(n);
    });
    return found;
  }

  private leadsToKept(n: number, node: FlowNode): boolean {
    const end = this.after[n]!;
    if (end < 0) return true; // one of its ways never ends, or they end apart
    for (const successor of successors(node))
      for (let m = successor; m !== end && m >= 0; m = this.after[m]!) if (this.kept[m]) return true;
    return false;
  }

  private build(): Slice {
    const { graph, locals, cleanups } = this.info;
    const nodes = graph.nodes.map((node, n) => (graph.order[n]! < 0 ? node : this.rewired(node, n)));
    const entry = this.skip(graph.entry);
    const atEnd = cleanups.map(({ local }) => local);
    const sliced: FlowGraph = { nodes, entry, missingLabels: graph.missingLabels, ...numbered(nodes, entry) };
    return { graph: sliced, locals: this.locals, live: liveness(sliced, locals, atEnd) };
  }

  /** Where each node that is not kept leads to. */
  private readonly skipped = new Map<number, number>();

  /** The first kept node from here on. */
  private skip(from: number): number {
    const passed: number[] = [];
    let n = from;
    while (!this.kept[n] && !this.skipped.has(n)) {
      passed.push(n);
      this.skipped.set(n, n); // meets itself again only in a loop that does nothing and does not end
      const node = this.info.graph.nodes[n]!;
      n = isBranch(node) ? this.after[n]! : (node as { next: number }).next;
    }
    const end = this.kept[n] ? n : this.skipped.get(n)!;
    for (const m of passed) this.skipped.set(m, end);
    return end;
  }

  /** A node that leads to kept nodes only. A branch that decides nothing is evaluated for what its condition does. */
  private rewired(node: FlowNode, n: number): FlowNode {
    const { at } = node;
    if (isBranch(node) && !this.decides[n]) {
      const [expression] = expressionsOf(node);
      const next = this.skip(this.after[n]!);
      return expression ? { kind: "evaluate", at, expression, next } : { kind: "join", at, next };
    }
    switch (node.kind) {
      case "join":
      case "evaluate":
      case "declare":
        return { ...node, next: this.skip(node.next) };
      case "branch": {
        const [then, otherwise] = [this.skip(node.then), this.skip(node.otherwise)];
        return { ...node, then, otherwise };
      }
      case "switch": {
        const cases = node.cases.map((one) => ({ ...one, target: this.skip(one.target) }));
        return { ...node, cases, otherwise: this.skip(node.otherwise) };
      }
      case "fork":
        return { ...node, targets: [...new Set(node.targets.map((target) => this.skip(target)))] };
      case "return":
        return node;
    }
  }
}

/** The local that an expression itself gives another value, or lets others give one. */
function definedBy(e: Expression): string | undefined {
  if (e.kind === "assign" && e.target.kind === "name") return e.target.name;
  if (e.kind === "postfix" && e.operand.kind === "name") return e.operand.name;
  if (e.kind === "unary" && /^(\+\+|--|&)$/.test(e.operator) && e.operand.kind === "name")
    return e.operand.name;
  return undefined;
}

function isBranch(node: FlowNode): boolean {
  return node.kind === "branch" || node.kind === "fork" || node.kind === "switch";
}
