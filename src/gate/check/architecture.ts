/** The architectures that a file can be compiled for: how make names them, and what compiles for them. */
import type { KconfigValues } from "../../kernel/kconfig-solve.js";
import { installed, type Needed } from "../../kernel/toolchain.js";

export interface Architecture {
  /** As `uname -m` has it; the word of reports and of `ARCH=`'s documentation. */
  readonly name: string;
  /** make's ARCH. */
  readonly make: string;
  /** The folder below arch/. */
  readonly folder: string;
  /** GNU triplet of the cross compiler, without its last dash. */
  readonly triplet: string;
  /** Debian's package of that compiler. */
  readonly apt: string;
  /** Symbols that its own Kconfig sets without being asked. */
  readonly symbols: readonly string[];
  /** Set on top of any configuration, because its compiler wants it. */
  readonly set?: KconfigValues;
  /** Node's name of a machine that needs no cross compiler for it. */
  readonly native?: NodeJS.Architecture;
}

/** In the order in which they are tried. */
export const ARCHITECTURES: readonly Architecture[] = [
  {
    name: "x86_64",
    make: "x86_64",
    folder: "x86",
    triplet: "x86_64-linux-gnu",
    apt: "gcc-x86-64-linux-gnu",
    symbols: ["X86", "X86_64", "64BIT"],
    native: "x64",
  },
  {
    name: "aarch64",
    make: "arm64",
    folder: "arm64",
    triplet: "aarch64-linux-gnu",
    apt: "gcc-aarch64-linux-gnu",
    symbols: ["ARM64", "64BIT", "OF"],
    native: "arm64",
  },
  {
    name: "riscv64",
    make: "riscv",
    folder: "riscv",
    triplet: "riscv64-linux-gnu",
    apt: "gcc-riscv64-linux-gnu",
    symbols: ["RISCV", "64BIT", "MMU", "OF"],
    native: "riscv64",
  },
  {
    name: "powerpc64le",
    make: "powerpc",
    folder: "powerpc",
    triplet: "powerpc64le-linux-gnu",
    apt: "gcc-powerpc64le-linux-gnu",
    symbols: ["PPC", "PPC64", "64BIT", "OF"],
    set: new Map([["CPU_LITTLE_ENDIAN", "y"]]),
  },
  {
    name: "s390x",
    make: "s390",
    folder: "s390",
    triplet: "s390x-linux-gnu",
    apt: "gcc-s390x-linux-gnu",
    symbols: ["S390", "64BIT"],
    native: "s390x",
  },
  {
    name: "arm",
    make: "arm",
    folder: "arm",
    triplet: "arm-linux-gnueabihf",
    apt: "gcc-arm-linux-gnueabihf",
    symbols: ["ARM", "MMU"],
  },
  {
    name: "mips64",
    make: "mips",
    folder: "mips",
    triplet: "mips64el-linux-gnuabi64",
    apt: "gcc-mips64el-linux-gnuabi64",
    symbols: ["MIPS"],
  },
  {
    name: "m68k",
    make: "m68k",
    folder: "m68k",
    triplet: "m68k-linux-gnu",
    apt: "gcc-m68k-linux-gnu",
    symbols: ["M68K"],
  },
  {
    name: "sparc64",
    make: "sparc64",
    folder: "sparc",
    triplet: "sparc64-linux-gnu",
    apt: "gcc-sparc64-linux-gnu",
    symbols: ["SPARC", "SPARC64", "64BIT"],
  },
  {
    name: "alpha",
    make: "alpha",
    folder: "alpha",
    triplet: "alpha-linux-gnu",
    apt: "gcc-alpha-linux-gnu",
    symbols: ["ALPHA", "64BIT"],
  },
  {
    name: "parisc",
    make: "parisc",
    folder: "parisc",
    triplet: "hppa-linux-gnu",
    apt: "gcc-hppa-linux-gnu",
    symbols: ["PARISC"],
  },
  {
    name: "sh",
    make: "sh",
    folder: "sh",
    triplet: "sh4-linux-gnu",
    apt: "gcc-sh4-linux-gnu",
    symbols: ["SUPERH"],
  },
];

const byName = new Map(ARCHITECTURES.map((one) => [one.name, one]));

/** @returns undefined for a name that is not in the table. */
export function architectureNamed(name: string): Architecture | undefined {
  return byName.get(name);
}

/** What stands before `gcc` and `ld` for this architecture on this machine. */
export function crossPrefix(architecture: Architecture): string {
  return architecture.native === process.arch ? "" : `${architecture.triplet}-`;
}

/** The compilers of an architecture that are missing here. */
export function missingCompiler(architecture: Architecture): Needed | undefined {
  const prefix = crossPrefix(architecture);
  const name = `${prefix}gcc`;
  return installed(name) ? undefined : { name, apt: prefix ? architecture.apt : "gcc" };
}

/** Architectures that this machine can compile for. */
export function compilable(): readonly Architecture[] {
  return ARCHITECTURES.filter((one) => !missingCompiler(one));
}

/** Beside the compiler: what the kernel's own build runs. */
export const BUILD_PROGRAMS: readonly Needed[] = ["make", "gcc", "flex", "bison", "bc", "perl", "git"].map(
  (name) => ({ name, apt: name }),
);
export const BUILD_HEADERS: readonly Needed[] = [
  { name: "stdio.h", apt: "libc6-dev" },
  { name: "gelf.h", apt: "libelf-dev" },
  { name: "openssl/ssl.h", apt: "libssl-dev" },
];
