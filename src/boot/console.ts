/**
 * The guest's console as QEMU writes it to a file, read while it grows. A pipe would not do: when its reader is busy
 * QEMU's serial port drops bytes.
 */
import { closeSync, openSync, readSync } from "node:fs";

export class ConsoleFile {
  readonly lines: string[] = [];
  /** Read so far. */
  bytes = 0;
  private readonly file: number;
  private rest = "";

  /** Makes the file, empty. */
  constructor(
    readonly path: string,
    private readonly onLine: ((line: string) => void) | undefined,
  ) {
    this.file = openSync(path, "w+");
  }

  /** Reads what came since the last time. */
  read(): void {
    const buffer = Buffer.alloc(256 * 1024);
    for (;;) {
      const count = readSync(this.file, buffer, 0, buffer.length, this.bytes);
      if (count === 0) return;
      this.bytes += count;
      const pieces = (this.rest + buffer.toString("latin1", 0, count)).split(/\r*\n/);
      this.rest = pieces.pop()!;
      for (const line of pieces) this.add(line);
    }
  }

  /** Reads what is left, a last line without an end included. */
  finish(): void {
    this.read();
    if (this.rest) this.add(this.rest);
    this.rest = "";
  }

  close(): void {
    closeSync(this.file);
  }

  private add(line: string): void {
    this.lines.push(line);
    this.onLine?.(line);
  }
}
