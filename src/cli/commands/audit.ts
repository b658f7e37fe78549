/** `treewide audit`: the main job. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { ExitCode, UsageError } from "../../base/errors.js";
import type { TreeSpec } from "../../kernel/tree.js";
import { type DriverClass, driverClasses } from "../../ownership/classify.js";
import { type HazardKind, hazardKinds } from "../../ownership/observer.js";
import { betweenCommas, positive } from "../arguments.js";
import { interruptible } from "../interrupt.js";
import { outputFile, writeResult } from "../output.js";
import { terminalProgress, useColour, warn } from "../terminal.js";

interface Options {
  readonly format: import("../../report/index.js").Format;
  readonly output?: string;
  readonly driver: readonly string[];
  readonly class?: ReadonlySet<DriverClass>;
  readonly failOn?: ReadonlySet<Threshold>;
  readonly jobs?: number;
  readonly cache: boolean;
  readonly rev?: string;
}

/** What `--fail-on` can name: hazards, or drivers that could not be decided. */
const thresholds = [...hazardKinds, "unknown"] as const;
type Threshold = HazardKind | "unknown";

export function register(program: Command): void {
  program
    .command("audit")
    .description("Audit a kernel tree: who owns each PCI driver's IRQ vectors, on every path")
    .argument("[tree...]", "the tree's folder, default the current one; with two, compare them")
    .addOption(
      new Option("--format <format>", "how to print the result")
        .choices(["table", "json", "sarif", "html", "gcc"])
        .default("table"),
    )
    .option("-o, --output <file>", "write the result to a file, whole or not at all; - is stdout")
    .option("--rev <rev>", "audit a revision of the git repository, without a checkout; A..B compares two")
    .option(
      "--driver <name>",
      "only this driver: its name in the kernel (ahci), its pci_driver, module or file, or several by a folder or a glob; may be repeated",
      names,
      [],
    )
    .option("--class <list>", "only drivers of these classes", listOf(driverClasses))
    .option("--fail-on <list>", "exit with 1 when one of these hazards is found", listOf(thresholds))
    .option("--jobs <n>", "threads, default one a processor", positive)
    .option("--no-cache", "neither use nor keep results of unchanged files")
    .addHelpText(
      "after",
      `
Classes: ${driverClasses.join(", ")}.
Hazards: ${hazardKinds.join(", ")};
  --fail-on takes these, "unknown" (a driver that could not be decided), and "any" for all of them.

--format json is treewide.audit/1, of two trees or revisions treewide.audit-comparison/1 (docs/schema/).

Exit status: 0 nothing that --fail-on names (or no --fail-on); 1 found; 2 wrong usage;
  3 the tree cannot be used; 130 interrupted.

Examples:
  treewide audit ~/src/linux
  treewide audit --rev v7.3 --format html -o audit.html
  treewide audit --rev v7.2..v7.3
  treewide audit --driver drivers/net --driver ahci --class implicit,hybrid-partial
  treewide audit --format gcc --fail-on leaks-today,freed-under-handler`,
    )
    .action(audit);
}

/** Adds what one --driver names: several between commas, as for `treewide boot`. */
function names(text: string, before: readonly string[]): readonly string[] {
  const more = betweenCommas(text);
  if (more.length === 0) throw new InvalidArgumentError("a driver's name is needed");
  return [...before, ...more];
}

/** A tree as the user named it. */
function nameOf(spec: TreeSpec): string {
  return spec.kind === "folder" ? spec.path : `${spec.repository} at ${spec.revision}`;
}

/** Parses a comma-separated list of known names; "any" stands for all of them. */
function listOf<N extends string>(names: readonly N[]): (text: string) => ReadonlySet<N> {
  return (text) => {
    const chosen = text.split(",").map((name) => name.trim());
    const wrong = chosen.filter((name) => name !== "any" && !names.includes(name as N));
    if (wrong.length > 0)
      throw new InvalidArgumentError(`"${wrong.join(", ")}": the names are ${names.join(", ")}, any`);
    return new Set(chosen.includes("any") ? names : (chosen as N[]));
  };
}

