import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { discover } from "../../src/audit/analysis.js";
import { Library } from "../../src/audit/library.js";
import { indexTree } from "../../src/audit/tree-index.js";
import { chooseDrivers } from "../../src/boot/choose-drivers.js";
import { openTree } from "../../src/kernel/tree.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "treewide-choose-"));
  write("Makefile", "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION =\n");
  write("drivers/Makefile", "obj-y += toy/\n");
  write("drivers/toy/Makefile", "obj-y += one.o two.o quiet.o\n");
  write("drivers/toy/one.c", driver("first", "pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI)"));
  write("drivers/toy/two.c", driver("second", "pci_enable_msi(pdev)"));
  write("drivers/toy/quiet.c", driver("quiet", "0"));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const driver = (name: string, call: string) => `
static int ${name}_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	return ${call};
}
static struct pci_driver ${name}_pci_driver = { .name = "tw-${name}", .probe = ${name}_probe };
module_pci_driver(${name}_pci_driver);
`;

function chosen(...names: string[]): readonly string[] {
  const tree = openTree({ kind: "folder", path: root });
  return chooseDrivers(names, discover(new Library(tree, indexTree(tree).index)).drivers, tree).map(
    ({ file, found }) => `${file} ${found?.variable.name ?? "-"}`,
  );
}

const ONE = "drivers/toy/one.c first_pci_driver";
const TWO = "drivers/toy/two.c second_pci_driver";

test("a driver is called by its file, its name in the kernel, its variable, or the name of its file", () => {
  for (const name of [
    "drivers/toy/one.c",
    "./drivers/toy/one.c",
    "tw-first",
    "first_pci_driver",
    "first",
    "one",
  ])
    expect(chosen(name)).toEqual([ONE]);
});

test("a glob chooses several, and each is chosen once", () => {
  expect(chosen("drivers/toy/*.c", "two")).toEqual([ONE, TWO]);
});

test("a file without a driver that allocates stays, to be named in the report", () => {
  expect(chosen("drivers/toy/quiet.c")).toEqual(["drivers/toy/quiet.c -"]);
});

test("a name that means nothing is refused", () => {
  expect(() => chosen("ahci")).toThrow("--driver ahci: no driver of that name allocates IRQ vectors");
});
