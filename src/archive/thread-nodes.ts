/**
 * Which Message-IDs belong to one thread: those that any mail connects. Grows mail by mail, in any order; needs no
 * recursion and no loop in the references can trouble it, because only sets are joined.
 */
import type { Database } from "../base/database.js";

export interface ThreadNode {
  readonly id: number;
  thread: number;
  /** It was in the index before it was asked for now. */
  known: boolean;
}

/** Nodes kept in memory; about 100 bytes each. Older ones are read again. */
const maxCached = 400_000;

export class ThreadNodes {
  private readonly cache = new Map<string, ThreadNode>();
  /** Threads that were joined into others since the cache began. */
  private readonly joined = new Map<number, number>();

  /** @param onGone told of each thread that has become part of another */
  constructor(
    private readonly database: Database,
    private readonly onGone: (thread: number) => void,
  ) {}

  /** The node of an id, made when there is none: a thread of its own. */
  node(mid: string): ThreadNode {
    const found = this.find(mid);
    if (found) return found;
    // A node's own id names its thread until it is joined to an older one.
    const { lastId } = this.database.run("INSERT INTO node (mid, thread) VALUES (?, 0)", mid);
    this.database.run("UPDATE node SET thread = id WHERE id = ?", lastId);
    return this.keep(mid, { id: lastId, thread: lastId, known: false });
  }

  find(mid: string): ThreadNode | undefined {
    const cached = this.cache.get(mid);
    if (cached) {
      cached.known = true;
      cached.thread = this.current(cached.thread);
      return cached;
    }
    const row = this.database.row("SELECT id, thread FROM node WHERE mid = ?", mid);
    return row && this.keep(mid, { id: row.id as number, thread: row.thread as number, known: true });
  }

  /** Makes one thread of all these nodes: the oldest of theirs. */
  join(nodes: readonly ThreadNode[]): void {
    const threads = new Set(nodes.map(({ thread }) => this.current(thread)));
    const target = Math.min(...threads);
    for (const thread of threads) {
      if (thread === target) continue;
      this.database.run("UPDATE node SET thread = ? WHERE thread = ?", target, thread);
      this.joined.set(thread, target);
      this.onGone(thread);
    }
    for (const node of nodes) node.thread = target;
  }

  private current(thread: number): number {
    let now = thread;
    for (let next = this.joined.get(now); next !== undefined; next = this.joined.get(now)) now = next;
    return now;
  }

  private keep(mid: string, node: ThreadNode): ThreadNode {
    if (this.cache.size >= maxCached) {
      this.cache.clear();
      this.joined.clear();
    }
    this.cache.set(mid, node);
    return node;
  }
}
