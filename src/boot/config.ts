/** The configuration of the test kernel: as small as a trace of PCI drivers allows, plus the drivers asked for. */
import { type Kbuild, kbuildOf } from "../kernel/kbuild.js";
import { type KconfigSymbols, parseKconfig } from "../kernel/kconfig-parse.js";
import { solveKconfig } from "../kernel/kconfig-solve.js";
import { openTree } from "../kernel/tree.js";

/** Symbols set on top of tinyconfig, and what each group is for. */
const BASE: readonly { readonly why: string; readonly symbols: readonly string[] }[] = [
  { why: "the machine", symbols: ["64BIT", "SMP", "ACPI", "PCI", "PCI_MSI", "PCI_MMCONFIG", "X86_X2APIC"] },
  { why: "speed where KVM is usable", symbols: ["HYPERVISOR_GUEST", "PARAVIRT"] },
  { why: "packed by what every machine has, in a second", symbols: ["KERNEL_GZIP"] },
  { why: "a console", symbols: ["TTY", "PRINTK", "BUG", "SERIAL_8250", "SERIAL_8250_CONSOLE"] },
  {
    why: "a first program and its files",
    symbols: ["BLK_DEV_INITRD", "BINFMT_ELF", "PROC_FS", "SYSFS", "DEVTMPFS", "DEBUG_FS"],
  },
  { why: "glibc", symbols: ["FUTEX", "POSIX_TIMERS", "MULTIUSER", "SHMEM"] },
  { why: "the trace module", symbols: ["MODULES", "MODULE_UNLOAD", "KALLSYMS", "KALLSYMS_ALL", "KPROBES"] },
  {
    why: "failing allocations",
    symbols: [
      "DEBUG_KERNEL",
      "EXPERT",
      "STACKTRACE",
      "FAULT_INJECTION",
      "FAILSLAB",
      "FAIL_PAGE_ALLOC",
      "FAULT_INJECTION_DEBUG_FS",
      "FAULT_INJECTION_STACKTRACE_FILTER",
    ],
  },
  { why: "stale pointers show", symbols: ["SLUB_DEBUG"] },
];

/** Set in tinyconfig and in the way of something above. */
const UNSET = ["SLUB_TINY", "RANDOMIZE_BASE", "KERNEL_XZ"];

/** Documentation calls it SRCARCH: the folder below arch/. */
const ARCHITECTURE = "x86";

export interface DriverConfig {
  /** The C file of the driver. */
  readonly driver: string;
  /** Symbols to set, or why there are none. */
  readonly symbols: readonly string[];
  readonly why?: string;
}

export interface KernelConfig {
  /** Lines for a .config on top of tinyconfig. */
  readonly fragment: string;
  /** The symbols that it sets for the drivers. */
  readonly symbols: readonly string[];
  readonly drivers: readonly DriverConfig[];
}

/**
 * The fragment for a set of drivers, their dependencies resolved from the tree's Kconfig.
 * A driver that cannot be configured stays in `drivers` with the reason.
 * @param drivers C files by their paths from the tree's root.
 * @param beside symbols to set too, where no driver needs them unset
 */
export function kernelConfig(
  path: string,
  drivers: readonly string[],
  beside: readonly string[] = [],
): KernelConfig {
  const base = BASE.flatMap((group) => group.symbols);
  const set = new Map<string, "y" | "n">([
    ...base.map((symbol): [string, "y"] => [symbol, "y"]),
    ...UNSET.map((symbol): [string, "n"] => [symbol, "n"]),
  ]);
  const results: DriverConfig[] = [];
  if (drivers.length > 0) {
    const tree = openTree({ kind: "folder", path });
    const kbuild = kbuildOf(tree);
    const symbols = parseKconfig((file) => tree.read(file)?.toString("latin1"), ARCHITECTURE);
    for (const driver of drivers) {
      const own = ownSymbols(kbuild, driver);
      const why = own ? configure(symbols, own, set, results) : `no Makefile of the tree builds ${driver}`;
      results.push({ driver, symbols: own ?? [], ...(why !== undefined && { why }) });
    }
  }
  const symbols = [...set].flatMap(([symbol, value]) =>
    value === "y" && !base.includes(symbol) ? [symbol] : [],
  );
  for (const symbol of beside) if (!set.has(symbol)) set.set(symbol, "y");
  const lines = [...set].map(([symbol, value]) =>
    value === "y" ? `CONFIG_${symbol}=y` : `# CONFIG_${symbol} is not set`,
  );
  return { fragment: `${lines.join("\n")}\n`, symbols, drivers: results };
}

