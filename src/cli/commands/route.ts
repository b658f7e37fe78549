import { readFileSync, statSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { Command } from "commander";
import { KnownError, systemErrorCode, UsageError } from "../../base/errors.js";
import { unpacked } from "../../base/gunzip.js";
import { whole } from "../arguments.js";
import { warn } from "../terminal.js";

interface Options {
  readonly tree: string;
  readonly file: boolean;
  readonly explain: boolean;
  readonly json: boolean;
  readonly patternDepth: number;
  readonly subscriberLists: boolean;
}

export function register(program: Command): void {
  program
    .command("route")
    .description("Who gets each patch, and why: the people and lists that MAINTAINERS names")
    .argument(
      "[what...]",
      "patches, mailboxes or folders of patches, a revision range, or files of the tree with -f; - is stdin",
    )
    .option("-f, --file", "the arguments are files or folders of the tree", false)
    .option("--explain", "print every ground on which somebody is named", false)
    .option("--json", "print JSON (treewide.route/1)", false)
    .option("--tree <dir>", "top of the kernel tree whose MAINTAINERS is asked", ".")
    .option(
      "--pattern-depth <n>",
      "only patterns less than N components above the file; 0 is all",
      whole(0),
      0,
    )
    .option("--subscriber-lists", "also lists that only subscribers can write to", false)
    .addHelpText(
      "after",
      `
The same people and lists as scripts/get_maintainer.pl --no-git-fallback (docs/ROUTE.md has the differences).

Examples:
  treewide route 0001-pci-example.patch --explain
  treewide route v7.3..HEAD --json
  treewide route -f drivers/pci/msi/api.c drivers/ata/ahci.c`,
    )
    .action(route);
}

async function route(what: readonly string[], options: Options): Promise<void> {
  if (what.length === 0) throw new UsageError("nothing to route", "name a patch, a range, or a file with -f");
  const { Router } = await import("../../gate/route.js");
  const { routeJson, routeText } = await import("../../gate/route-report.js");
  const router = new Router(options.tree);
  for (const { line, what: problem } of router.problems) warn(`MAINTAINERS:${line}: ${problem}`);
  const items = options.file
    ? what
        .map((path) => treePath(options.tree, path))
        .map((path) => ({
          item: path,
          recipients: router.routeFiles([path], options),
        }))
    : await routePatches(router, what, options);
  process.stdout.write(options.json ? routeJson(items) : routeText(items, options.explain));
}

async function routePatches(
  router: import("../../gate/route.js").Router,
  what: readonly string[],
  options: Options,
) {
  const { readPatches, readPatchFiles } = await import("../../gate/route-patch.js");
  const { patchFiles } = await import("../../series/posting.js");
  const { commitsOf, readCommit, signersOf } = await import("../../gate/route-git.js");
  const patches = [];
  for (const name of what) {
    const there = name === "-" ? undefined : statSync(name, { throwIfNoEntry: false });
    if (there?.isDirectory()) {
      const files = patchFiles(name).map((path) => ({ path, text: readText(path) }));
      patches.push(...readPatchFiles(files, name));
    } else if (name === "-" || there) patches.push(...readPatches(readText(name), name));
    else for (const commit of commitsOf(options.tree, name)) patches.push(readCommit(options.tree, commit));
  }
  const items = [];
  for (const patch of patches) {
    const signers = patch.fixes.length > 0 ? signersOf(options.tree, patch.fixes) : [];
    items.push({ item: patch.item, recipients: router.routePatch(patch, signers, options) });
  }
  return items;
}

function readText(name: string): string {
  try {
    return unpacked(readFileSync(name === "-" ? 0 : name), name === "-" ? "stdin" : name).toString("utf8");
  } catch (error) {
    if (error instanceof KnownError) throw error;
    throw new KnownError(`${name}: cannot be read (${systemErrorCode(error) ?? error})`);
  }
}

/** A path given on the command line as one of the tree; folders end in a slash. */
function treePath(tree: string, path: string): string {
  const absolute = resolve(tree, path);
  const inTree = relative(resolve(tree), absolute);
  if (inTree.startsWith("..") || inTree === "")
    throw new UsageError(
      `${path}: not in the tree ${resolve(tree)}`,
      "paths are relative to the top of the tree",
    );
  const stat = statSync(absolute, { throwIfNoEntry: false });
  if (!stat) throw new KnownError(`${path}: no such file in ${resolve(tree)}`);
  return stat.isDirectory() ? `${inTree}/` : inTree;
}
