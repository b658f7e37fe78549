import { expect, test } from "vitest";
import { discover } from "../../src/audit/analysis.js";
import { Library } from "../../src/audit/library.js";
import { driversNamed } from "../../src/audit/named-drivers.js";
import { indexTree } from "../../src/audit/tree-index.js";
import { openTree } from "../../src/kernel/tree.js";
import { coreFiles, writeTree } from "../kernel/fixture.js";

const driver = (variable: string, name: string) => `
static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	return pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
}
static struct pci_driver ${variable} = { .name = ${name}, .probe = probe };
`;

const files = {
  ...coreFiles,
  "drivers/Makefile": "obj-y += ata/ net/\n",
  "drivers/ata/Makefile": "obj-m += ahci.o\n",
  "drivers/ata/ahci.c": driver("ahci_pci_driver", '"ahci"'),
  "drivers/net/Makefile": "obj-m += fast-card.o\nfast-card-y := main.o\nobj-m += ahci-like.o\n",
  "drivers/net/card.h": '#define DRV_NAME "card_core"\n',
  "drivers/net/main.c": `#include "card.h"\n${driver("the_driver", "DRV_NAME")}`,
  "drivers/net/ahci-like.c": driver("like", '"like"'),
};

function named(name: string, parts = false): readonly string[] {
  const tree = openTree({ kind: "folder", path: writeTree(files) });
  const { drivers } = discover(new Library(tree, indexTree(tree).index));
  return driversNamed(name, drivers, tree, parts).map(({ variable }) => variable.name);
}

test.each([
  "drivers/net/main.c",
  "./drivers/net/main.c",
  "main.c",
  "main",
  "the_driver",
  "the",
  "card_core",
  "fast-card",
  "fast_card",
])("%s is one driver", (name) => {
  expect(named(name)).toEqual(["the_driver"]);
});

test.each(["drivers/net", "drivers/net/", "./drivers/net//", "drivers/n*/", "drivers/net/**"])(
  "%s is a folder of drivers",
  (name) => {
    expect([...named(name)].sort()).toEqual(["like", "the_driver"]);
  },
);

test("a name is not a part of one, unless parts will do and nothing has the whole name", () => {
  expect(named("ahci")).toEqual(["ahci_pci_driver"]);
  expect(named("ahci", true)).toEqual(["ahci_pci_driver"]);
  expect(named("hci")).toEqual([]);
  expect([...named("hci", true)].sort()).toEqual(["ahci_pci_driver", "like"]);
});

test.each(["drivers/at", "net", "ata/ahci.c", ".", "*/nothing"])("%s means nothing", (name) => {
  expect(named(name)).toEqual([]);
});