async function audit(folders: readonly string[], options: Options): Promise<void> {
  const specs = treesOf(folders, options.rev);
  const { auditTree } = await import("../../audit/audit.js");
  const { auditReport } = await import("../../report/report.js");
  const progress = terminalProgress();
  const { jobs, cache, driver, class: classes } = options;
  const results = await interruptible(async (signal) => {
    const settings = {
      cache,
      signal,
      progress: progress.listen,
      warn,
      ...(jobs && { jobs }),
      ...(driver.length > 0 && { drivers: { names: driver } }),
    };
    const [first, second] = specs;
    return [await auditTree(first, settings), second && (await auditTree(second, settings))] as const;
  }).finally(progress.clear);
  const [result, later] = results;
  const stranger = result.unmatched.find((name) => later?.unmatched.includes(name) ?? true);
  if (stranger !== undefined) {
    const { noSuchDriver } = await import("../../audit/named-drivers.js");
    throw noSuchDriver(
      `--driver ${stranger}`,
      specs.flatMap((spec) => (spec ? nameOf(spec) : [])).join(" and "),
    );
  }
  if (later) {
    const { compareAudits } = await import("../../report/compare.js");
    const { comparisonText } = await import("../../report/compare-text.js");
    const { lineMapsOf } = await import("../../audit/hazard-change.js");
    const { openTree } = await import("../../kernel/tree.js");
    const lines = lineMapsOf(openTree(specs[0]), openTree(specs[1]!));
    const comparison = compareAudits(auditReport(result, classes), auditReport(later, classes), lines);
    writeResult(
      comparisonText(comparison, formatOfComparison(options.format), colours(options)),
      options.output,
    );
    finish(comparison.newHazards, options.failOn);
    return;
  }
  const report = auditReport(result, classes);
  const { render } = await import("../../report/index.js");
  const { sourceLines } = await import("../../report/source-lines.js");
  const { openTree } = await import("../../kernel/tree.js");
  const tree = openTree(specs[0]);
  if (cache && driver.length === 0) {
    const { rememberAudit } = await import("../../report/history.js");
    rememberAudit(specs[0], tree.root, auditReport(result));
  }
  const source = sourceLines(tree);
  writeResult(render(report, options.format, { colour: colours(options), source }), options.output);
  const { drivers: shown } = report;
  finish(
    [
      ...shown.flatMap((d) => d.hazards.map((h) => h.kind)),
      ...(report.summary.byClass.unknown > 0 ? (["unknown"] as const) : []),
    ],
    options.failOn,
  );
}

/** One tree, or two to compare. */
function treesOf(folders: readonly string[], rev: string | undefined): readonly [TreeSpec, TreeSpec?] {
  if (folders.length > 2)
    throw new UsageError(`${folders.length} trees`, "name one to audit, or two to compare");
  const [path = ".", other] = folders;
  if (rev === undefined)
    return other === undefined
      ? [{ kind: "folder", path }]
      : [
          { kind: "folder", path },
          { kind: "folder", path: other },
        ];
  if (other !== undefined)
    throw new UsageError("two trees and --rev", "compare two revisions with --rev A..B, or two folders");
  const [from, to, ...more] = rev.split("..");
  if (!from || to === "" || more.length > 0 || to?.startsWith("."))
    throw new UsageError(`--rev ${rev}: neither a revision nor A..B`, "name both ends of a range");
  const at = (revision: string): TreeSpec => ({ kind: "revision", repository: path, revision });
  return to === undefined ? [at(from)] : [at(from), at(to)];
}

function formatOfComparison(format: Options["format"]): "table" | "json" {
  if (format === "table" || format === "json") return format;
  throw new UsageError(`--format ${format}: a comparison is a table or json`, "use --format table or json");
}

function colours({ output }: Options): boolean {
  return outputFile(output) === undefined && useColour(process.stdout);
}

function finish(found: Iterable<Threshold>, failOn: ReadonlySet<Threshold> | undefined): void {
  for (const kind of found) if (failOn?.has(kind)) process.exitCode = ExitCode.findings;
}
