/** A function as one executor walks it: its slice, with each node made ready when it is first reached. */
import type { FlowNode } from "../c/flow.js";
import { render } from "../c/render.js";
import type { CFunction, SourceFile } from "../c/source.js";
import type { Expression } from "../c/syntax.js";
import { noteOf, storeOf } from "./assign.js";
import { cellName, cellNumber, wordCell } from "./cell-names.js";
import { type Cell, localCell, nameCell, type Place, placeOf } from "./cells.js";
import type { Code, Context, Test } from "./code.js";
import { makeTest } from "./condition.js";
import { type Content, derive, derived, Operation } from "./content.js";
import { makeCode } from "./evaluate.js";
import type { Executor } from "./executor.js";
import { functionInfo } from "./function.js";
import { undoing } from "./guards.js";
import type { Mask } from "./mask.js";
import type { Slice } from "./slice.js";
import type { Domain, Frame, State } from "./state.js";
import { binary, constant, refine, unknown, zero } from "./value.js";
import type { Walk } from "./walk.js";

/** Where states go on from a node. */
export type Onward<D extends Domain> = Pick<Walk<D>, "arrive" | "finish">;

/** Executes a node: sends each state that comes of it to where it leads. Takes the state over. */
export type Step<D extends Domain> = (state: State<D>, frame: Frame, walk: Onward<D>) => void;

export interface Parameter {
  readonly cell: Cell;
  /** Whether its value can make a difference. */
  readonly counts: boolean;
}

let nextPoint = 1;

export class Routine<D extends Domain> implements Context<D> {
  readonly file: SourceFile;
  readonly parameters: readonly Parameter[];
  /** Whether failures inside it are told apart. */
  readonly isDetailed: boolean;
  /** The locals that live in cells. */
  readonly inCells: readonly number[];
  /** By node: whether several states can come to it on the same way, as a call ends in several. */
  readonly meets: boolean[];
  /** By rank in the flow's order: the node. */
  readonly nodeAt: readonly number[];
  private readonly codes = new Map<Expression, Code<D>>();
  private readonly tests = new Map<Expression, Test<D>>();
  private readonly steps: (Step<D> | undefined)[] = [];
  /** By node: a number for what is forgotten of the locals there, as an operand of `Operation.leave`. */
  private readonly points: (number | undefined)[] = [];
  /** By what is looked at after the call, then by node: what is looked at from there on. */
  private readonly lookedAt = new Map<number, (Mask | undefined)[]>();

  constructor(
    readonly x: Executor<D>,
    readonly definition: CFunction,
    readonly slice: Slice,
  ) {
    this.file = definition.file;
    this.isDetailed = x.program.detailed(definition);
    this.meets = [...slice.graph.incoming].map((count) => count > 1);
    const nodeAt: number[] = [];
    slice.graph.order.forEach((rank, node) => {
      if (rank >= 0) nodeAt[rank] = node;
    });
    this.nodeAt = nodeAt;
    this.parameters = definition.parameters.map(({ name }) => ({
      cell: nameCell(name, this),
      counts: slice.locals.has(name),
    }));
    this.inCells = [...functionInfo(definition).addressTaken].map((name) => localCell(name, this).number);
  }

  isLocal(name: string): boolean {
    return functionInfo(this.definition).locals.has(name);
  }

  place(e: Expression): Place {
    return placeOf(e, this, this.x.program);
  }

  code(e: Expression): Code<D> {
    let code = this.codes.get(e);
    if (!code) {
      code = makeCode(this, e);
      this.codes.set(e, code);
    }
    return code;
  }

  test(e: Expression): Test<D> {
    let test = this.tests.get(e);
    if (!test) {
      test = makeTest(this, e);
      this.tests.set(e, test);
    }
    return test;
  }

  step(node: number): Step<D> {
    let step = this.steps[node];
    if (!step) {
      step = this.makeStep(this.slice.graph.nodes[node]!);
      this.steps[node] = step;
    }
    return step;
  }

  /** What is looked at from each node on, to be filled in by the walks. */
  masksBefore(after: Mask): (Mask | undefined)[] {
    let list = this.lookedAt.get(after.id);
    if (!list) {
      list = [];
      this.lookedAt.set(after.id, list);
    }
    return list;
  }

  /** Footprints have changed. */
  forgetMasks(): void {
    this.lookedAt.clear();
  }

  /** The locals that are still read from a node on. */
  liveLocals(content: Content, node: number): Content {
    let point = this.points[node];
    if (point === undefined) {
      point = nextPoint++;
      this.points[node] = point;
    }
    return derived(content, Operation.leave, point) ?? this.leave(content, node, point);
  }

  private leave(content: Content, node: number, point: number): Content {
    const left = content.filtered((cell) => this.slice.live(node, cellName(wordCell(cell))));
    return derive(content, Operation.leave, point, left);
  }

