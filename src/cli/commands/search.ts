/** treewide search: find messages as on a public-inbox server, without one. */
import type { Command } from "commander";
import { prefixes } from "../../archive/prefixes.js";
import { UsageError } from "../../base/errors.js";
import { printable } from "../../base/printable.js";
import { whole } from "../arguments.js";
import { writeExact } from "../terminal.js";

/** More messages than an archive of a list holds. */
const maxShown = 9_999_999;

export function register(program: Command): void {
  const rows = Object.entries(prefixes).map(([name, { help }]) => `  ${`${name}:`.padEnd(9)} ${help}`);
  program
    .command("search")
    .argument("<query...>", "words, phrases and prefixes; all must match")
    .description("search the archives' messages with public-inbox's prefixes")
    .option("--archive <name>", "search one archive (default: all)")
    .option("--format <format>", "table, json (treewide.search/1) or mbox", "table")
    .option("--sort <order>", "time (newest first) or relevance", "time")
    .option("--limit <n>", "show at most n messages", whole(0, maxShown), 200)
    .option("--offset <n>", "leave out the first n", whole(0, maxShown), 0)
    .addHelpText(
      "after",
      `
The query: words, "phrases", begin*, AND OR NOT, +must -not, parentheses, and prefixes:
${rows.join("\n")}
A query that begins with -not, or has it in a word of its own, stands behind --: treewide search -- pci -nvme

Exit status: 0 with results, 1 without.

Examples:
  treewide search pcim_alloc_irq_vectors
  treewide search 's:pcim_alloc_irq_vectors f:bjorn d:2021-02-01..2021-06-30'
  treewide search 'dfn:drivers/pci/msi* dfb:pcim_*' --format mbox >found.mbox`,
    )
    .action(action);
}

interface Options {
  readonly archive?: string;
  readonly format: string;
  readonly sort: string;
  readonly limit: number;
  readonly offset: number;
}

async function action(words: readonly string[], options: Options): Promise<void> {
  const { openArchives } = await import("../../archive/open.js");
  const { mboxrdEntry } = await import("../../mail/mbox.js");
  const { order, format } = choices(options);
  const { limit, offset } = options;
  const archives = openArchives(options.archive);
  // Of each archive the best `offset + limit`: what all of them together show is among those.
  const found = archives.map((archive) => ({
    archive,
    ...archive.search(words.join(" "), order, 0, offset + limit),
  }));
  const total = found.reduce((sum, each) => sum + each.total, 0);
  const merged = found.flatMap(({ archive, entries }) => entries.map((entry) => ({ archive, entry })));
  if (order === "time") merged.sort((a, b) => b.entry.received - a.entry.received);
  const page = merged.slice(offset, offset + limit);
  if (format === "mbox") for (const { archive, entry } of page) writeExact(mboxrdEntry(archive.raw(entry)));
  else if (format === "json") {
    const messages = page.map(({ archive, entry }) => ({
      archive: archive.name,
      messageId: entry.messageId,
      subject: entry.subject,
      from: { name: entry.from, address: entry.address },
      date: new Date(entry.date * 1000).toISOString(),
    }));
    const result = { schema: "treewide.search/1", query: words.join(" "), total, messages };
    writeExact(`${JSON.stringify(result, undefined, 2)}\n`);
  } else {
    for (const { entry } of page) {
      const day = new Date(entry.date * 1000).toISOString().slice(0, 10);
      const from = entry.from.slice(0, 24).padEnd(24);
      process.stdout.write(`${printable(`${day}  ${from}  ${entry.subject}`)}\n`);
      process.stdout.write(`${printable(`${" ".repeat(12)}<${entry.messageId}>`)}\n`);
    }
    if (total === 0)
      process.stderr.write(`no message matches in ${archives.map(({ name }) => name).join(", ")}\n`);
    if (page.length < total)
      process.stderr.write(`${page.length} of ${total}: more with --limit and --offset\n`);
  }
  process.exitCode = total > 0 ? 0 : 1;
}

function choices({ sort, format }: Options): { order: "time" | "relevance"; format: string } {
  if (sort !== "time" && sort !== "relevance") throw new UsageError(`--sort ${sort}: time or relevance`);
  if (!["table", "json", "mbox"].includes(format))
    throw new UsageError(`--format ${format}: table, json or mbox`);
  return { order: sort, format };
}
