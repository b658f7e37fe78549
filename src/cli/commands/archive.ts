/** treewide archive: the mailing lists that this machine remembers. */
import type { Command } from "commander";
import { KnownError, UsageError } from "../../base/errors.js";
import { plural } from "../../base/plural.js";
import { terminalProgress } from "../terminal.js";

const sources = `
A SOURCE is one of
  a public-inbox v2 inbox (a folder with git/0.git), one epoch of it, or a v1 inbox: bare git
  a git bundle of an epoch
  an mbox (mboxrd, with --mboxo mboxo; also gzipped) or a Maildir
  a URL of a public-inbox server: of an inbox (its epochs are cloned), of a thread (…/MSGID/), of a search (…/?q=…)

Nothing is copied that can be read in place. The index can always be made again from the sources.

Examples:
  treewide archive add linux-pci linux-pci-2021h1.bundle
  treewide archive add linux-pci https://lore.kernel.org/linux-pci/
  treewide archive add seed seed-thread.mbox
  treewide archive update`;

export function register(program: Command): void {
  const archive = program
    .command("archive")
    .description("remember mailing lists: add, update, list and remove archives")
    .addHelpText("after", sources);
  const sub = (nameAndArguments: string) =>
    archive
      .command(nameAndArguments)
      .exitOverride()
      .showHelpAfterError("(treewide archive --help shows how)");

  sub("add <name> <source...>")
    .description("add sources to an archive (made when new) and index them")
    .option("--mboxo", "mbox files escape `From ` the mboxo way")
    .option("--address <address>", "the list's address, for reply instructions")
    .option("--json", "print the result as JSON (treewide.archive-update/1)")
    .addHelpText("after", sources)
    .action(add);
  sub("update [names...]")
    .description("index what is new (default: in all archives)")
    .option("--rebuild", "throw the index away and make it anew from the sources")
    .option("--json", "print the result as JSON (treewide.archive-update/1)")
    .action(update);
  sub("list")
    .description("show the archives")
    .option("--json", "print as JSON (treewide.archives/1)")
    .action(list);
  sub("remove <name>")
    .description("forget an archive: its index and what was downloaded for it; your own files stay")
    .action(async (name: string) => (await import("../../archive/registry.js")).removeArchive(name));
}

interface Options {
  readonly mboxo?: boolean;
  readonly address?: string;
  readonly json?: boolean;
  readonly rebuild?: boolean;
}

async function add(name: string, given: readonly string[], options: Options): Promise<void> {
  const { recognise } = await import("../../archive/given.js");
  const registry = await import("../../archive/registry.js");
  const added = given.map((source) => recognise(source, options.mboxo));
  const before = registry.hasArchive(name) ? registry.readConfig(name) : undefined;
  const known = new Set(before?.sources.map(({ location }) => location));
  const address = options.address ?? before?.address;
  registry.writeConfig({
    schema: "treewide.archive/1",
    name,
    ...(address === undefined ? {} : { address }),
    sources: [...(before?.sources ?? []), ...added.filter(({ location }) => !known.has(location))],
  });
  try {
    await updateAndPrint([name], options);
  } catch (error) {
    // What could not be indexed is not kept, so that the next `update` does not stumble over it.
    if (before) registry.writeConfig(before);
    else registry.removeArchive(name);
    throw error;
  }
}

async function update(names: readonly string[], options: Options): Promise<void> {
  const { archiveNames } = await import("../../archive/registry.js");
  const all = names.length > 0 ? names : archiveNames();
  if (all.length === 0)
    throw new UsageError("there are no archives yet", "add one: treewide archive add NAME SOURCE");
  await updateAndPrint(all, options);
}

async function updateAndPrint(names: readonly string[], options: Options): Promise<void> {
  const { updateArchive } = await import("../../archive/update.js");
  const progress = terminalProgress();
  const results = [];
  try {
    for (const name of names)
      results.push(await updateArchive(name, options.rebuild === true, progress.listen));
  } finally {
    progress.clear();
  }
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ schema: "treewide.archive-update/1", archives: results })}\n`);
    return;
  }
  for (const { name, added, removed, messages, rewritten, rebuilt } of results) {
    if (rebuilt) process.stderr.write(`treewide: ${name}: the index was made anew: ${rebuilt}\n`);
    for (const why of rewritten)
      process.stderr.write(`treewide: ${name}: read anew from its source: ${why}\n`);
    process.stdout.write(
      `${name}: ${plural(messages, "message")}, ${added} added${removed ? `, ${removed} removed` : ""}\n`,
    );
  }
}

async function list(options: Options): Promise<void> {
  const { archiveNames, readConfig } = await import("../../archive/registry.js");
  const { Archive } = await import("../../archive/archive.js");
  const rows = archiveNames().map((name) => {
    const { schema, ...config } = readConfig(name); // the file's name for its shape, not this row's
    try {
      const archive = Archive.open(name);
      const messages = archive.count();
      archive.close();
      return { ...config, messages };
    } catch (error) {
      if (error instanceof KnownError) return { ...config, messages: undefined, problem: error.message };
      throw error;
    }
  });
  if (options.json)
    process.stdout.write(`${JSON.stringify({ schema: "treewide.archives/1", archives: rows })}\n`);
  else
    for (const { name, messages, sources: from } of rows)
      process.stdout.write(
        `${name}\t${messages ?? "not indexed"}\t${from.map(({ location }) => location).join(" ")}\n`,
      );
}