  private makeStep(node: FlowNode): Step<D> {
    switch (node.kind) {
      case "join":
        return (state, _, walk) => walk.arrive(node.next, state);
      case "evaluate":
        return this.evaluateStep(node);
      case "declare":
        return this.declareStep(node);
      case "branch":
        return this.guarded(node, this.x.model.tellsBranches ? this.toldBranch(node) : this.branchStep(node));
      case "fork": {
        const { targets } = node;
        return this.guarded(node, (state, _, walk) => {
          targets.forEach((target, i) => {
            walk.arrive(target, i === targets.length - 1 ? state : state.copy());
          });
        });
      }
      case "switch":
        return this.guarded(node, this.switchStep(node));
      case "return": {
        if (!node.value) return (state, _, walk) => walk.finish(state, unknown);
        const { one, each } = this.code(node.value);
        if (one) return (state, frame, walk) => walk.finish(state, one(state, frame));
        return (state, frame, walk) => each(state, frame, walk.finish);
      }
    }
  }

  /** A branch: where it guards only an undoing of what a state has, and that way is open, no other way is taken. */
  private guarded(node: FlowNode, step: Step<D>): Step<D> {
    const { model, prepared } = this.x;
    const sides = model.undoes && prepared.guards.sides(this.definition, node);
    if (!sides) return step;
    return (state, frame, walk) => {
      const { undone, kept } = model.undoes!(state);
      const favoured = undone ? undoing(sides, undone, kept) : undefined;
      if (!favoured) return step(state, frame, walk);
      const others: (readonly [number, State<D>])[] = [];
      let taken = false;
      const arrive = (target: number, after: State<D>) => {
        if (!favoured.has(target)) return others.push([target, after]);
        taken = true;
        walk.arrive(target, after);
      };
      step(state, frame, { arrive, finish: walk.finish });
      if (!taken) for (const [target, after] of others) walk.arrive(target, after);
    };
  }

  private evaluateStep({ expression, next }: Extract<FlowNode, { kind: "evaluate" }>): Step<D> {
    const { one, each } = this.code(expression);
    if (!one) {
      this.meets[next] = true;
      return (state, frame, walk) => each(state, frame, (after) => walk.arrive(next, after));
    }
    return (state, frame, walk) => {
      one(state, frame);
      walk.arrive(next, state);
    };
  }

  private declareStep({ declaration, next }: Extract<FlowNode, { kind: "declare" }>): Step<D> {
    const { initial, name, at } = declaration;
    if (!initial) {
      const cell = cellNumber(name);
      return (state, _, walk) => {
        state.locals.drop(cell);
        walk.arrive(next, state);
      };
    }
    const store = storeOf(this, { kind: "name", at, name });
    const { one, each } = this.code(initial);
    if (one)
      return (state, frame, walk) => {
        store(state, one(state, frame));
        walk.arrive(next, state);
      };
    this.meets[next] = true;
    return (state, frame, walk) =>
      each(state, frame, (after, value) => {
        store(after, value);
        walk.arrive(next, after);
      });
  }

  private branchStep({ condition, then, otherwise }: Extract<FlowNode, { kind: "branch" }>): Step<D> {
    const { ways, each } = this.test(condition);
    if (!ways) {
      this.meets[then] = true;
      this.meets[otherwise] = true;
      return (state, frame, walk) =>
        each(state, frame, (after, truth) => walk.arrive(truth ? then : otherwise, after));
    }
    return (state, frame, walk) => {
      const way = ways(state, frame);
      if (way === undefined) return;
      if (way === true) return walk.arrive(then, state);
      if (way === false) return walk.arrive(otherwise, state);
      walk.arrive(then, state);
      walk.arrive(otherwise, way);
    };
  }

  /** A branch that goes into the witness: "ret < 0 holds". */
  private toldBranch(node: Extract<FlowNode, { kind: "branch" }>): Step<D> {
    const { x } = this;
    const { condition, then, otherwise, at } = node;
    const { each } = this.test(condition);
    const words = render(condition).replace(/^\((.*)\)$/, "$1");
    return (state, frame, walk) =>
      each(state, frame, (after, truth) => {
        x.tell(after, frame, at, `${words} ${truth ? "holds" : "does not hold"}`);
        walk.arrive(truth ? then : otherwise, after);
      });
  }

  private switchStep(node: Extract<FlowNode, { kind: "switch" }>): Step<D> {
    const note = noteOf(this, node.value);
    const { each } = this.code(node.value);
    return (state, frame, walk) =>
      each(state, frame, (after, value) => {
        let otherwise = true;
        for (const { value: label, to, target } of node.cases) {
          let bound = unknown;
          this.code(label).each(after.copy(), frame, (_, v) => {
            bound = v;
          });
          if (value.constant !== undefined && bound.constant !== undefined && !to) {
            if (value.constant !== bound.constant) continue;
            otherwise = false;
            walk.arrive(target, after.copy());
            break;
          }
          if (!to && binary("==", value, bound) === zero) continue;
          const fits = to ? value : refine(value, bound.signs);
          if (!fits) continue;
          const taken = after.copy();
          if (!to && bound.constant !== undefined) note(taken, constant(bound.constant));
          walk.arrive(target, taken);
        }
        if (otherwise) walk.arrive(node.otherwise, after);
      });
  }
}
