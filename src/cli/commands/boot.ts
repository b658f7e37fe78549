/** `treewide boot`: a kernel of the tree in QEMU, and what it says of the executor's predictions and the thread's claims. */
import type { Command } from "commander";
import { ExitCode, UsageError } from "../../base/errors.js";
import { writeFileAtomic } from "../../base/files.js";
import { terminalProgress } from "../terminal.js";

interface Options {
  readonly rev?: string;
  readonly conformance?: string;
  readonly claims?: boolean;
  readonly series: readonly string[];
  readonly coreOnly?: boolean;
  readonly driver?: readonly string[];
  readonly format: string;
  readonly output?: string;
}

const FORMATS = ["text", "json", "html"];
const SETS = ["short", "all"];

export function register(program: Command): void {
  program
    .command("boot")
    .description(
      "build a small kernel from a tree, boot it in QEMU, and compare what it does with what the executor says",
    )
    .argument("[tree]", "a kernel tree; it is only read", ".")
    .option("--rev <revision>", "take this revision of the tree's repository")
    .option("--conformance <set>", `run the harness's test drivers: ${SETS.join(" or ")}`)
    .option("--claims", "decide the claims of the thread on who frees vectors")
    .option("--driver <file...>", "bind, unbind and fail the probes of these drivers (C files of the tree)")
    .option(
      "--series <path>",
      "also boot each core of this series (mbox or folder of patches); may be repeated",
      (path: string, before: readonly string[]) => [...before, path],
      [],
    )
    .option("--core-only", "of a series take only the patches to the PCI core")
    .option("--format <format>", FORMATS.join(", "), "text")
    .option("--output <file>", "write the report there")
    .addHelpText(
      "after",
      `
Without --claims and --driver the short conformance set runs. The first kernel of a tree takes minutes to
build; it, and each core of a series, is kept in the cache (TREEWIDE_CACHE, or treewide below XDG_CACHE_HOME).
KVM is used where it works.

Exit status: 0 the kernel agrees, and no core of a series shows a fault; 1 it does not; 3 it could not be built
or booted.

Examples:
  treewide boot linux                                      thirty seconds after the build
  treewide boot linux --conformance all                    every combination of the harness's parameters
  treewide boot linux --claims --core-only --series posted.mbox
                                                           a posted series against what was said of it
  treewide boot linux --driver drivers/ata/ahci.c          a real driver, each allocation of its probe failed in turn`,
    )
    .action(boot);
}

async function boot(path: string, options: Options): Promise<void> {
  if (!FORMATS.includes(options.format))
    throw new UsageError(`--format ${options.format}: not one of ${FORMATS}`);
  const set = options.conformance ?? "short";
  if (set !== "short" && set !== "all") throw new UsageError(`--conformance ${set}: not one of ${SETS}`);
  if (options.claims && options.driver)
    throw new UsageError("--claims and --driver are two reports: ask for one");

  const { AS_IS, coreStates, readSeries } = await import("../../boot/series.js");
  const sessions = await import("../../boot/sessions.js");
  const report = await import("../../report/boot.js");
  const { checkoutRevision } = await import("../../boot/checkout.js");
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const progress = terminalProgress();
  try {
    const tree = options.rev === undefined ? path : await checkoutRevision(path, options.rev);
    const series = await Promise.all(options.series.map(readSeries));
    const cores = [AS_IS, ...series.flatMap((patches) => coreStates(patches, options.coreOnly === true))];
    const request = { tree, cores, signal: stop.signal, onProgress: progress.listen };
    const result = options.claims
      ? await sessions.claimsSession(request)
      : options.driver
        ? await (await import("../../boot/real-drivers.js")).driversSession(request, options.driver)
        : await sessions.conformanceSession(request, set);
    progress.clear();
    const text = report.render(result, options.format);
    if (options.output === undefined) process.stdout.write(text);
    else writeFileAtomic(options.output, text);
    if (report.hasFindings(result)) process.exitCode = ExitCode.findings;
  } catch (error) {
    progress.clear();
    if (!stop.signal.aborted) throw error;
    process.exitCode = ExitCode.interrupted;
  }
}
