/**
 * An audit beside ripgrep and coccinelle, in one run on one tree: wall time, processor time and peak memory, and each
 * as a multiple of theirs.
 *   npx tsx bench/audit.ts [TREE]     (default: the 7.3 that `treewide tree get` left in the cache)
 * Needs `npm run build` and Debian's coccinelle, ripgrep and time. ripgrep searches the whole tree for two names;
 * coccinelle matches bench/same-file.cocci, which knows neither paths nor calls. The page cache is warm: ripgrep has
 * read the tree before. The load is printed, for other work takes wall time from all of them.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { cacheFolder } from "../src/base/files.js";

const project = resolve(import.meta.dirname, "..");
const tree = resolve(process.argv[2] ?? cacheFolder("trees", "linux-source-7.3"));
const folder = mkdtempSync(join(tmpdir(), "treewide-bench-"));
const jobs = String(availableParallelism());

interface Measured {
  /** Seconds. */
  readonly wall: number;
  /** Seconds, of all processors. */
  readonly busy: number;
  /** Megabytes, of the largest process. */
  readonly memory: number;
}

/** Runs a command in the tree. */
function measure(command: string, ...args: string[]): Measured {
  const report = join(folder, "time");
  const { status, stderr } = spawnSync(
    "/usr/bin/time",
    ["-q", "-o", report, "-f", "%e %U %S %M", command, ...args],
    {
      cwd: tree,
      env: { ...process.env, TREEWIDE_CACHE: join(folder, "cache") },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  if (status !== 0) throw new Error(`${command}: exit status ${status}: ${stderr}`);
  const [wall, user, system, kilobytes] = readFileSync(report, "utf8").trim().split(" ").map(Number);
  return { wall: wall!, busy: user! + system!, memory: kilobytes! / 1024 };
}

const audit = (...args: string[]) =>
  measure(
    join(project, "bin/treewide"),
    ...["audit", tree, "--format", "json", "--output", join(folder, "audit.json"), ...args],
  );
const search = () =>
  measure("rg", "-j", jobs, "-c", "pci_alloc_irq_vectors|pcim_enable_device", "--no-ignore", ".");
const match = () =>
  measure(
    "spatch",
    ...["--sp-file", join(import.meta.dirname, "same-file.cocci"), "--very-quiet", "-j", jobs],
    ...["--dir", "drivers"],
  );

function row(name: string, { wall, busy, memory }: Measured, theirs: readonly Measured[]): void {
  const ratios = theirs.map(
    (other) => `${(wall / other.wall).toFixed(2).padStart(8)} x ${(memory / other.memory).toFixed(2)}`,
  );
  console.log(
    `${name.padEnd(34)}${wall.toFixed(2).padStart(8)} s${busy.toFixed(2).padStart(9)} s${memory.toFixed(0).padStart(7)} MB${ratios.map((r) => r.padStart(19)).join("")}`,
  );
}

try {
  search();
  const ripgrep = search();
  const coccinelle = match();

  const cold = audit("--no-cache");
  audit();
  const warm = audit();
  console.log(`${tree}, ${jobs} threads, load ${loadavg()[0]!.toFixed(1)}`);
  console.log(
    `${"".padEnd(34)}${"wall".padStart(10)}${"busy".padStart(11)}${"memory".padStart(10)}${"of ripgrep's".padStart(19)}${"of coccinelle's".padStart(19)}`,
  );
  row("ripgrep, two names", ripgrep, []);
  row("coccinelle, pattern in one file", coccinelle, []);
  row("treewide audit --no-cache", cold, [ripgrep, coccinelle]);
  row("treewide audit, nothing changed", warm, [ripgrep, coccinelle]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
