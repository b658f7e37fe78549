/** treewide serve: the archives in a browser, at public-inbox's addresses. */
import type { Command } from "commander";
import { UsageError } from "../../base/errors.js";

export function register(program: Command): void {
  program
    .command("serve")
    .description(
      "serve the archives over HTTP at public-inbox's addresses: pages, search, mbox, Atom, git clone",
    )
    .option(
      "--host <address>",
      "listen here; other than loopback needs a token in TREEWIDE_TOKEN",
      "127.0.0.1",
    )
    .option("--port <n>", "listen on this port; 0 for any free one", "8080")
    .option("--archive <names...>", "serve these archives (default: all)")
    .addHelpText(
      "after",
      `
Examples:
  treewide serve
  b4 -c b4.midmask=http://127.0.0.1:8080/linux-pci/%s am MESSAGE-ID
  git clone --mirror http://127.0.0.1:8080/linux-pci/0`,
    )
    .action(action);
}

interface Options {
  readonly host: string;
  readonly port: string;
  readonly archive?: readonly string[];
}

async function action({ host, port, archive: names }: Options): Promise<void> {
  const { openArchives } = await import("../../archive/open.js");
  const { createApp } = await import("../../web/app.js");
  const { mountArchives } = await import("../../web/archive/routes.js");
  const { listen } = await import("../../web/server.js");
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) throw new UsageError(`--port ${port}: not a port`);
  const archives = names ? names.flatMap((name) => openArchives(name)) : openArchives(undefined);
  const app = createApp((each) => mountArchives(each, archives));
  const token = process.env.TREEWIDE_TOKEN;
  const server = await listen(app, { host, port: Number(port), ...(token ? { token } : {}) });
  process.stdout.write(`${server.url}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  await server.close();
  for (const each of archives) each.close();
}
