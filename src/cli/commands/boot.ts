/** `treewide boot`: a kernel of the tree in QEMU, and what it says of the executor's predictions and the thread's claims. */
import { type Command, Option } from "commander";
import { ExitCode, UsageError } from "../../base/errors.js";
import type { SessionRequest } from "../../boot/sessions.js";
import { betweenCommas, positive, treeAmong } from "../arguments.js";
import { interruptible } from "../interrupt.js";
import { requireOutput, writeResult } from "../output.js";
import { terminalProgress } from "../terminal.js";

interface Options {
  readonly rev?: string;
  readonly conformance?: "short" | "all";
  readonly claims?: boolean;
  readonly series: readonly string[];
  readonly coreOnly?: boolean;
  readonly driver?: readonly string[];
  readonly for?: number;
  readonly format: "text" | "json" | "html";
  readonly output?: string;
}

export function register(program: Command): void {
  program
    .command("boot")
    .description(
      "build a small kernel from a tree, boot it in QEMU, and compare what it does with what the executor says",
    )
    .argument("[tree]", "a kernel tree; it is only read (default: the current folder)")
    .option("--rev <revision>", "take this revision of the tree's repository")
    .addOption(new Option("--conformance <set>", "run the harness's test drivers").choices(["short", "all"]))
    .option("--claims", "decide the claims of the thread on who frees vectors")
    .option(
      "--driver <name...>",
      "bind, unbind and fail the probes of these drivers: names in the kernel (ahci), modules, C files, folders, or globs; '*' is all",
    )
    .option(
      "--for <minutes>",
      "begin no other driver after that time; the next run goes on from there",
      positive,
    )
    .option(
      "--series <path>",
      "also boot each core of this series (mbox or folder of patches); may be repeated",
      (path: string, before: readonly string[]) => [...before, path],
      [],
    )
    .option("--core-only", "of a series take only the patches to the PCI core")
    .addOption(
      new Option("--format <format>", "how to print the report")
        .choices(["text", "json", "html"])
        .default("text"),
    )
    .option("-o, --output <file>", "write the report to a file, whole or not at all; - is stdout")
    .addHelpText(
      "after",
      `
Without --claims and --driver the short conformance set runs. The first kernel of a tree takes minutes to
build; it, and each core of a series, is kept in the cache (TREEWIDE_CACHE, or treewide below XDG_CACHE_HOME).
KVM is used where it works.

Exit status: 0 the kernel agrees, and no core of a series shows a fault; 1 it does not, or something stayed
undecided; 2 wrong usage; 3 it could not be built or booted, or no driver could be tried; 130 interrupted.

Examples:
  treewide boot linux                                      thirty seconds after the build
  treewide boot linux --conformance all                    every combination of the harness's parameters
  treewide boot linux --claims --core-only --series posted.mbox
                                                           a posted series against what was said of it
  treewide boot linux --driver ahci                        a real driver, each allocation of its probe failed in turn
  treewide boot linux --driver '*' --for 60                all of them, as far as an hour goes; run again to go on`,
    )
    .action(boot);
}

async function boot(given: string | undefined, options: Options): Promise<void> {
  checkUsage(options);
  const { tree: path, names } = treeAndDrivers(given, options.driver ?? []);
  requireOutput(options.output); // now, not after minutes of work
  const { AS_IS, coresOfSeries } = await import("../../boot/series.js");
  const sessions = await import("../../boot/sessions.js");
  const report = await import("../../report/boot.js");
  const { atRevision } = await import("../../boot/checkout.js");
  const coreOnly = options.coreOnly === true;
  const cores = [AS_IS, ...options.series.flatMap((series) => coresOfSeries(series, coreOnly))];
  const progress = terminalProgress();
  const result = await interruptible((signal) => {
    const { rev } = options;
    const limit = options.for === undefined ? {} : { limit: options.for * 60_000 };
    const common = { cores, signal, onProgress: progress.listen, ...limit };
    const run = async (request: SessionRequest) => {
      if (options.claims) return sessions.claimsSession(request);
      if (names.length === 0) return sessions.conformanceSession(request, options.conformance ?? "short");
      const { driversSession } = await import("../../boot/real-drivers.js");
      return driversSession(request, names);
    };
    if (rev === undefined) return run({ ...common, tree: path });
    const checkout = { repository: path, revision: rev };
    return atRevision(path, rev, common, (tree) => run({ ...common, tree, checkout }));
  }).finally(progress.clear);
  writeResult(report.render(result, options.format), options.output);
  if (report.hasFindings(result)) process.exitCode = ExitCode.findings;
}

/**
 * Names may stand behind one --driver or several, or between commas. A tree among them is the tree: an option that takes
 * several words cannot know where they end.
 */
function treeAndDrivers(
  given: string | undefined,
  words: readonly string[],
): { readonly tree: string; readonly names: readonly string[] } {
  const names = words.flatMap(betweenCommas);
  const tree = given ?? treeAmong(names) ?? ".";
  const drivers = given === undefined ? names.filter((name) => name !== tree) : names;
  if (drivers.length < names.length && drivers.length === 0)
    throw new UsageError(`--driver ${tree} names a kernel tree`, "name a driver, as in --driver ahci");
  return { tree, names: drivers };
}

function checkUsage(options: Options): void {
  const { conformance, claims, driver, series, coreOnly } = options;
  const reports = [conformance && "--conformance", claims && "--claims", driver && "--driver"].filter(
    (name) => typeof name === "string",
  );
  if (reports.length > 1)
    throw new UsageError(`${reports.join(" and ")} are different reports`, "ask for one");
  if (options.for !== undefined && !driver)
    throw new UsageError("--for without --driver", "only --driver runs for hours");
  if (coreOnly && series.length === 0)
    throw new UsageError(
      "--core-only without --series",
      "name the series of which the core patches are meant",
    );
}
