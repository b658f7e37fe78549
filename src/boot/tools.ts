/** The programs and headers that building and booting a kernel needs, with the Debian packages that bring them. */
import { KnownError } from "../base/errors.js";
import { missingPackages as missingOf, type Needed } from "../kernel/toolchain.js";

/** The guest is always x86_64: QEMU's devices for it are the richest, and every host can run it. */
export const crossPrefix = process.arch === "x64" ? "" : "x86_64-linux-gnu-";

const PROGRAMS: readonly Needed[] = [
  { name: "make", apt: "make" },
  { name: `${crossPrefix}gcc`, apt: crossPrefix ? "gcc-x86-64-linux-gnu" : "gcc" },
  { name: `${crossPrefix}ld`, apt: crossPrefix ? "binutils-x86-64-linux-gnu" : "binutils" },
  { name: "gcc", apt: "gcc" },
  { name: "flex", apt: "flex" },
  { name: "bison", apt: "bison" },
  { name: "bc", apt: "bc" },
  { name: "git", apt: "git" },
  { name: "qemu-system-x86_64", apt: "qemu-system-x86" },
];

const HEADERS: readonly Needed[] = [
  { name: "stdio.h", apt: "libc6-dev" },
  { name: "gelf.h", apt: "libelf-dev" },
];

/** The Debian packages that are missing; empty when all is there. */
export function missingPackages(): Promise<readonly string[]> {
  return missingOf(PROGRAMS, HEADERS);
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
