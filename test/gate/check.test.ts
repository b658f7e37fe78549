/** `treewide check` on a small tree: real git, make and gcc. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { run } from "../../src/base/process.js";
import { type CheckResult, type CommitResult, check } from "../../src/gate/check/check.js";
import { lineOf } from "../../src/gate/check/history.js";
import { commitPatches } from "../../src/gate/check/posted.js";
import { checkText, hasFaults } from "../../src/gate/check/report.js";
import { embeddedQueue } from "../../src/gate/queue/embedded.js";
import { git } from "../../src/kernel/git.js";
import { installed } from "../../src/kernel/toolchain.js";
import { unusualSettings } from "../kernel/fixture.js";
import { write } from "./series.js";
import { SMALL_TREE, smallTree } from "./small-tree.js";

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "treewide-check-cache-"));
  process.env.TREEWIDE_CACHE = cache;
});
afterEach(() => {
  delete process.env.TREEWIDE_CACHE;
  rmSync(cache, { recursive: true, force: true });
});

function checkRange(repository: string, range: string): Promise<CheckResult> {
  return check({
    repository,
    commits: lineOf(repository, range),
    includers: 20,
    cache: true,
    openQueue: async (workshop) => embeddedQueue(workshop, { jobs: 2 }),
  });
}

/** The subjects of the commits that have findings, with these. */
function told(result: CheckResult) {
  return result.commits
    .filter(({ findings }) => findings.length > 0)
    .map(({ subject, findings }) => ({
      subject,
      findings: findings.map(
        ({ tool, severity, file, message }) => `${tool} ${severity} ${file}: ${message}`,
      ),
    }));
}

test("a typo is found at its commit, not at those before and after", async () => {
  const tree = await smallTree();
  await tree.change("beta: good", { "drivers/beta.c": ["+ 1", "+ 2"] });
  await tree.change("alpha: typo", { "drivers/alpha.c": ["return pci_take", "return pci_tkae"] });
  await tree.change("beta: good again", { "drivers/beta.c": ["+ 2", "+ 3"] });
  const result = await checkRange(tree.folder, "base..HEAD");
  const [only, ...others] = told(result);
  expect(others).toEqual([]);
  expect(only!.subject).toBe("alpha: typo");
  expect(only!.findings[0]).toContain("compiler error drivers/alpha.c: implicit declaration of function");
  expect(hasFaults(result)).toBe(true);
  const { log } = result.commits[1]!.findings[0]!;
  expect(readFileSync(log!, "utf8")).toContain("pci_tkae");
});

test("a warning is told where it is new, and only there", async () => {
  const tree = await smallTree();
  await tree.change("alpha: keeps its old warning", { "drivers/alpha.c": ["#include", "\n\n#include"] });
  await tree.change("beta: a new one", { "drivers/beta.c": ["return", "int forgotten;\n\n\treturn"] });
  expect(told(await checkRange(tree.folder, "base..HEAD"))).toEqual([
    {
      subject: "beta: a new one",
      findings: [expect.stringMatching(/^compiler warning drivers\/beta.c: unused variable .forgotten./)],
    },
  ]);
});

const declaration = "int pci_take(struct pci_dev *dev);\n";
const stub = "static inline int pci_give(struct pci_dev *dev)\n{\n\treturn dev ? -1 : 0;\n}\n#endif";

test("a missing stub is found where the function is added, though nobody uses it yet", async () => {
  const tree = await smallTree();
  await tree.change("pci: add pci_give()", {
    "include/linux/pci.h": [declaration, `${declaration}int pci_give(struct pci_dev *dev);\n`],
  });
  await tree.change("beta: give", { "drivers/beta.c": ["pci_take(dev) + 1", "pci_give(dev)"] });
  const [first] = told(await checkRange(tree.folder, "base..HEAD"));
  expect(first).toEqual({
    subject: "pci: add pci_give()",
    findings: [
      "stub error include/linux/pci.h: pci_give() is not declared without CONFIG_PCI_MSI, where the functions beside it are",
    ],
  });
});