/** Drivers, and the kernels that they can be in. */
export interface Configurable {
  /** All that fit together, then each alone of those that cannot be with them. */
  readonly kernels: readonly (readonly string[])[];
  /** Who can be in none, and why. */
  readonly impossible: readonly { readonly driver: string; readonly why: string }[];
}

/**
 * Sorts drivers into as few kernels as their configurations allow.
 * @param drivers C files by their paths from the tree's root
 */
export function configurable(path: string, drivers: readonly string[]): Configurable {
  const misfits = kernelConfig(path, drivers)
    .drivers.filter(({ why }) => why !== undefined)
    .map(({ driver }) => driver);
  const alone = misfits.map((driver) => ({ driver, why: kernelConfig(path, [driver]).drivers[0]?.why }));
  const together = drivers.filter((driver) => !misfits.includes(driver));
  return {
    kernels: [
      ...(together.length > 0 ? [together] : []),
      ...alone.flatMap(({ driver, why }) => (why === undefined ? [[driver]] : [])),
    ],
    impossible: alone.flatMap(({ driver, why }) => (why === undefined ? [] : [{ driver, why }])),
  };
}

/** The symbols that build a driver; undefined when nothing does. */
function ownSymbols(kbuild: Kbuild, driver: string): readonly string[] | undefined {
  if (!kbuild.moduleOf(driver)) return undefined;
  return kbuild.symbolsOf(driver).map((symbol) => symbol.replace(/^CONFIG_/, ""));
}

/**
 * Adds what a driver needs to a configuration. What an earlier driver did well enough without, "FOO or FOO=n", is set
 * for one that needs it.
 * @returns why that cannot be, and then nothing is added
 */
function configure(
  symbols: KconfigSymbols,
  own: readonly string[],
  set: Map<string, "y" | "n">,
  earlier: readonly DriverConfig[],
): string | undefined {
  const solution = solveKconfig(symbols, own, new Map([...set, ...machine]));
  if (!solution.solved) return solution.why;
  const asked = [...solution.set];
  const wasUnset = asked.filter(
    ([symbol, value]) => value === "y" && set.get(symbol) === "n" && !UNSET.includes(symbol),
  );
  const grown = new Map([...asked, ...set, ...wasUnset]);
  if (wasUnset.length > 0)
    for (const { driver, symbols: its } of earlier.filter(({ why }) => why === undefined)) {
      const others = [...grown].filter(([symbol]) => !its.includes(symbol));
      const still = solveKconfig(symbols, its, new Map([...others, ...machine]));
      if (!still.solved) return `it cannot be in one kernel with ${driver}: ${still.why}`;
      for (const [symbol, value] of still.set) if (!grown.has(symbol)) grown.set(symbol, value);
    }
  for (const [symbol, value] of grown) set.set(symbol, value);
  return undefined;
}

/** What every configuration for this machine has. */
const machine: readonly (readonly [string, "y"])[] = [
  ["X86", "y"],
  ["X86_64", "y"],
];

/** The symbols of a .config that are built in or modules. */
function enabledSymbols(config: string): ReadonlySet<string> {
  return new Set([...config.matchAll(/^CONFIG_(\w+)=[ym]$/gm)].map((match) => match[1]!));
}

/** Of the drivers that were configured, those that the tree's own `make olddefconfig` threw out again. */
export function checkedDrivers(config: KernelConfig, result: string): readonly DriverConfig[] {
  const enabled = enabledSymbols(result);
  return config.drivers.map((driver) => {
    const lost = driver.symbols.filter((symbol) => !enabled.has(symbol));
    return driver.why || lost.length === 0
      ? driver
      : { ...driver, why: `make olddefconfig leaves CONFIG_${lost.join(", CONFIG_")} out` };
  });
}
