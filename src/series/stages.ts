/**
 * The landing in stages that reviewers of February 2026 asked for: the API with PCI's own drivers first; then each
 * subsystem takes its drivers, in the next cycle; the core change last, with one easy driver that shows the way.
 */
import type { Series, SeriesPatch } from "./generate.js";

export interface Batch {
  /** 1, 2 or 3. */
  readonly stage: number;
  /** Who takes it: a subsystem of the tree ("drivers/net"), or "drivers/pci". */
  readonly subsystem: string;
  readonly patches: readonly SeriesPatch[];
  readonly needs: string;
}

export function batches(patches: readonly SeriesPatch[]): Batch[] {
  const core = patches.filter(({ kind }) => kind === "core");
  const drivers = patches.filter(({ kind }) => kind === "driver");
  const easy = core.length > 0 ? easiest(drivers) : undefined;
  const isPci = ({ drivers: [file] }: SeriesPatch) => file!.startsWith("drivers/pci/");
  const first = [
    ...patches.filter(({ kind }) => kind === "api"),
    ...drivers.filter((p) => isPci(p) && p !== easy),
  ];
  const bySubsystem = new Map<string, SeriesPatch[]>();
  for (const patch of drivers)
    if (!isPci(patch) && patch !== easy) {
      const name = subsystemOf(patch.drivers[0]!);
      bySubsystem.set(name, [...(bySubsystem.get(name) ?? []), patch]);
    }
  const result: Batch[] = [];
  if (first.length > 0) result.push({ stage: 1, subsystem: "drivers/pci", patches: first, needs: "nothing" });
  for (const [subsystem, own] of [...bySubsystem].sort(([a], [b]) => (a < b ? -1 : 1)))
    result.push({
      stage: 2,
      subsystem,
      patches: own,
      needs: "stage 1, in a released -rc1 or by a shared branch",
    });
  if (core.length > 0)
    result.push({
      stage: 3,
      subsystem: "drivers/pci",
      patches: [...(easy ? [easy] : []), ...core],
      needs: "all of stage 2",
    });
  return result;
}

/** The driver with the smallest change outside of PCI; of equals, the first. */
function easiest(patches: readonly SeriesPatch[]): SeriesPatch | undefined {
  const size = ({ change, before }: SeriesPatch) =>
    [...change].reduce(
      (sum, [path, text]) => sum + Math.abs(text.length - before.get(path)!.length) + 1000 * change.size,
      0,
    );
  return [...patches]
    .filter((p) => !p.drivers[0]!.startsWith("drivers/pci/"))
    .sort((a, b) => size(a) - size(b))[0];
}

/** Where patches of a file are taken together: two folders of the path, three where one maintainer has less. */
export function subsystemOf(path: string): string {
  const folders = path.split("/").slice(0, -1);
  const deep = /^drivers\/(net|gpu|staging|platform|tty)$/.test(folders.slice(0, 2).join("/"));
  return folders.slice(0, deep ? 3 : 2).join("/");
}

/**
 * The plan in words: stage by stage, who takes what, and what must have landed before.
 * @param taker who takes a patch of some files, or several that belong together
 */
export function planText(series: Series, taker: (paths: readonly string[]) => string): string {
  const lines: string[] = [];
  let stage = 0;
  for (const batch of batches(series.patches)) {
    if (batch.stage !== stage) {
      stage = batch.stage;
      lines.push(...(lines.length > 0 ? [""] : []), `Stage ${stage} (needs: ${batch.needs})`);
    }
    lines.push(
      `  ${batch.subsystem}: ${batch.patches.length} patch${batch.patches.length === 1 ? "" : "es"}, taken by ${taker(filesOf(batch))}`,
    );
    for (const { title } of batch.patches) lines.push(`    ${title}`);
  }
  if (series.checked.length > 0) {
    lines.push("", "Checked by a person:");
    for (const { file, line, why } of series.checked) lines.push(`  ${file}:${line}`, `    ${why}`);
  }
  if (lines.length === 0 && series.left.length === 0) return "The tree needs no patch.\n";
  return `${lines.join("\n")}\n${series.left.length > 0 ? `\n${blockersText(series)}` : ""}`;
}

/** What decides who takes a batch: its drivers; with the core in it, the core. */
function filesOf({ patches }: Batch): readonly string[] {
  return patches.some(({ kind }) => kind !== "driver")
    ? ["drivers/pci/msi/msi.c"]
    : patches.flatMap(({ drivers }) => drivers);
}

/** What holds stage 3 up, and what to do about it; empty when nothing does. */
export function blockersText({ left }: Series): string {
  if (left.length === 0) return "";
  const files = new Set(left.map(({ file }) => file)).size;
  return [
    `Stage 3 is held up by ${files} file${files === 1 ? "" : "s"} that a person has to look at:`,
    ...left.flatMap(({ file, line, why }) => [`  ${file}:${line}`, `    ${why}`]),
    "Convert them by hand, or, where the vectors need no automatic release, say so and why in a list for --checked.",
    "",
  ].join("\n");
}
