/** treewide trailers: what reviewers gave, put into the commits. */
import type { Command } from "commander";
import { printable } from "../../base/printable.js";

export function register(program: Command): void {
  program
    .command("trailers")
    .argument("<thread>", "the series: a Message-ID, a public-inbox URL of one, or an mbox with its thread")
    .description(
      "apply the Reviewed-by, Acked-by and Tested-by that a series got to the commits of your branch",
    )
    .option("--base <commit>", "rewrite the commits after this one, up to HEAD", "@{upstream}")
    .option("--repository <folder>", "the repository with the branch", ".")
    .option("--archive <name>", "look in one archive (default: all)")
    .option("--dry-run", "only tell what would be added")
    .addHelpText(
      "after",
      `
A commit is found by its patch id, else by its title. Trailers given to the cover letter go to every patch.
Authors, dates and contents stay; \`git reset HEAD@{1}\` undoes it.

Example:
  treewide trailers 20210607153916.1021016-1-zhengdejin5@gmail.com --base v5.13-rc4`,
    )
    .action(action);
}

interface Options {
  readonly base: string;
  readonly repository: string;
  readonly archive?: string;
  readonly dryRun?: boolean;
}

async function action(name: string, options: Options): Promise<void> {
  const { applyTrailers } = await import("../../archive/apply-trailers.js");
  const { givenPatches } = await import("../../archive/given-patches.js");
  const { namedThread } = await import("../../archive/thread-letters.js");
  const { messages, messageId } = namedThread(name, options.archive);
  const patches = givenPatches(messages, messageId);
  const commits = applyTrailers(options.repository, options.base, patches, options.dryRun === true);
  for (const { title, added, matched } of commits) {
    process.stdout.write(`${printable(title)}${matched === undefined ? " (not in the series)" : ""}\n`);
    for (const line of added)
      process.stdout.write(`  ${options.dryRun ? "would add" : "added"} ${printable(line)}\n`);
  }
}
