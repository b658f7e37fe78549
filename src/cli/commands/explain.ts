/** `treewide explain`: one driver's release paths, step by step. */
import type { Command } from "commander";
import { KnownError } from "../../base/errors.js";
import type { TreeSpec } from "../../kernel/tree.js";
import { interruptible } from "../interrupt.js";
import { terminalProgress, useColour, warn } from "../terminal.js";

/** With more matches than this, a list of them helps more than their paths. */
const mostExplained = 4;

export function register(program: Command): void {
  program
    .command("explain")
    .description("Show each release path of a driver: what happens, who holds the vectors, what devres does")
    .argument(
      "<driver>",
      "a file, the name of a driver, of its pci_driver or its module, or a part or glob of one",
    )
    .argument("[tree]", "the tree's folder", ".")
    .option("--rev <rev>", "a revision of the git repository, without a checkout")
    .option("--branches", "tell which way each branch went as well")
    .addHelpText(
      "after",
      `
A path is told from the probe on, and splits where devres has its turn: on the left with the core as it is, on
the right with one that no longer frees what pci_alloc_irq_vectors() allocated.

Examples:
  treewide explain ahci ~/src/linux
  treewide explain mlx4_core --branches
  treewide explain drivers/net/ethernet/intel/ice/ice_main.c --rev v7.3`,
    )
    .action(explain);
}

async function explain(
  name: string,
  path: string,
  { rev, branches = false }: { readonly rev?: string; readonly branches?: boolean },
): Promise<void> {
  const { auditTree } = await import("../../audit/audit.js");
  const { isShortFor, noSuchDriver } = await import("../../audit/named-drivers.js");
  const { explainDriver } = await import("../../report/explain.js");
  const { sourceLines } = await import("../../report/source-lines.js");
  const { openTree } = await import("../../kernel/tree.js");
  const spec: TreeSpec =
    rev === undefined ? { kind: "folder", path } : { kind: "revision", repository: path, revision: rev };
  const progress = terminalProgress();
  const { drivers } = await interruptible((signal) =>
    auditTree(spec, {
      signal,
      progress: progress.listen,
      warn,
      drivers: { names: [name], parts: true },
      branches,
    }),
  ).finally(progress.clear);
  const exact = drivers.filter((d) => isShortFor(name, d.driver) || isShortFor(name, d.pciDriver.name));
  const chosen = exact.length > 0 ? exact : drivers;
  if (chosen.length === 0) throw noSuchDriver(name, rev === undefined ? path : `${path} at ${rev}`);
  if (chosen.length > mostExplained)
    throw new KnownError(
      `${name}: ${chosen.length} drivers match:\n${chosen.map((d) => `  ${d.driver}  ${d.pciDriver.name}`).join("\n")}`,
      "name one of these files or pci_drivers",
    );
  const source = sourceLines(openTree(spec));
  const colour = useColour(process.stdout);
  process.stdout.write(chosen.map((d) => explainDriver(d, source, colour)).join("\n"));
}
