/** `treewide dump` as a user runs it. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { toyFolder } from "../report/toy.js";
import { treewide } from "./treewide.js";

const file = join(toyFolder, "drivers/toy/leaky.c");

test("without a view it lists the functions, with their places", async () => {
  const { status, stdout } = await treewide(["dump", "drivers/toy/leaky.c"], { cwd: toyFolder });
  expect(status).toBe(0);
  expect(stdout.split("\n")[0]).toBe(
    "drivers/toy/leaky.c:3 static int leaky_probe(struct pci_dev * pdev, struct pci_device_id * id)",
  );
});

test.each([
  ["--tokens", /^21:2 +name +pci_free_irq_vectors$/m],
  ["--tree", /^ +21 {5}└─ pci_free_irq_vectors\(pdev\)$/m],
  ["--flow", /^ +21 +1 {2}pci_free_irq_vectors\(pdev\) {2}→ 2$/m],
])("%s of one function", async (view, expected) => {
  const { status, stdout } = await treewide(["dump", file, "--function", "leaky_remove", view]);
  expect(status).toBe(0);
  expect(stdout).toMatch(expected);
  expect(stdout).not.toContain("pci_alloc_irq_vectors");
});

test("it reads stdin", async () => {
  const { stdout } = await treewide(["dump", "-"], { input: "int f(void) { return 0; }\n" });
  expect(stdout).toBe("stdin:1 int f()\n");
});

test("two views at once are wrong usage, a missing file or function is not usable", async () => {
  expect((await treewide(["dump", file, "--tree", "--flow"])).status).toBe(2);
  expect((await treewide(["dump", "/nowhere.c"])).status).toBe(3);
  expect((await treewide(["dump", file, "--function", "nowhere"])).status).toBe(3);
});
