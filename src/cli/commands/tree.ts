/** `treewide tree`: kernel trees to work on, in the user's cache folder. */
import type { Command } from "commander";
import { interruptible } from "../interrupt.js";
import { terminalProgress } from "../terminal.js";

interface GetOptions {
  readonly mirror?: string;
  readonly keyring?: string;
}

export function register(program: Command): void {
  const tree = program.command("tree").description("Get a kernel tree to work on, or list those at hand");
  tree
    .command("get")
    .description("Print the folder of a kernel version's source as Debian ships it; fetch it if need be")
    .argument("<version>", "the first two numbers, as in 7.3")
    .option("--mirror <url>", "a Debian mirror: its address before /debian and /debian-security")
    .option("--keyring <file>", "the keys that may sign the mirror's content")
    .addHelpText(
      "after",
      `
Debian's package linux-source-VERSION (150 MB) is fetched with apt, verified, and unpacked (1.7 GB) below
$TREEWIDE_CACHE, or ~/.cache/treewide. The machine's own apt is not touched; root is not needed.

Examples:
  treewide audit "$(treewide tree get 7.3)"
  treewide tree get 6.12 --mirror http://mirror.example.org`,
    )
    .action(get);
  tree
    .command("list")
    .description("List the kernel trees in the cache")
    .option("--json", "print JSON (treewide.trees/1)", false)
    .action(list);
}

async function get(version: string, options: GetOptions): Promise<void> {
  const { getTree } = await import("../../kernel/trees.js");
  const { publicMirror } = await import("../../kernel/debian.js");
  const progress = terminalProgress();
  const mirror = {
    base: options.mirror?.replace(/\/+$/, "") ?? publicMirror.base,
    keyring: options.keyring ?? publicMirror.keyring,
  };
  try {
    const folder = await interruptible((signal) =>
      getTree(version, { mirror, signal, progress: progress.listen }),
    );
    progress.clear();
    process.stdout.write(`${folder}\n`);
  } finally {
    progress.clear();
  }
}

async function list(options: { readonly json: boolean }): Promise<void> {
  const { listTrees } = await import("../../kernel/trees.js");
  const trees = listTrees();
  if (options.json) {
    const rows = trees.map(({ folder, tree: { schema, ...tree } }) => ({ folder, ...tree }));
    process.stdout.write(`${JSON.stringify({ schema: "treewide.trees/1", trees: rows }, null, 2)}\n`);
    return;
  }
  if (trees.length === 0) process.stderr.write("no kernel trees yet; `treewide tree get 7.3` fetches one\n");
  for (const { folder, tree } of trees)
    process.stdout.write(`${tree.kernel.padEnd(10)} ${tree.fetched.slice(0, 10)}  ${folder}\n`);
}
