/** The programs and headers that building and booting a kernel needs, with the Debian packages that bring them. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { KnownError } from "../base/errors.js";
import { run } from "../base/process.js";

/** The guest is always x86_64: QEMU's devices for it are the richest, and every host can run it. */
export const crossPrefix = process.arch === "x64" ? "" : "x86_64-linux-gnu-";

const PROGRAMS: readonly { readonly program: string; readonly apt: string }[] = [
  { program: "make", apt: "make" },
  { program: `${crossPrefix}gcc`, apt: crossPrefix ? "gcc-x86-64-linux-gnu" : "gcc" },
  { program: `${crossPrefix}ld`, apt: crossPrefix ? "binutils-x86-64-linux-gnu" : "binutils" },
  { program: "gcc", apt: "gcc" },
  { program: "flex", apt: "flex" },
  { program: "bison", apt: "bison" },
  { program: "bc", apt: "bc" },
  { program: "git", apt: "git" },
  { program: "qemu-system-x86_64", apt: "qemu-system-x86" },
];

const HEADERS: readonly { readonly header: string; readonly apt: string }[] = [
  { header: "stdio.h", apt: "libc6-dev" },
  { header: "gelf.h", apt: "libelf-dev" },
];

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

/** The Debian packages that are missing; empty when all is there. */
export async function missingPackages(): Promise<readonly string[]> {
  const programs = PROGRAMS.filter(({ program }) => !installed(program)).map(({ apt }) => apt);
  if (programs.includes("gcc")) return programs;
  const headers: string[] = [];
  for (const { header, apt } of HEADERS) {
    const { status } = await run("gcc", ["-E", "-xc", "-"], {
      input: `#include <${header}>\n`,
      accept: "any",
    });
    if (status !== 0) headers.push(apt);
  }
  return [...new Set([...programs, ...headers])];
}

/** @throws KnownError with the apt line when something is missing. */
export async function requireTools(): Promise<void> {
  const missing = await missingPackages();
  if (missing.length > 0)
    throw new KnownError(
      `building and booting a kernel needs what is not installed here: ${missing.join(", ")}`,
      `apt-get install ${missing.join(" ")}`,
    );
}
