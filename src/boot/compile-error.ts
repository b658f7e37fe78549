/** A kernel that does not compile, and the files at which make gave up. */
import { KnownError } from "../base/errors.js";

export class CompileError extends KnownError {
  override readonly name = "CompileError";
  constructor(
    message: string,
    /** Objects by their paths from the tree's root, without `.o`. */
    readonly objects: readonly string[],
  ) {
    super(message);
  }
}

/** Lines of the compiler that tell enough. */
const LINES = 5;

/** @param output what make and the compiler wrote to stderr */
export function compileError(task: string, why: string, output: string): CompileError {
  const lines = output.trim().split("\n");
  const objects = lines.flatMap((line) => {
    const match =
      /\*\*\* \[[^\]]*: ([^\s\]]+)\.o\] Error/.exec(line) ??
      /\bld: ((?:[\w.+-]+\/)+[\w.+-]+)\.o: /.exec(line);
    return match ? [match[1]!] : [];
  });
  const errors = lines.filter((line) => /\berror: |undefined reference|fatal error/.test(line));
  const shown = errors.length > 0 ? errors.slice(0, LINES) : lines.slice(-LINES);
  return new CompileError(`${task}: ${why}\n${shown.join("\n")}`, [...new Set(objects)]);
}
