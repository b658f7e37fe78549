/** treewide prior: has this been tried before? */
import type { Command } from "commander";
import type { PriorEffort } from "../../archive/prior.js";
import { plural } from "../../base/plural.js";
import { printableLines } from "../../base/printable.js";
import { writeExact } from "../terminal.js";

export function register(program: Command): void {
  program
    .command("prior")
    .argument(
      "[what...]",
      "names in the code (pcim_alloc_irq_vectors), or paths in the tree (drivers/pci/msi/api.c)",
    )
    .description(
      "list earlier efforts at the same thing: who, when, which versions, whether it landed, who objected",
    )
    .option(
      "--series <series>",
      "an mbox, a Maildir, a folder of patches, or a git range in --repository: look for efforts like it",
    )
    .option("--repository <folder>", "where the range of --series is", ".")
    .option(
      "--tree <folder>",
      "the kernel tree that says whether an effort landed, and who maintains its files (default: here)",
    )
    .option("--archive <name>", "look in one archive (default: all)")
    .option("--link <prefix>", "print links as PREFIX/MESSAGE-ID", "https://lore.kernel.org/all")
    .option("--json", "print as JSON (treewide.prior/1)")
    .addHelpText(
      "after",
      `
Best first: an effort that introduces the name comes before those that use it. Without a tree, whether it
landed is guessed from the archive, and says so. Objections are the last ones of those who maintain its files
by the tree's MAINTAINERS, else of those whom the author had asked: their words, with a link.

Exit status: 0 when nothing was found, 1 when there are earlier efforts.

Examples:
  treewide prior pcim_alloc_irq_vectors
  treewide prior --series outgoing/ --tree ~/linux
  treewide prior drivers/pci/msi/api.c --json`,
    )
    .action(action);
}

interface Options {
  readonly series?: string;
  readonly repository: string;
  readonly tree?: string;
  readonly archive?: string;
  readonly link: string;
  readonly json?: boolean;
}

async function action(what: readonly string[], options: Options): Promise<void> {
  const { UsageError } = await import("../../base/errors.js");
  const { openArchives } = await import("../../archive/open.js");
  const { priorEfforts } = await import("../../archive/prior.js");
  const { queryOfSeries, queryOfWords } = await import("../../archive/prior-query.js");
  if (what.length === 0 && options.series === undefined)
    throw new UsageError("nothing to look for", "name a function or a file, or a series with --series");
  const query =
    options.series === undefined
      ? queryOfWords(what)
      : queryOfSeries(options.series, options.repository, what);
  const tree = await treeAtHand(options.tree);
  const efforts = openArchives(options.archive)
    .flatMap((archive) => priorEfforts(archive, query, tree))
    .sort((a, b) => b.score - a.score);
  const seen = new Set<string>();
  const once = efforts.filter(({ versions }) => {
    const known = versions.every(({ messageId }) => seen.has(messageId));
    for (const { messageId } of versions) seen.add(messageId);
    return !known;
  });
  if (options.json) {
    const { symbols, files } = query;
    writeExact(
      `${JSON.stringify({ schema: "treewide.prior/1", query: { symbols, files }, efforts: once }, undefined, 2)}\n`,
    );
  } else
    process.stdout.write(
      once.length > 0
        ? printableLines(once.map((effort) => render(effort, options.link)).join("\n"))
        : "No earlier effort found.\n",
    );
  process.exitCode = once.length > 0 ? 1 : 0;
}

async function treeAtHand(path: string | undefined) {
  const { openTree } = await import("../../kernel/tree.js");
  const { KnownError } = await import("../../base/errors.js");
  if (path !== undefined) return openTree({ kind: "folder", path });
  try {
    return openTree({ kind: "folder", path: "." });
  } catch (error) {
    if (error instanceof KnownError) return undefined; // not in a kernel tree
    throw error;
  }
}

function render(effort: PriorEffort, prefix: string): string {
  const link = (messageId: string) => `${prefix}/${encodeURIComponent(messageId).replaceAll("%40", "@")}/`;
  const state =
    effort.landed === null ? "unknown whether it landed" : effort.landed ? "landed" : "not merged";
  return [
    effort.title,
    `  ${effort.authors.join(", ")}; ${effort.first.slice(0, 10)} to ${effort.last.slice(0, 10)}; ${state} (${effort.because})`,
    ...effort.versions.map(
      ({ version, date, patches, replies, messageId }) =>
        `  v${version}  ${date.slice(0, 10)}  ${plural(patches, "patch", "patches")}, ${plural(replies, "reply", "replies")}  ${link(messageId)}`,
    ),
    ...(effort.objections.length > 0 ? ["  It ended in:"] : []),
    ...effort.objections.flatMap(({ from, date, messageId, quote }) => [
      `  ${from}, ${date.slice(0, 10)}  ${link(messageId)}`,
      ...quote.split("\n").map((line) => `    > ${line}`),
    ]),
    "",
  ].join("\n");
}
