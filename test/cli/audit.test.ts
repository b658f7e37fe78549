/** `treewide audit` and `treewide explain` as a user runs them, on the small tree of test/report. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commitAll, git, temporaryFolder, writeTree } from "../kernel/fixture.js";
import { toyFolder } from "../report/toy.js";
import { faultsOf } from "./schema.js";
import { treewide } from "./treewide.js";

test("it prints a table, and exits with 0 when nothing was to fail on", async () => {
  const { status, stdout, stderr } = await treewide(["audit"], { cwd: toyFolder });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/^Linux 9\.1\.0: 6 drivers/);
});

test.each([
  ["leaks-today", 1],
  ["used-after-free,freed-under-handler", 1],
  ["used-after-free", 0],
  ["any", 1],
])("--fail-on %s exits with %i", async (hazards, status) => {
  expect((await treewide(["audit", toyFolder, "--fail-on", hazards])).status).toBe(status);
});

test("--fail-on looks at the drivers that were asked for only", async () => {
  const args = ["audit", toyFolder, "--fail-on", "leaks-today"];
  expect((await treewide([...args, "--class", "implicit"])).status).toBe(0);
  expect((await treewide([...args, "--driver", "hybrid*"])).status).toBe(0);
});

const all = ["explicit", "handler", "hybrid", "implicit", "leaky", "partial"];
test.each([
  [["drivers/toy/h*"], ["handler", "hybrid"]],
  [["leaky.c"], ["leaky"]],
  [["*_driver"], all],
  [["drivers/toy/"], all],
  [
    ["partial", "drivers/toy/h*,leaky.c"],
    ["handler", "hybrid", "leaky", "partial"],
  ],
])("--driver %j is %j", async (given, names) => {
  const asked = given.flatMap((name) => ["--driver", name]);
  const { stdout } = await treewide(["audit", toyFolder, ...asked, "--format", "json"]);
  const { drivers } = JSON.parse(stdout);
  expect(drivers.map((d: { driver: string }) => d.driver)).toEqual(names.map((n) => `drivers/toy/${n}.c`));
});

test("a --driver that means nothing is an error, also beside one that does, and in a comparison", async () => {
  for (const trees of [[toyFolder], [toyFolder, toyFolder]]) {
    const args = ["audit", ...trees, "--driver", "leaky", "--driver", "leeky"];
    const { status, stdout, stderr } = await treewide(args);
    expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
    expect(stderr).toMatch(/--driver leeky: no driver of that name.*\n {2}\S/);
  }
});

test("--output writes the whole file and prints nothing", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "new", "audit.sarif");
  const { status, stdout } = await treewide(["audit", toyFolder, "--format", "sarif", "-o", file]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  expect(JSON.parse(readFileSync(file, "utf8")).version).toBe("2.1.0");
  expect(readdirSync(join(folder, "new"))).toEqual(["audit.sarif"]);
});

test("--output - is stdout", async () => {
  const cwd = temporaryFolder();
  const { status, stdout } = await treewide(["audit", toyFolder, "-o", "-"], { cwd });
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^Linux 9\.1\.0: 6/) });
  expect(readdirSync(cwd)).toEqual([]);
});

test("--output behind a symbolic link goes into its target", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "stale");
  symlinkSync("file", join(folder, "link"));
  expect((await treewide(["audit", toyFolder, "-o", join(folder, "link")])).status).toBe(0);
  expect(readFileSync(join(folder, "file"), "utf8")).toMatch(/^Linux 9\.1\.0: 6/);
});

test("a place that cannot be written is an error, and leaves nothing behind", async () => {
  const { status, stderr } = await treewide(["audit", toyFolder, "-o", "/proc/none/audit.txt"]);
  expect(status).toBe(3);
  expect(stderr).toContain("/proc/none/audit.txt");
  expect(stderr).not.toContain("    at ");
});

test.each([
  [["audit", "a", "b", "c"], "3 trees"],
  [["audit", "--class", "implict"], "implict"],
  [["audit", "--fail-on", "leaks"], "leaks"],
  [["audit", "--format", "xml"], "xml"],
  [["audit", "--jobs", "0"], "jobs"],
  [["audit", "--rev", "..v7.3"], "..v7.3"],
  [["audit", "a", "b", "--rev", "v7.3"], "--rev"],
])("%j is wrong usage", async (args, message) => {
  const { status, stderr } = await treewide(args, { cwd: toyFolder });
  expect(status).toBe(2);
  expect(stderr).toContain(message);
});

test("a folder that is no kernel tree exits with 3 and says what to do", async () => {
  const { status, stdout, stderr } = await treewide(["audit", temporaryFolder()]);
  expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
  expect(stderr).toMatch(/no Linux kernel tree.*\n {2}\S/);
});

test("a tree without its core exits with 3 and names what is missing", async () => {
  const folder = copyOfToy();
  rmSync(join(folder, "drivers/pci/msi"), { recursive: true });
  const { status, stderr } = await treewide(["audit", folder]);
  expect(status).toBe(3);
  expect(stderr).toContain("drivers/pci/msi/api.c");
});

test("random bytes beside the drivers change nothing", async () => {
  const folder = copyOfToy();
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255);
  writeFileSync(join(folder, "drivers/toy/random.c"), bytes);
  const before = await treewide(["audit", toyFolder]);
  expect(await treewide(["audit", folder])).toEqual(before);
});

test("two trees are compared", async () => {
  const folder = copyOfToy();
  breakDriver(folder);
  const { status, stdout } = await treewide(["audit", toyFolder, folder, "--fail-on", "leaks-today"]);
  expect(status).toBe(1);
  expect(stdout).toMatch(/newly-leaking \(1\)[\s\S]*explicit\.c/);
});

test("two revisions are compared, and only what is new can fail", async () => {
  const folder = copyOfToy();
  git(folder, "init", "-q", "-b", "main");
  const from = commitAll(folder, "first");
  breakDriver(folder);
  const to = commitAll(folder, "second");
  const args = ["audit", folder, "--format", "json", "--fail-on", "any", "--rev"];
  const worse = await treewide([...args, `${from}..${to}`]);
  expect(faultsOf("audit-comparison", worse.stdout)).toEqual([]);
  expect(JSON.parse(worse.stdout)).toMatchObject({
    schema: "treewide.audit-comparison/1",
    before: { commit: from },
    after: { commit: to },
    changes: [{ change: "newly-leaking", driver: "drivers/toy/explicit.c" }],
  });
  expect(worse.status).toBe(1);
  const better = await treewide([...args, `${to}..${from}`]);
  expect(JSON.parse(better.stdout).changes).toMatchObject([{ change: "fixed" }]);
  expect(better.status).toBe(0);
});

test("a comparison's JSON is what its schema says where drivers come and go", async () => {
  const folder = copyOfToy();
  rmSync(join(folder, "drivers/toy/leaky.c"));
  const compare = async (...trees: string[]) => {
    const { stdout } = await treewide(["audit", ...trees, "--format", "json"]);
    expect(faultsOf("audit-comparison", stdout)).toEqual([]);
    return JSON.parse(stdout).changes;
  };
  expect(await compare(toyFolder, folder)).toMatchObject([{ change: "gone", after: null }]);
  expect(await compare(folder, toyFolder)).toMatchObject([{ driver: "drivers/toy/leaky.c", before: null }]);
  expect(await compare(toyFolder, toyFolder)).toEqual([]);
});

test("one more path on which a driver leaks, which leaks already, is new; lines that move are not", async () => {
  const folder = copyOfToy();
  const path = join(folder, "drivers/toy/leaky.c");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace("\tint ret;\n", "\tint ret;\n\tint unused;\n"));
  const args = ["--fail-on", "any"];
  const moved = await treewide(["audit", toyFolder, folder, ...args]);
  expect(moved.stdout).toContain("No driver changed its class or its hazards.");
  expect(moved.status).toBe(0);
  const call = "\tret = toy_start(pdev);";
  writeFileSync(path, text.replace(call, `\tret = toy_check(pdev);\n\tif (ret)\n\t\treturn ret;\n${call}`));
  const more = await treewide(["audit", toyFolder, folder, ...args]);
  expect(more.stdout).toMatch(/newly-leaking \(1\)/);
  expect(more.stdout).toContain("explicit-leaky → explicit-leaky  +leaks-today\n");
  expect(more.stdout).toMatch(/\+leaks-today drivers\/toy\/leaky\.c:\d+ probe fails at toy_check\n/);
  expect(more.status).toBe(1);
  const less = await treewide(["audit", folder, toyFolder, ...args]);
  expect(less.stdout).toMatch(/changed \(1\)[\s\S]*explicit-leaky {2}-leaks-today\n/);
  expect(less.status).toBe(0);
});

test("a comparison is a table or JSON", async () => {
  const { status, stderr } = await treewide(["audit", toyFolder, toyFolder, "--format", "html"]);
  expect(status).toBe(2);
  expect(stderr).toContain("html");
});

test.each(["partial", "partial.c", "partial_driver", "drivers/toy/partial.c"])("explain %s", async (name) => {
  const { status, stdout } = await treewide(["explain", name, toyFolder]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^drivers\/toy\/partial\.c: partial_driver is hybrid-partial\n/);
  expect(stdout).toContain("after the core change");
});

test("explain tells which way each branch went when it is asked to", async () => {
  const { status, stdout } = await treewide(["explain", "leaky", toyFolder, "--branches"]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/ (holds|does not hold)\n/);
  const without = await treewide(["explain", "leaky", toyFolder]);
  expect(without.stdout).not.toMatch(/ (holds|does not hold)\n/);
});

test("explain says when there is no such driver, and lists when there are too many", async () => {
  const none = await treewide(["explain", "nosuch", toyFolder]);
  expect(none.status).toBe(3);
  expect(none.stderr).toContain("nosuch");
  const many = await treewide(["explain", "drivers/toy/*", toyFolder]);
  expect(many.status).toBe(3);
  expect(many.stderr).toContain("drivers/toy/leaky.c  leaky_driver");
});

function copyOfToy(): string {
  const folder = writeTree({});
  cpSync(toyFolder, folder, { recursive: true });
  expect(existsSync(join(folder, "Makefile"))).toBe(true);
  return folder;
}

/** The driver forgets its free in remove. */
function breakDriver(folder: string): void {
  const path = join(folder, "drivers/toy/explicit.c");
  const text = readFileSync(path, "utf8");
  const at = text.lastIndexOf("\tpci_free_irq_vectors(pdev);");
  writeFileSync(path, `${text.slice(0, at)}\t;${text.slice(at + "\tpci_free_irq_vectors(pdev);".length)}`);
}
