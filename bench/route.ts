/**
 * How fast routing is beside scripts/get_maintainer.pl, over the same files of a real tree:
 * `npx tsx bench/route.ts [TREE] [FILES]`. The goal is 20 times in one run over 500 files.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../src/base/files.js";
import { Router } from "../src/gate/route.js";

const tree = process.argv[2] ?? cacheFolder("trees", "linux-source-7.3");
const count = Number(process.argv[3] ?? 500);
/** Of the files that also go to the script one by one: a run takes it a quarter of a second. */
const SINGLE = 20;

const all = readdirSync(tree, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(tree.length + 1))
  .sort();
const step = Math.floor(all.length / count);
const files = Array.from({ length: count }, (_, index) => all[index * step]!);

/** Milliseconds. */
function time(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const script = (some: readonly string[]) =>
  spawnSync("perl", ["scripts/get_maintainer.pl", "--no-git", "--no-git-fallback", "-f", ...some], {
    cwd: tree,
  });

const ours = time(() => {
  const router = new Router(tree);
  for (const file of files) router.routeFiles([file]);
});
const together = time(() => script(files));
const single = time(() => {
  for (const file of files.slice(0, SINGLE)) script([file]);
});

const row = (name: string, total: number, number: number) => {
  const each = total / number;
  const ratio = each / (ours / count);
  console.log(
    `${name.padEnd(44)} ${each.toFixed(2).padStart(8)} ms a file ${ratio.toFixed(0).padStart(6)} x`,
  );
};
row(`treewide, ${count} files, reading MAINTAINERS too`, ours, count);
row(`get_maintainer.pl, ${count} files in one run`, together, count);
row(`get_maintainer.pl, one run a file (${SINGLE} files)`, single, SINGLE);