test("a function with its stub is no fault", async () => {
  const tree = await smallTree();
  await tree.change("pci: prepare", { "include/linux/pci.h": ["#endif", stub] });
  await tree.git("reset", "-q", "--soft", "base");
  await tree.change("pci: add pci_give()", {
    "include/linux/pci.h": [declaration, `${declaration}int pci_give(struct pci_dev *dev);\n`],
  });
  expect(told(await checkRange(tree.folder, "base..HEAD"))).toEqual([]);
});

test("a header's change is compiled in the files that include it", async () => {
  const tree = await smallTree();
  await tree.change("pci: rename", {
    "include/linux/pci.h": [declaration, "int pci_take_it(struct pci_dev *dev);\n"],
  });
  const result = await checkRange(tree.folder, "base..HEAD");
  const files = result.commits[0]!.findings.filter(({ tool }) => tool === "compiler").map(({ file }) => file);
  expect(new Set(files)).toEqual(new Set(["drivers/alpha.c", "drivers/beta.c"]));
});

test("what another architecture's driver lacks to be compiled is named, with the line that brings it", async () => {
  const tree = await smallTree();
  await tree.change("old: change", { "drivers/old.c": ["return 1", "return 2"] });
  const result = await checkRange(tree.folder, "base..HEAD");
  const [object] = result.commits[0]!.objects;
  expect(object).toMatchObject({ state: "not-compiled", configuration: "alpha allmodconfig +OLD_DRIVER" });
  expect(object!.reason).toContain("apt-get install gcc-alpha-linux-gnu");
  expect(checkText(result)).toContain("drivers/old.c");
  expect(hasFaults(result)).toBe(false);
});

test("a driver of another architecture is compiled for that", async () => {
  const tree = await smallTree();
  await tree.change("soc: change", { "drivers/soc.c": ["return 1", "return 2"] });
  const result = await checkRange(tree.folder, "base..HEAD");
  expect(result.commits[0]!.objects).toMatchObject([
    { object: "drivers/soc.o", state: "built", configuration: "aarch64 allmodconfig" },
  ]);
});

test("an object is compiled once for commits that do not change it, and never twice", async () => {
  const tree = await smallTree();
  await tree.change("alpha: one", { "drivers/alpha.c": ["pci_take(dev)", "pci_take(dev) + 1"] });
  await tree.change("beta: one", { "drivers/beta.c": ["+ 1", "+ 2"] });
  const first = await checkRange(tree.folder, "base..HEAD");
  expect(first.counts).toEqual({ compiled: 3, fromCache: 0 }); // both, and alpha's parent for its old warning
  const second = await checkRange(tree.folder, "base..HEAD");
  expect(second.counts).toEqual({ compiled: 0, fromCache: 3 });
  expect(second.commits).toEqual(first.commits);
});

test("commits before one that changes a header are compiled together", async () => {
  const tree = await smallTree();
  await tree.change("beta: one", { "drivers/beta.c": ["+ 1", "+ 2"] });
  await tree.change("soc: change", { "drivers/soc.c": ["return 1", "return 2"] });
  await tree.change("alpha: one", { "drivers/alpha.c": ["pci_take(dev)", "pci_take(dev) + 1"] });
  await tree.change("pci: blank", { "include/linux/pci.h": ["#endif", "\n#endif"] });
  const places: string[] = [];
  const commits = lineOf(tree.folder, "base..HEAD");
  const { commits: results } = await check({
    repository: tree.folder,
    commits,
    includers: 0,
    cache: false,
    openQueue: async (workshop) => {
      const queue = embeddedQueue(workshop, { jobs: 2 });
      return {
        ...queue,
        run: (jobs, options) => {
          places.push(
            ...jobs.flatMap(({ commit, targets }) =>
              targets.map(({ object }) => `${commits.indexOf(commit)} ${object}`),
            ),
          );
          return queue.run(jobs, options);
        },
      };
    },
  });
  expect(results.flatMap(({ objects }) => objects).every(({ state }) => state === "built")).toBe(true);
  const of = (name: string) =>
    places.filter((place) => place.endsWith(`/${name}.o`)).map((place) => place[0]);
  expect(of("beta").at(-1)).toBe("3"); // with alpha, not alone at its own commit
  expect(of("alpha")).toContain("3");
});

