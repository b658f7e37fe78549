/** A file of mails. It may grow; anything else that happens to it is a rewrite. */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { KnownError, systemErrorCode } from "../base/errors.js";
import { entryMessage, type MboxVariant, readMbox } from "../mail/mbox.js";
import type { Change, News, Source } from "./source.js";

/** Read in pieces of this size, so that a list's whole history needs no memory (64 MB). */
const pieceSize = 1 << 26;
/** Bytes before the indexed end that are compared to see whether the file only grew. */
const tailSize = 4096;

export class MboxSource implements Source {
  private file: number | undefined;

  constructor(
    private readonly path: string,
    private readonly variant: MboxVariant,
  ) {}

  news(state: string | undefined): News {
    const size = this.size();
    const [end, tail] = state === undefined ? [0, ""] : parseState(state);
    const grown = end <= size && (end === 0 || this.tailHash(end) === tail);
    const start = grown ? end : 0;
    return {
      changes: start === size ? [] : this.entries(start, size),
      rewritten: grown ? undefined : "the file is not the one that was indexed with mails added",
    };
  }

  read(locators: readonly string[]): (Buffer | undefined)[] {
    return locators.map((locator) => {
      const [offset, length] = locator.split(":").map(Number) as [number, number];
      const entry = this.bytes(offset, length);
      const whole = entry.length === length && entry.subarray(0, 5).equals(Buffer.from("From "));
      return whole ? entryMessage(entry, this.variant) : undefined;
    });
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private entries(start: number, size: number): Change[] {
    const found: { offset: number; length: number }[] = [];
    let at = start;
    let want = pieceSize;
    while (at < size) {
      const piece = this.bytes(at, Math.min(want, size - at));
      const entries = [...readMbox(piece, this.variant, at)];
      const last = at + piece.length >= size;
      // The last entry of a piece may go on in the next one; a piece that is one entry is read again, larger.
      const complete = last ? entries : entries.slice(0, -1);
      for (const { offset, length } of complete) found.push({ offset, length });
      if (last) break;
      if (complete.length === 0) want *= 2;
      else {
        at = complete.at(-1)!.offset + complete.at(-1)!.length;
        want = pieceSize;
      }
    }
    const state = (offset: number) => `${offset} ${this.tailHash(offset)}`;
    return found.map(({ offset, length }) => ({
      kind: "add",
      locator: `${offset}:${length}`,
      time: 0,
      state: state(offset + length),
    }));
  }

  private tailHash(end: number): string {
    const start = Math.max(0, end - tailSize);
    return createHash("sha256")
      .update(this.bytes(start, end - start))
      .digest("hex")
      .slice(0, 16);
  }

  private size(): number {
    const status = statSync(this.path, { throwIfNoEntry: false });
    if (!status?.isFile()) throw new KnownError(`${this.path}: no such file`, "name an mbox file");
    return status.size;
  }

  private bytes(offset: number, length: number): Buffer {
    try {
      this.file ??= openSync(this.path, "r");
    } catch (error) {
      throw new KnownError(`${this.path}: cannot be read (${systemErrorCode(error)})`);
    }
    const buffer = Buffer.allocUnsafe(length);
    let got = 0;
    while (got < length) {
      const n = readSync(this.file, buffer, got, length - got, offset + got);
      if (n === 0) break;
      got += n;
    }
    return buffer.subarray(0, got);
  }
}

function parseState(state: string): [end: number, tail: string] {
  const [end, tail] = state.split(" ") as [string, string];
  return [Number(end), tail];
}
