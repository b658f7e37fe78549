/** `treewide check` as a user runs it. */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Ajv } from "ajv";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../../src/base/process.js";
import { repository } from "../gate/series.js";
import { smallTree } from "../gate/small-tree.js";
import { treewide } from "./treewide.js";

const root = resolve(import.meta.dirname, "../..");

test("faults are exit code 1, and the JSON is what its schema says", async () => {
  const tree = await smallTree();
  await tree.change("alpha: typo", { "drivers/alpha.c": ["return pci_take", "return pci_tkae"] });
  await tree.change("old: change", { "drivers/old.c": ["return 1", "return 2"] });
  const { status, stdout } = await treewide(["check", "base..HEAD", "--tree", tree.folder, "--json"]);
  expect(status).toBe(1);
  const result = JSON.parse(stdout);
  const schema = JSON.parse(readFileSync(join(root, "docs/schema/treewide.check-1.json"), "utf8"));
  const validate = new Ajv({ allErrors: true }).compile(schema);
  expect(validate(result) ? [] : validate.errors).toEqual([]);
  expect(result.summary).toMatchObject({ commits: 2, faulty: 1, failed: 1, notCompiled: 1 });
});

test("a log gets a line for each commit as soon as it is done, and what is begun", async () => {
  const tree = await smallTree();
  const typo = await tree.change("alpha: typo", {
    "drivers/alpha.c": ["return pci_take", "return pci_tkae"],
  });
  const good = await tree.change("beta: good", { "drivers/beta.c": ["+ 1", "+ 2"] });
  const { stdout, stderr } = await treewide(["check", "base..HEAD", "--tree", tree.folder, "--no-cache"]);
  const lines = stderr.split("\n").filter(Boolean);
  const commits = lines.filter((line) => /^\d\/2 /.test(line)).map((line) => line.slice(4));
  expect(new Set(commits)).toEqual(
    new Set([
      `${typo.slice(0, 12)} alpha: typo: 0/1 objects, 1 fault`,
      `${good.slice(0, 12)} beta: good: 1/1 objects, ok`,
    ]),
  );
  expect(lines).toContain("compiling for x86_64 allmodconfig, 2 to do");
  for (const control of ["\r", "\u001b"]) expect(stderr).not.toContain(control);
  expect(stdout).not.toContain("1/2 ");
});

test("no faults are exit code 0, and one commit needs no range", async () => {
  const tree = await smallTree();
  await tree.change("beta: good", { "drivers/beta.c": ["+ 1", "+ 2"] });
  const { status, stdout } = await treewide(["check", "--tree", tree.folder]);
  expect(status).toBe(0);
  expect(stdout).toContain("beta: good");
  expect(stdout).toContain("1 commit, no faults");
});

test("a range that git does not know is named", async () => {
  const tree = await smallTree();
  const { status, stderr } = await treewide(["check", "nowhere..HEAD", "--tree", tree.folder]);
  expect(status).toBe(3);
  expect(stderr).toContain("nowhere..HEAD");
});

test.each([
  [["--remote", "git://x"], 2, "--remote needs --queue"],
  [["--tree", "/nowhere"], 3, "/nowhere: no such folder"],
] as const)("%j is refused, and said why", async (args, code, why) => {
  const { status, stderr } = await treewide(["check", ...args]);
  expect(status).toBe(code);
  expect(stderr).toContain(why);
});

test("a repository of something else is no kernel tree", async () => {
  const { folder, commit } = await repository();
  await commit("second", { "drivers/beta/b.c": "int b2;\n" });
  const { status, stderr } = await treewide(["check", "--tree", folder]);
  expect(status).toBe(3);
  expect(stderr).toContain("is no Linux kernel tree");
});

test("a merge in the range is said to be one", async () => {
  const tree = await smallTree();
  await tree.git("checkout", "-q", "-b", "side");
  await tree.change("beta: side", { "drivers/beta.c": ["+ 1", "+ 2"] });
  await tree.git("checkout", "-q", "-");
  await tree.git("commit", "-q", "--allow-empty", "-m", "main goes on");
  await tree.git("merge", "-q", "--no-ff", "-m", "merge", "side");
  const { status, stderr } = await treewide(["check", "base..HEAD", "--tree", tree.folder]);
  expect(status).toBe(3);
  expect(stderr).toContain("merge");
});

test("Ctrl-C leaves nothing running and nothing half written", async () => {
  const tree = await smallTree();
  await tree.change("beta: good", { "drivers/beta.c": ["+ 1", "+ 2"] });
  const cache = mkdtempSync(join(tmpdir(), "treewide-interrupt-"));
  onTestFinished(() => rmSync(cache, { recursive: true, force: true }));
  const mark = join(cache, "mark");
  const tsx = join(root, "node_modules/tsx/dist/esm/index.mjs");
  const start = (seconds: string) =>
    spawn("node", ["--import", tsx, join(root, "src/cli/main.ts"), "check", "--tree", tree.folder], {
      stdio: "ignore",
      env: { ...process.env, TREEWIDE_CACHE: cache, TREEWIDE_TEST_MARK: mark, TREEWIDE_TEST_SLEEP: seconds },
    });
  const ended = (child: ReturnType<typeof start>) => new Promise((done) => child.on("close", done));
  const first = start("600");
  while ((await run("test", ["-e", mark], { accept: "any" })).status !== 0) await sleep(100);
  first.kill("SIGINT");
  expect(await ended(first)).toBe(130);
  const { stdout } = await run("ps", ["-eo", "args"]);
  expect(
    stdout
      .toString()
      .split("\n")
      .filter((line) => line.includes(cache)),
  ).toEqual([]);
  expect(await ended(start("0"))).toBe(0); // the same place is used again
});