test("each commit is told once, as soon as all is known of it", async () => {
  const tree = await smallTree();
  await tree.change("beta: one", { "drivers/beta.c": ["+ 1", "+ 2"] });
  await tree.change("alpha: typo", { "drivers/alpha.c": ["return pci_take", "return pci_tkae"] });
  await tree.change("old: change", { "drivers/old.c": ["return 1", "return 2"] });
  const told: (readonly [CommitResult, number, number])[] = [];
  const result = await check({
    repository: tree.folder,
    commits: lineOf(tree.folder, "base..HEAD"),
    includers: 20,
    cache: true,
    openQueue: async (workshop) => embeddedQueue(workshop, { jobs: 2 }),
    onCommit: (...commit) => told.push(commit),
  });
  expect(told.map(([, done, total]) => [done, total])).toEqual([1, 2, 3].map((done) => [done, 3]));
  const order = told.map(([{ subject }]) => subject);
  // beta says nothing, so its parent need not be compiled; the driver of Alpha is tried for Alpha first
  expect(order[0]).toBe("beta: one");
  expect(new Set(told.map(([commit]) => commit))).toEqual(new Set(result.commits));
});

test("ccache compiles when it is there, and what it is called with is the compiler", async () => {
  const tree = await smallTree();
  await tree.change("beta: one", { "drivers/beta.c": ["+ 1", "+ 2"] });
  await tree.change("soc: change", { "drivers/soc.c": ["return 1", "return 2"] });
  const [programs, log] = [join(cache, "bin"), join(cache, "ccache.log")];
  write(programs, { ccache: `#!/bin/sh\necho "$@" >>${log}\nexec "$@"\n` });
  chmodSync(join(programs, "ccache"), 0o755);
  const before = process.env.PATH;
  onTestFinished(() => {
    process.env.PATH = before;
  });
  process.env.PATH = `${programs}:${before}`;
  const { commits } = await checkRange(tree.folder, "base..HEAD");
  expect(commits.flatMap(({ objects }) => objects).map(({ state }) => state)).toEqual(["built", "built"]);
  const calls = readFileSync(log, "utf8").split("\n");
  expect(calls.filter((call) => /^gcc .*drivers\/beta\.c/.test(call))).toHaveLength(1);
  expect(calls.filter((call) => /^aarch64-linux-gnu-gcc .*drivers\/soc\.c/.test(call))).toHaveLength(1);
});

