/** treewide serve: trees, series and archives in a browser. */
import { setFlagsFromString } from "node:v8";
import type { Command } from "commander";
import { UsageError } from "../../base/errors.js";
import { positive } from "../arguments.js";

export function register(program: Command): void {
  program
    .command("serve")
    .argument("[tree...]", "kernel trees to audit and show")
    .description(
      "serve the workbench: audited trees, series and their proof, archives at public-inbox's addresses",
    )
    .option("--rev <revisions...>", "also these revisions of the first tree's repository")
    .option(
      "--series <sources...>",
      "series to prove or review on the first tree: an mbox, a Maildir, a folder of patches, or a range A..B of it",
    )
    .option("--archive <names...>", "serve these archives (default: all)")
    .option(
      "--host <address>",
      "listen here; other than loopback needs a token in TREEWIDE_TOKEN",
      "127.0.0.1",
    )
    .option("--port <n>", "listen on this port; 0 for any free one", "8080")
    .option("--jobs <n>", "threads of an audit (default: as many as there are processors)", positive)
    .addHelpText(
      "after",
      `
Prints two addresses: the first shows everything; the second carries the token with which a browser may also start and
stop work. With TREEWIDE_TOKEN set, every request needs that token, as a password or as a bearer token.

Examples:
  treewide serve ~/src/linux
  treewide serve ~/src/linux --rev v7.2 v7.3 --series outgoing posted.mbox
  treewide serve --archive linux-pci
  b4 -c b4.midmask=http://127.0.0.1:8080/linux-pci/%s am MESSAGE-ID
  git clone --mirror http://127.0.0.1:8080/linux-pci/0`,
    )
    .action(action);
}

/**
 * Pages that are sent stand beside V8's heap, which is small, and count as if they were in it: by default it is collected
 * seven times a second under load, each time for milliseconds in which nobody is answered. Now it may grow fivefold.
 */
const fewCollections = "--heap-growing-percent=400";

interface Options {
  readonly host: string;
  readonly port: string;
  readonly rev?: readonly string[];
  readonly series?: readonly string[];
  readonly archive?: readonly string[];
  readonly jobs?: number;
}

async function action(trees: readonly string[], options: Options): Promise<void> {
  const { host, port, rev = [], series = [], archive: names, jobs } = options;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) throw new UsageError(`--port ${port}: not a port`);
  if (trees.length === 0 && (rev.length > 0 || series.length > 0))
    throw new UsageError("--rev and --series need a tree", "name one: treewide serve TREE --series FOLDER");
  const { openArchives } = await import("../../archive/open.js");
  const { archiveNames } = await import("../../archive/registry.js");
  const { Bench } = await import("../../web/bench.js");
  const { archivePages, createWorkbench } = await import("../../web/workbench.js");
  const { PageThreads } = await import("../../web/archive/page-threads.js");
  const { Guard } = await import("../../web/guard.js");
  const { listen } = await import("../../web/server.js");
  const { sourceOf } = await import("../../web/series/judged.js");
  const archives = names
    ? names.flatMap((name) => openArchives(name))
    : trees.length > 0 && archiveNames().length === 0
      ? []
      : openArchives(undefined);
  const bench = new Bench({ archives, jobs });
  for (const path of trees) bench.addTree({ kind: "folder", path });
  for (const revision of rev) bench.addTree({ kind: "revision", repository: trees[0]!, revision });
  for (const source of series) bench.addSeries(sourceOf(source, trees[0]!));
  setFlagsFromString(fewCollections);
  const token = process.env.TREEWIDE_TOKEN;
  const guard = new Guard(token);
  const inboxes = archives.map(({ name }) => name);
  const pages = archivePages(bench, inboxes.length > 0 ? new PageThreads(inboxes) : undefined);
  try {
    const server = await listen(createWorkbench(bench, guard, pages), {
      host,
      port: Number(port),
      guard,
      quick: (request, response) => pages.quick(request, response),
      ...(token ? { token } : {}),
    });
    bench.begin();
    // A token from the environment is known already, and belongs on no screen.
    process.stdout.write(
      token ? `${server.url}\n` : `${server.url}\n${server.url}enter?token=${guard.token}\n`,
    );
    await new Promise<void>((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
    });
    await server.close();
  } finally {
    // Their threads would keep the program from its end.
    pages.close();
    bench.close();
  }
}
