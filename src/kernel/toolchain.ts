/** What compiling a kernel needs of the machine: programs and headers, and the Debian packages that bring them. */
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "../base/process.js";

export interface Needed {
  /** A program on the PATH, or a header that the machine's own compiler finds. */
  readonly name: string;
  /** The Debian package. */
  readonly apt: string;
}

/** Whether `program` is on the PATH. */
export function installed(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The packages of programs and headers that are missing here, each once. */
export async function missingPackages(
  programs: readonly Needed[],
  headers: readonly Needed[],
): Promise<readonly string[]> {
  const missing = programs.filter(({ name }) => !installed(name)).map(({ apt }) => apt);
  const gcc = installed("gcc");
  for (const { name, apt } of headers)
    if (!(gcc ? await isIncluded(name) : existsSync(`/usr/include/${name}`))) missing.push(apt);
  return [...new Set(missing)];
}

async function isIncluded(header: string): Promise<boolean> {
  const input = `#include <${header}>\n`;
  const { status } = await run("gcc", ["-E", "-xc", "-"], { input, accept: "any" });
  return status === 0;
}