test.runIf(installed("ccache"))(
  "with ccache, what our own cache has lost is not compiled again",
  async () => {
    const tree = await smallTree();
    await tree.change("beta: one", { "drivers/beta.c": ["+ 1", "+ 2"] });
    const store = mkdtempSync(join(tmpdir(), "treewide-ccache-"));
    onTestFinished(() => {
      delete process.env.CCACHE_DIR;
      rmSync(store, { recursive: true, force: true });
    });
    process.env.CCACHE_DIR = store;
    const hits = async () => {
      const { stdout } = await run("ccache", ["--print-stats"]);
      const counts = [...stdout.toString().matchAll(/^(?:direct|preprocessed)_cache_hit\t(\d+)$/gm)];
      return counts.reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const first = await checkRange(tree.folder, "base..HEAD");
    expect(await hits()).toBe(0);
    rmSync(cache, { recursive: true });
    const second = await checkRange(tree.folder, "base..HEAD");
    expect(second).toEqual(first);
    expect(await hits()).toBe(1);
  },
);

test("a header that a later commit breaks is not laid at an earlier one's door", async () => {
  const tree = await smallTree();
  await tree.change("beta: good", { "drivers/beta.c": ["+ 1", "+ 2"] });
  await tree.change("pci: break", {
    "include/linux/pci.h": [declaration, "int pci_take_it(struct pci_dev *dev);\n"],
  });
  expect(told(await checkRange(tree.folder, "base..HEAD")).map(({ subject }) => subject)).toEqual([
    "pci: break",
  ]);
});

test("blanks at line ends are found", async () => {
  const tree = await smallTree();
  await tree.change("beta: blanks", { "drivers/beta.c": ["+ 1;", "+ 2; "] });
  expect(told(await checkRange(tree.folder, "base..HEAD"))).toEqual([
    { subject: "beta: blanks", findings: ["diff-check error drivers/beta.c: trailing whitespace"] },
  ]);
});

test("a series is checked as it is, whatever its repository has configured", async () => {
  const tree = await smallTree();
  await tree.change("beta: Böse blanks", { "drivers/beta.c": ["+ 1;", "+ 2; "] });
  await tree.change("pci: rename", {
    "include/linux/pci.h": [declaration, "int pci_take_it(struct pci_dev *dev);\n"],
  });
  const before = await checkRange(tree.folder, "base..HEAD");
  for (const [key, value] of Object.entries(unusualSettings)) await tree.git("config", key, value);
  rmSync(cache, { recursive: true });
  const withoutLogs = ({ commits }: CheckResult) =>
    commits.map(({ findings, ...rest }) => ({
      ...rest,
      findings: findings.map(({ log, ...finding }) => finding),
    }));
  expect(withoutLogs(await checkRange(tree.folder, "base..HEAD"))).toEqual(withoutLogs(before));
});

test("a folder of patches is checked as its commits are, and the tree's repository stays as it is", async () => {
  const tree = await smallTree();
  await tree.change("alpha: typo", { "drivers/alpha.c": ["return pci_take", "return pci_tkae"] });
  const folder = join(cache, "patches");
  mkdirSync(folder);
  await tree.git("format-patch", "-q", "-o", folder, "--cover-letter", "base");
  await tree.git("reset", "-q", "--hard", "base");
  const before = await tree.git("count-objects");
  const posted = commitPatches(folder, tree.folder);
  const result = await check({
    ...posted,
    includers: 20,
    cache: true,
    openQueue: async (workshop) => embeddedQueue(workshop, { jobs: 2 }),
  });
  expect(told(result).map(({ subject }) => subject)).toEqual(["alpha: typo"]);
  expect(await tree.git("count-objects")).toBe(before);
});

test("patches are checked on an unpacked tree without git", async () => {
  const tree = await smallTree();
  await tree.change("alpha: typo", { "drivers/alpha.c": ["return pci_take", "return pci_tkae"] });
  const [patches, unpacked] = [join(cache, "patches"), join(cache, "unpacked")];
  await tree.git("format-patch", "-q", "-o", patches, "base");
  write(unpacked, SMALL_TREE);
  const result = await check({
    ...commitPatches(patches, unpacked),
    includers: 20,
    cache: true,
    openQueue: async (workshop) => embeddedQueue(workshop, { jobs: 2 }),
  });
  expect(told(result).map(({ subject }) => subject)).toEqual(["alpha: typo"]);
});

test("a patch that does not apply is named", async () => {
  const tree = await smallTree();
  await tree.change("alpha: change", { "drivers/alpha.c": ["return pci_take", "return 1 + pci_take"] });
  const folder = join(cache, "patches");
  await tree.git("format-patch", "-q", "-o", folder, "base");
  expect(() => commitPatches(folder, tree.folder)).toThrow('patch 1, "alpha: change", does not apply');
});

test("an mbox is applied in the order of its numbers, the newest version, without cover letter and replies", async () => {
  const tree = await smallTree();
  await tree.change("alpha: one", { "drivers/alpha.c": ["return pci_take", "return 1 + pci_take"] });
  await tree.change("alpha: two", { "drivers/alpha.c": ["return 1 + pci_take", "return 2 + pci_take"] });
  const mails = async (...args: string[]) =>
    (await tree.git("format-patch", "--stdout", "--cover-letter", ...args, "base..HEAD")).split(
      /^(?=From )/m,
    );
  const newest = await mails("-v2");
  const reply = newest[1]!.replace("Subject: ", "Subject: Re: ");
  const old = (await mails())[1]!.replace("return 1 +", "return 9 +");
  await tree.git("reset", "-q", "--hard", "base");
  const mbox = join(cache, "series.mbox");
  writeFileSync(mbox, [reply, newest[2], old, newest[0], newest[1]].map((mail) => `${mail}\n`).join(""));
  const { repository, commits } = commitPatches(mbox, tree.folder);
  const subjects = commits.slice(1).map((commit) => git(repository, ["show", "-s", "--format=%s", commit]));
  expect(subjects.map(({ stdout }) => stdout.toString().trim())).toEqual(["alpha: one", "alpha: two"]);
});
