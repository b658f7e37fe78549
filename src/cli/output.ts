/** Where a command's result goes: to stdout, or where -o FILE says. */
import { requireWritable, writeOutput } from "../base/files.js";

/**
 * The file that is meant, undefined for stdout: where no file is named, or "-" (POSIX Utility Syntax Guideline 13), or
 * stdout by its name in /dev.
 */
export function outputFile(output: string | undefined): string | undefined {
  return output === "-" || output === "/dev/stdout" ? undefined : output;
}

/** Says before a long run whether its result can be written. @throws KnownError when it cannot. */
export function requireOutput(output: string | undefined): void {
  const file = outputFile(output);
  if (file !== undefined) requireWritable(file);
}

/** Writes a result, a file whole or not at all. @throws KnownError when it cannot be written. */
export function writeResult(content: string | Uint8Array, output: string | undefined): void {
  const file = outputFile(output);
  if (file === undefined) process.stdout.write(content);
  else writeOutput(file, content);
}
