import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { discover } from "../../src/audit/analysis.js";
import { Library } from "../../src/audit/library.js";
import { indexTree } from "../../src/audit/tree-index.js";
import { registrarsOf } from "../../src/boot/registrars.js";
import { openTree } from "../../src/kernel/tree.js";

const library = `
static int library_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	return pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
}
int library_register(struct pci_driver *driver)
{
	driver->probe = library_probe;
	return pci_register_driver(driver);
}
EXPORT_SYMBOL(library_register);
`;
const user = `
static struct pci_driver user_driver = { .name = "user" };
static int __init user_init(void)
{
	return library_register(&user_driver);
}
module_init(user_init);
`;

function registrars(files: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  const root = mkdtempSync(join(tmpdir(), "treewide-registrars-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const all = {
    Makefile: "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION =\n",
    "drivers/Makefile": "obj-y += toy/\n",
    "drivers/toy/library.c": library,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const tree = openTree({ kind: "folder", path: root });
  return [...registrarsOf(discover(new Library(tree, indexTree(tree).index)).drivers, tree)];
}

test("a driver that a function fills in needs a module that calls the function", () => {
  const makefile = "obj-m += library.o user.o\n";
  expect(registrars({ "drivers/toy/Makefile": makefile, "drivers/toy/user.c": user })).toEqual([
    ["drivers/toy/library.c", "drivers/toy/user.c"],
  ]);
});

test("a caller that no makefile builds is none", () => {
  const makefile = "obj-m += library.o\n";
  expect(registrars({ "drivers/toy/Makefile": makefile, "drivers/toy/user.c": user })).toEqual([]);
});
