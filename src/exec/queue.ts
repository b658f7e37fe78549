/** Work in flow order, so that all paths to a point arrive before any leaves it; first come, first served at one point. */
export class Queue<S> {
  /** Descending, so that the next work is the last. Seldom more than a few wait. */
  private readonly ranks: number[] = [];
  private readonly items: S[] = [];
  /** The rank of the work that was taken last. */
  rank = -1;

  push(rank: number, item: S): void {
    const { ranks, items } = this;
    let at = ranks.length;
    ranks.push(rank);
    items.push(item);
    for (; at > 0 && ranks[at - 1]! <= rank; at--) {
      ranks[at] = ranks[at - 1]!;
      items[at] = items[at - 1]!;
    }
    ranks[at] = rank;
    items[at] = item;
  }

  /** Takes the work of the lowest rank; undefined when there is none. */
  pop(): S | undefined {
    this.rank = this.ranks.pop() ?? -1;
    return this.items.pop();
  }
}
