import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { changedFiles, patchedFiles } from "../../src/boot/patches.js";
import { coreStates, coresOfSeries } from "../../src/boot/series.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "treewide-series-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const diff = (file: string, from: string, to: string) =>
  `diff --git a/${file} b/${file}\n--- a/${file}\n+++ b/${file}\n@@ -1 +1 @@\n-${from}\n+${to}\n`;
const mail = (subject: string, body: string) =>
  `From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: A <a@example.org>\nSubject: ${subject}\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n\n${body}\n`;

test("an mbox gives its patches by number, without cover letter and replies", () => {
  const change = diff("drivers/pci/devres.c", "one", "two");
  write(
    "thread.mbox",
    [
      mail("[PATCH 0/2] all", "cover"),
      mail("[PATCH 2/2] second", `why\n\n---\n${change}`),
      mail("[PATCH 1/2] first", `why\n\n---\n${change}`),
      mail("Re: [PATCH 1/2] first", `> ${change}`),
    ].join("\n"),
  );
  const states = coresOfSeries(join(root, "thread.mbox"), false);
  expect(states.map(({ name }) => name)).toEqual(["[PATCH 1/2] first", "[PATCH 2/2] second"]);
});

test("of several versions in an mbox the last one is meant, and its patches apply", async () => {
  const version = (n: string, to: string) =>
    mail(`[PATCH ${n}] change`, `why\n\n---\n${diff("drivers/pci/devres.c", "one", to)}-- \n2.47`);
  write("thread.mbox", [version("", "two"), version("v2 ", "three")].join("\n"));
  write("drivers/pci/devres.c", "one\n");
  const states = coresOfSeries(join(root, "thread.mbox"), true);
  expect(states.map(({ name }) => name)).toEqual(["[PATCH v2 ] change"]);
  const files = await patchedFiles(root, states[0]!.patches);
  expect(files.get("drivers/pci/devres.c")).toBe("three\n");
});

test("a series that leaves the core alone is refused", () => {
  write("one.mbox", mail("[PATCH] driver", `why\n\n---\n${diff("drivers/net/x.c", "a", "b")}`));
  expect(() => coresOfSeries(join(root, "one.mbox"), false)).toThrow("of its 1 patch none changes the core");
});

test("a state of the core comes after each patch that changes it", () => {
  const patch = (name: string, file: string) => ({ name, text: diff(file, "a", "b") });
  const series = [
    patch("api", "drivers/pci/msi/api.c"),
    patch("driver", "drivers/net/x.c"),
    patch("flip", "drivers/pci/msi/msi.c"),
  ];
  expect(coreStates(series, true).map(({ name, patches }) => [name, patches.length])).toEqual([
    ["api", 1],
    ["flip", 2],
  ]);
  expect(coreStates(series, false).map(({ patches }) => patches.length)).toEqual([1, 3]);
});

test("patches are laid on copies, one on top of the other", async () => {
  write("a.c", "one\n");
  const files = await patchedFiles(root, [
    { name: "1", text: diff("a.c", "one", "two") },
    { name: "2", text: diff("a.c", "two", "three") },
  ]);
  expect(files.get("a.c")).toBe("three\n");
  expect(readFileSync(join(root, "a.c"), "utf8")).toBe("one\n");
});

test("a patch that does not apply is named", async () => {
  write("a.c", "other\n");
  await expect(patchedFiles(root, [{ name: "the patch", text: diff("a.c", "one", "two") }])).rejects.toThrow(
    '"the patch" does not apply',
  );
});

test("a patch that leads out of the tree is refused", async () => {
  write("secret", "mine\n");
  write("tree/a.c", "one\n");
  const tree = join(root, "tree");
  for (const file of ["../secret", "/etc/passwd", "drivers/../../secret"])
    await expect(patchedFiles(tree, [{ name: "bad", text: diff(file, "mine", "yours") }])).rejects.toThrow(
      `"bad" changes ${file}, which lies outside of the tree`,
    );
});

test("files that only a patch's message names are none of its files", async () => {
  write("secret", "mine\n");
  write("tree/a.c", "one\n");
  const text = `As in\n\n--- a/../secret\n\nthis changes a.c.\n---\n${diff("a.c", "one", "two")}`;
  const files = await patchedFiles(join(root, "tree"), [{ name: "1", text }]);
  expect([...files]).toEqual([["a.c", "two\n"]]);
});

test("a link that a patch adds is not followed", async () => {
  write("secret", "mine\n");
  write("tree/a.c", "one\n");
  const added = `diff --git a/link b/link\nnew file mode 120000\n--- /dev/null\n+++ b/link\n@@ -0,0 +1 @@\n+${join(root, "secret")}\n\\ No newline at end of file\n`;
  const files = await patchedFiles(join(root, "tree"), [{ name: "1", text: added }]);
  expect(files.get("link")).toBeNull();
});

test("a file that a patch adds is one of its files", () => {
  expect(changedFiles("--- /dev/null\n+++ b/new.c\n")).toEqual(["new.c"]);
});
