/** One walk through a function: equal states at one node are one state. */
import type { Executor } from "./executor.js";
import type { Footprints } from "./footprint.js";
import type { Mask } from "./mask.js";
import type { Emit } from "./model.js";
import { Queue } from "./queue.js";
import type { Routine } from "./routine.js";
import type { Domain, Frame, State } from "./state.js";

export class Walk<D extends Domain> {
  private readonly queue = new Queue<State<D>>();
  /** By node the key of the only state that was there, or those of several. */
  private readonly visited: (number | Set<number> | undefined)[] = [];
  private readonly ahead: readonly Mask[];
  private readonly lookedAt: (Mask | undefined)[];

  constructor(
    private readonly x: Executor<D>,
    private readonly routine: Routine<D>,
    private readonly frame: Frame,
    private readonly after: Mask,
    private readonly footprints: Footprints,
    /** Where the states go that come to the function's end. */
    readonly finish: Emit<D>,
  ) {
    this.ahead = footprints.liveIn(routine.definition);
    this.lookedAt = routine.masksBefore(after);
  }

  /** @throws LimitReached */
  run(start: State<D>): void {
    const { x, routine, frame, queue } = this;
    const { nodes, entry } = routine.slice.graph;
    const { nodeAt } = routine;
    this.arrive(entry, start);
    for (let state = queue.pop(); state; state = queue.pop()) {
      const node = nodeAt[queue.rank]!;
      if (++x.steps > x.limits.steps) x.giveUp(frame, nodes[node]!.at, "too many steps");
      frame.live = this.liveAt(node);
      routine.step(node)(state, frame, this);
    }
  }

  /** A state comes to a node. Takes it over. */
  arrive(node: number, state: State<D>): void {
    const { graph } = this.routine.slice;
    if (this.routine.meets[node] && !this.isNew(node, state)) return;
    this.queue.push(graph.order[node]!, state);
  }

  /** Forgets what does not count at a node from which several paths go on as one. @returns whether no other was there with the rest */
  private isNew(node: number, state: State<D>): boolean {
    const { x, routine } = this;
    if (state.locals.size > 0) state.locals.content = routine.liveLocals(state.locals.content, node);
    x.settle(state, this.liveAt(node));
    const seen = this.visited[node];
    if (seen === undefined) {
      this.visited[node] = state.key();
      return true;
    }
    const several = typeof seen === "number" ? new Set([seen]) : seen;
    if (several.size >= x.limits.coarsenAt) x.coarsen(state);
    const key = state.key();
    if (several.has(key)) return false;
    this.visited[node] = several.add(key);
    if (several.size > x.limits.statesAtPoint)
      x.giveUp(this.frame, routine.slice.graph.nodes[node]!.at, "too many states at one point");
    return true;
  }

  private liveAt(node: number): Mask {
    let mask = this.lookedAt[node];
    if (!mask) {
      mask = this.footprints.masks.union(this.ahead[node]!, this.after);
      this.lookedAt[node] = mask;
    }
    return mask;
  }
}
