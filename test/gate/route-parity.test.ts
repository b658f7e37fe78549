/**
 * The same people and lists, in the same order and the same roles, as scripts/get_maintainer.pl. The script sorts
 * sections of equal precision as Perl's hashes fall, anew in each run; a copy with a stable order is compared with,
 * and the original where order does not matter (docs/ROUTE.md).
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { cacheFolder } from "../../src/base/files.js";
import { run } from "../../src/base/process.js";
import { Router } from "../../src/gate/route.js";
import { readPatches } from "../../src/gate/route-patch.js";
import { scriptRole } from "../../src/gate/route-report.js";
import { formatPerson } from "../../src/kernel/maintainers-people.js";
import { seedThread } from "../data.js";
import { temporaryFolder, write } from "./series.js";

const SAMPLE = Number(process.env.TREEWIDE_PARITY_FILES ?? 100);
/** Another one draws other files. */
const SEED = Number(process.env.TREEWIDE_PARITY_SEED ?? 7);
const trees = ["7.3", "6.12"]
  .map((version) => cacheFolder("trees", `linux-source-${version}`))
  .filter((tree) => existsSync(tree));

/** Forks once for each file named in $FILES, after MAINTAINERS has been parsed: the script takes 0.2 s for that. */
const FORK = `if (!@ARGV) {
    open(my $list, "<", $ENV{FILES}) or die; my @all = <$list>; chomp @all; $| = 1;
    foreach my $one (@all) {
	print "@@ $one\\n"; my $pid = fork(); if (!$pid) { @ARGV = ($one); last; } waitpid($pid, 0);
    }
    exit 0 if (!@ARGV);
}
`;

async function script(tree: string, kind: readonly string[], files: readonly string[]): Promise<string[][]> {
  const folder = temporaryFolder();
  const original = readFileSync(join(tree, "scripts/get_maintainer.pl"), "utf8");
  const stable = original
    .replace("foreach my $line (sort {$hash{$b} <=> $hash{$a}} keys %hash)", (text) =>
      text.replace("$hash{$a}}", "$hash{$a} || $a <=> $b}"),
    )
    .replace(
      "@keyword_tvi = sort_and_uniq(@keyword_tvi)",
      "@keyword_tvi = sort { $a <=> $b } uniq(@keyword_tvi)",
    )
    .replace("if (!@ARGV) {\n", (text) => FORK + text);
  write(folder, { "gm.pl": stable, files: `${files.join("\n")}\n` });
  const { stdout } = await run("perl", [join(folder, "gm.pl"), "--no-git", "--no-git-fallback", ...kind], {
    cwd: tree,
    env: { FILES: join(folder, "files") },
  });
  return stdout
    .toString("utf8")
    .split(/^@@ .*\n/m)
    .slice(1)
    .map((block) => block.split("\n").filter(Boolean).map(unquoted));
}

/**
 * The script's line in our words. It quotes names that have more than letters of ASCII. 6.12's has the section's status
 * for a maintainer's role, and of its one `L: NXP S32 Linux Team <s32@nxp.com>` prints no address (docs/ROUTE.md).
 */
function unquoted(line: string): string {
  return line
    .replace(/^"((?:[^"\\]|\\.)*)" </, (_, name: string) => `${name.replace(/\\"/g, '"')} <`)
    .replace(/> \((?!maintainer:|reviewer:|chief penguin:|in file)[a-z][^:]*:/, "> (maintainer:")
    .replace(
      /^ \(open list:PIN CONTROLLER - FREESCALE\)/,
      "s32@nxp.com (open list:PIN CONTROLLER - FREESCALE)",
    );
}

/** A reproducible sample of the tree's files. */
function sample(tree: string, count: number): string[] {
  const files = readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(tree.length + 1))
    .sort();
  let seed = SEED;
  const next = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  return Array.from({ length: count }, () => files[Math.floor(next() * files.length)]!);
}

describe.each(trees)("%s", (tree) => {
  let router: Router;
  beforeAll(() => {
    router = new Router(tree);
  });
  const lines = (recipients: ReturnType<Router["routeFiles"]>) =>
    recipients.map((recipient) => `${formatPerson(recipient)} (${scriptRole(recipient)})`);

  test("its MAINTAINERS has no problem", () => expect(router.problems).toEqual([]));

  test(
    `${SAMPLE} random files go where the script sends them`,
    async () => {
      const files = sample(tree, SAMPLE);
      const expected = await script(tree, ["-f"], files);
      expect(expected).toHaveLength(SAMPLE);
      const differences = files
        .map((file, index) => ({ file, ours: lines(router.routeFiles([file])), theirs: expected[index]! }))
        .filter(({ ours, theirs }) => ours.join() !== theirs.join());
      expect(differences).toEqual([]);
    },
    120_000 + SAMPLE * 2_000,
  ); // the script takes a second a file on a busy machine

  test("patches go where the script sends them, by their files and their content", async () => {
    const folder = temporaryFolder();
    const patches: Record<string, string> = {
      "content.patch": [
        "From: A <a@x.y>\nSubject: [PATCH] selftests: clang and Rust\n\nAbout bpf and ptp.\n---\n",
        "diff --git a/drivers/ata/ahci.c b/drivers/ata/ahci.c\n--- a/drivers/ata/ahci.c\n+++ b/drivers/ata/ahci.c\n",
        "@@ -1,2 +1,3 @@ pwm_config\n context macsec\n+\tsecure_computing(regulator_get_optional);\n-\tPIDFD\n",
      ].join(""),
      "rename.patch":
        "diff --git a/mm/a.c b/net/core/b.c\nsimilarity index 100%\nrename from mm/a.c\nrename to net/core/b.c\n",
      "yaml.patch":
        "--- /dev/null\n+++ b/Documentation/devicetree/bindings/arm/fsl.yaml\n@@ -0,0 +1,2 @@\n+a\n+b\n",
    };
    if (existsSync(seedThread))
      readFileSync(seedThread, "utf8")
        .split(/^(?=From mboxrd@z)/m)
        .filter((message) => /^diff --git/m.test(message))
        .forEach((message, index) => {
          patches[`seed-${index}.patch`] = message;
        });
    write(folder, patches);
    const files = Object.keys(patches).map((name) => join(folder, name));
    const expected = await script(tree, [], files);
    for (const [index, file] of files.entries()) {
      const [patch] = readPatches(readFileSync(file, "utf8"), file);
      expect(lines(router.routePatch(patch!)), file).toEqual(expected[index]);
    }
  });
});
