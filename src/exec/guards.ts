/**
 * Branches that guard nothing but an undoing: `if (irq_requested) free_irq(…)`, `for (i = 0; i < count; i++) free_irq(…)`.
 * What decides them was set when the thing was done, in a field or a count that is often out of sight. So while there
 * is something to undo, they are taken to go the way that undoes it. A branch that decides about more than that, that
 * returns a value, or that asks whether a call has failed, `if (stop(dev)) return;`, is left alone.
 */
import { type FlowGraph, type FlowNode, successors } from "../c/flow.js";
import { postDominators } from "../c/post-dominators.js";
import type { CFunction } from "../c/source.js";
import type { Expression } from "../c/syntax.js";
import { builtins } from "./builtins.js";
import { expressionsOf, type FunctionInfo, functionInfo, visit } from "./function.js";
import { isPredicate } from "./names.js";

/** What a call does, or all that a function may do: some of the model's deeds, as bits. */
export type Deeds = number;

/** Something that is more than to undo. The other bits are the model's: one for each thing that can be undone. */
export const acts: Deeds = 1;

/** What guards need to know of the program. */
export interface Doers {
  /** What a primitive of that name does; undefined when there is none. */
  primitive(name: string): Deeds | undefined;
  /** The functions that a call may reach, and the graphs that are walked of them. */
  callees(callee: Expression, within: CFunction): readonly CFunction[];
  graph(definition: CFunction): FlowGraph;
}

/** What is done behind a branch, up to where its ways meet again, by the node that each begins with. */
export type Sides = ReadonlyMap<number, Deeds>;

/** What some code does by itself, and what it calls. */
interface Own {
  readonly deeds: Deeds;
  readonly callees: ReadonlySet<CFunction>;
}

export class Guards {
  private readonly own = new Map<CFunction, Own>();
  private readonly ofFunctions = new Map<CFunction, Deeds>();
  private readonly ofNodes = new Map<FlowNode, Deeds>();
  private readonly ofBranches = new Map<CFunction, ReadonlyMap<FlowNode, Sides>>();

  constructor(private readonly doers: Doers) {}

  /** What is done behind a branch, when something is undone there; undefined for any other node. */
  sides(definition: CFunction, node: FlowNode): Sides | undefined {
    let branches = this.ofBranches.get(definition);
    if (!branches) {
      branches = this.branchesOf(definition);
      this.ofBranches.set(definition, branches);
    }
    return branches.get(node);
  }

  private branchesOf(definition: CFunction): ReadonlyMap<FlowNode, Sides> {
    const branches = new Map<FlowNode, Sides>();
    if ((this.of(definition) & ~acts) === 0) return branches;
    const graph = this.doers.graph(definition);
    const meets = postDominators(graph);
    graph.nodes.forEach((node, n) => {
      if (graph.order[n]! < 0 || (node.kind !== "branch" && node.kind !== "fork" && node.kind !== "switch"))
        return;
      if (node.kind === "branch" && !node.loop && asksOfCall(node.condition, functionInfo(definition)))
        return;
      const sides = new Map<number, Deeds>();
      for (const target of successors(node))
        sides.set(target, this.region(graph, target, new Set([n, meets[n]!]), definition));
      if ([...sides.values()].some((deeds) => deeds & ~acts)) branches.set(node, sides);
    });
    return branches;
  }

  /** What is done from a node on, up to some others or to a plain end. */
  private region({ nodes }: FlowGraph, from: number, ends: ReadonlySet<number>, within: CFunction): Deeds {
    const seen = new Set<number>();
    const work = [from];
    let deeds = 0;
    for (let n = work.pop(); n !== undefined; n = work.pop()) {
      if (ends.has(n) || seen.has(n)) continue;
      seen.add(n);
      const node = nodes[n]!;
      if (node.kind === "return" && node.value) deeds |= acts;
      deeds |= this.ofNode(node, within);
      work.push(...successors(node));
    }
    return deeds;
  }

  private ofNode(node: FlowNode, within: CFunction): Deeds {
    let deeds = this.ofNodes.get(node);
    if (deeds === undefined) {
      const own = this.byItself([node], within);
      deeds = [...own.callees].reduce((all, callee) => all | this.of(callee), own.deeds);
      this.ofNodes.set(node, deeds);
    }
    return deeds;
  }

  /** What a function does, with all that it may call. */
  private of(definition: CFunction): Deeds {
    let deeds = this.ofFunctions.get(definition);
    if (deeds === undefined) {
      deeds = 0;
      const reach = new Set([definition]);
      for (const one of reach) {
        const own = this.ownOf(one);
        deeds |= own.deeds;
        for (const callee of own.callees) reach.add(callee);
      }
      this.ofFunctions.set(definition, deeds);
    }
    return deeds;
  }

  private ownOf(definition: CFunction): Own {
    let own = this.own.get(definition);
    if (!own) {
      const { nodes, order } = this.doers.graph(definition);
      own = this.byItself(
        nodes.filter((_, n) => order[n]! >= 0),
        definition,
      );
      this.own.set(definition, own);
    }
    return own;
  }

  private byItself(nodes: readonly FlowNode[], within: CFunction): Own {
    let deeds = 0;
    const callees = new Set<CFunction>();
    for (const node of nodes)
      for (const root of expressionsOf(node))
        visit(root, (e) => {
          if (e.kind !== "call") return;
          const known = e.callee.kind === "name" ? this.doers.primitive(e.callee.name) : undefined;
          if (known !== undefined) deeds |= known;
          else for (const callee of this.doers.callees(e.callee, within)) callees.add(callee);
        });
    return { deeds, callees };
  }
}

/**
 * The successors of a branch by which most is undone, when the branch guards only that.
 * @param undone what there is to undo
 * @param kept what is not: whoever undoes it acts
 */
export function undoing(sides: Sides, undone: Deeds, kept: Deeds): ReadonlySet<number> | undefined {
  const undoes = [...sides.values()].map((deeds) => deeds & undone);
  const targets = new Set<number>();
  for (const [target, deeds] of sides) {
    if (deeds & (acts | kept)) return undefined;
    const its = deeds & undone;
    if (!undoes.some((other) => other !== its && (other & its) === its)) targets.add(target);
  }
  return targets.size < sides.size ? targets : undefined;
}

/** `ret < 0`, `ret != 0`: not `count <= 0`, nor `sscanf(…) != 1`. */
function isErrorCheck({ operator, right }: Extract<Expression, { kind: "binary" }>): boolean {
  return /^(<|>=|==|!=)$/.test(operator) && right.kind === "number" && right.value === 0;
}

/** Whether a condition asks if a call has failed, at once or by way of a local number. */
function asksOfCall(
  condition: Expression,
  { given, locals }: Pick<FunctionInfo, "given" | "locals">,
): boolean {
  switch (condition.kind) {
    case "unary":
      return asksOfCall(condition.operand, { given, locals });
    case "binary":
      return isErrorCheck(condition) && asksOfCall(condition.left, { given, locals });
    case "assign":
      return condition.value.kind === "call" && asksOfCall(condition.value, { given, locals });
    case "name":
      return given.has(condition.name) && locals.get(condition.name)?.pointers === 0;
    case "call":
      return (
        condition.callee.kind === "name" &&
        builtins[condition.callee.name] === undefined &&
        !isPredicate(condition.callee.name)
      );
    default:
      return false;
  }
}
