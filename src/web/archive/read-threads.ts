/** Threads as their pages need them, kept from one page to the next: who reads a thread asks for many of its messages. */
import type { Archive } from "../../archive/archive.js";
import type { Listed } from "../../archive/listing.js";
import type { GzipPiece } from "../../base/gzip-pieces.js";
import type { Placed } from "../../mail/thread.js";
import { orderedThread, type ThreadItem } from "./overview.js";

/** Bytes that are kept, messages compressed as they are: of all threads, and of one. */
const maxKept = 32 << 20;
const maxThread = 1 << 20;
/** Threads that are read from one look at what is kept to the next. */
const lookEach = 32;
/** Of a message's line in the list, about. */
const lineBytes = 600;

export class ReadThread {
  /** In reading order. */
  readonly placed: readonly Placed<ThreadItem>[];
  private readonly pieces = new Map<number, GzipPiece>();
  bytes: number;

  constructor(
    private readonly archive: Archive,
    readonly listed: readonly Listed[],
  ) {
    this.placed = orderedThread(listed);
    this.bytes = lineBytes * listed.length;
  }

  /** Messages as the page shows them. */
  shown(messages: readonly Listed[]): readonly GzipPiece[] {
    const read = new Map(this.archive.shown(messages.filter(({ id }) => !this.pieces.has(id))));
    // A mail that was taken away since its thread was read is left out.
    const pieces = messages.flatMap(({ id }) => this.pieces.get(id) ?? read.get(id) ?? []);
    for (const [id, piece] of read) {
      if (this.bytes > maxThread) break;
      this.pieces.set(id, piece);
      this.bytes += piece.deflated.length;
    }
    return pieces;
  }
}

/** Of one archive, least recently read out first. */
export class ReadThreads {
  private readonly kept = new Map<number, ReadThread>();
  private version: number | undefined;
  private reads = 0;

  constructor(private readonly archive: Archive) {}

  /** The thread with a message, and the message; undefined when there is no such message. */
  find(messageId: string): { readonly asked: Listed; readonly thread: ReadThread } | undefined {
    const version = this.archive.version();
    if (version !== this.version) this.kept.clear();
    this.version = version;
    const number = this.archive.threadOf(messageId);
    if (number === undefined) return undefined;
    const thread = this.thread(number);
    const listed = thread.listed.find((each) => each.messageId === messageId);
    if (listed) return { asked: listed, thread };
    const [entry] = this.archive.byMessageId(messageId); // one of several ids, or beyond what is listed
    return entry && { asked: entry, thread: this.thread(entry.thread) };
  }

  private thread(number: number): ReadThread {
    const thread = this.kept.get(number) ?? new ReadThread(this.archive, this.archive.listing(number));
    this.kept.delete(number);
    this.kept.set(number, thread); // now the most recently read
    if (++this.reads % lookEach === 0) this.shrink();
    return thread;
  }

  private shrink(): void {
    let bytes = 0;
    for (const each of this.kept.values()) bytes += each.bytes;
    for (const [oldest, { bytes: freed }] of this.kept) {
      if (bytes <= maxKept) break;
      this.kept.delete(oldest);
      bytes -= freed;
    }
  }
}
