/** A file of bytes that only grows: who writes it keeps elsewhere how much of it counts, so that a killed run costs nothing. */
import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { KnownError } from "./errors.js";
import { cannotBeWritten } from "./files.js";

export class GrowingFile {
  private constructor(
    readonly path: string,
    private readonly file: number,
  ) {}

  /** @throws KnownError when it cannot be opened; for writing it is made when missing. */
  static open(path: string, mode: "write" | "read"): GrowingFile {
    const flags = mode === "write" ? constants.O_RDWR | constants.O_CREAT : constants.O_RDONLY;
    try {
      return new GrowingFile(path, openSync(path, flags));
    } catch (error) {
      throw new KnownError(`${path}: cannot be opened (${(error as Error).message})`);
    }
  }

  size(): number {
    return fstatSync(this.file).size;
  }

  /** @throws KnownError when the disk is full. */
  write(bytes: Uint8Array, at: number): void {
    try {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.file, bytes, done, bytes.length - done, at + done);
    } catch (error) {
      throw cannotBeWritten(this.path, error);
    }
  }

  /** Fills memory with what stands from a byte on. @throws KnownError when the file is shorter. */
  read(into: Uint8Array, at: number): void {
    for (let done = 0; done < into.length; ) {
      const read = readSync(this.file, into, done, into.length - done, at + done);
      if (read === 0) throw new KnownError(`${this.path}: is shorter than it was`);
      done += read;
    }
  }

  /** Returns when all that was written is on the disk. */
  sync(): void {
    fdatasyncSync(this.file);
  }

  close(): void {
    closeSync(this.file);
  }
}
