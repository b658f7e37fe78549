/** A thread's messages as a tree. Never recursive: a thread can be as deep as it is long. */

/** What threading needs to know of a message. */
export interface Threadable {
  readonly messageId: string;
  /** Ids of what it answers, oldest first, the parent last. */
  readonly references: readonly string[];
  /** Seconds since 1970. */
  readonly date: number;
}

export interface Placed<M> {
  readonly message: M;
  /** Undefined for a message that answers nothing in this thread. */
  readonly parent: M | undefined;
  readonly children: readonly M[];
  /** 0 for a root. */
  readonly depth: number;
}

/**
 * Orders messages as a tree: each below the nearest of its references that is there, siblings by date.
 * References that would make a loop are passed over.
 */
export function threadOrder<M extends Threadable>(messages: readonly M[]): readonly Placed<M>[] {
  const sorted = [...messages].sort((a, b) => a.date - b.date);
  const byId = new Map<string, M>();
  for (const message of sorted) if (!byId.has(message.messageId)) byId.set(message.messageId, message);
  const parents = new Map<M, M>();
  for (const message of sorted) {
    for (let i = message.references.length - 1; i >= 0; i--) {
      const parent = byId.get(message.references[i]!);
      if (!parent || parent === message || isAbove(message, parent, parents)) continue;
      parents.set(message, parent);
      break;
    }
  }
  const children = new Map<M | undefined, M[]>();
  for (const message of sorted) {
    const parent = parents.get(message);
    const siblings = children.get(parent);
    if (siblings) siblings.push(message);
    else children.set(parent, [message]);
  }
  const placed: Placed<M>[] = [];
  const waiting = (children.get(undefined) ?? []).map((message) => ({ message, depth: 0 })).reverse();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { message, depth } = next;
    const below = children.get(message) ?? [];
    placed.push({ message, parent: parents.get(message), children: below, depth });
    for (let i = below.length - 1; i >= 0; i--) waiting.push({ message: below[i]!, depth: depth + 1 });
  }
  return placed;
}

function isAbove<M>(message: M, candidate: M, parents: ReadonlyMap<M, M>): boolean {
  for (let up = parents.get(candidate); up !== undefined; up = parents.get(up))
    if (up === message) return true;
  return false;
}
