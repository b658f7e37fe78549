/** A small kernel tree with the core of a real one and drivers of our own, so that the core patches fit and all is fast. */
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder } from "../../src/base/files.js";
import { commitAll, git, temporaryFolder, writeTree } from "../kernel/fixture.js";

/** Where a real tree is, if the cache has it: `treewide tree get VERSION` puts it there. */
export function cachedTree(version: string): string | undefined {
  const folder = cacheFolder("trees", `linux-source-${version}`);
  return existsSync(join(folder, "MAINTAINERS")) ? folder : undefined;
}

const copied = [
  "Makefile",
  "MAINTAINERS",
  "drivers/pci/devres.c",
  "drivers/pci/msi/api.c",
  "drivers/pci/msi/msi.c",
  "drivers/pci/msi/msi.h",
  "include/linux/pci.h",
  "include/linux/device/devres.h",
  "Documentation/PCI/msi-howto.rst",
  "Documentation/driver-api/driver-model/devres.rst",
];

/** A driver whose probe enables with `enable`, runs `probe`, and whose remove runs `remove`. */
export function driver(
  name: string,
  enable: string,
  probe: readonly string[],
  remove: readonly string[] = [],
) {
  const indented = (lines: readonly string[]) => lines.map((line) => `\t${line}\n`).join("");
  return `#include <linux/pci.h>

static int ${name}_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret;

	ret = ${enable}(pdev);
	if (ret)
		return ret;
${indented(probe)}	return 0;
}

static void ${name}_remove(struct pci_dev *pdev)
{
${indented(remove)}}

static struct pci_driver ${name}_driver = {
	.name = "${name}",
	.probe = ${name}_probe,
	.remove = ${name}_remove,
};
module_pci_driver(${name}_driver);
`;
}

const allocate = ["ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX);", "if (ret < 0)", "\treturn ret;"];
const start = (name: string) => [`ret = ${name}_start(pdev);`, "if (ret)", "\treturn ret;"];

export const drivers: Readonly<Record<string, string>> = {
  "drivers/misc/implicit.c": driver("implicit", "pcim_enable_device", allocate),
  "drivers/misc/commented.c": driver("commented", "pcim_enable_device", [
    "/* Freed by pcim_release(). */",
    ...allocate,
  ]),
  "drivers/net/msi.c": driver("msi", "pcim_enable_device", [
    "ret = pci_enable_msi(pdev);",
    "if (ret)",
    "\treturn ret;",
  ]),
  "drivers/net/partial.c": driver(
    "partial",
    "pcim_enable_device",
    [...allocate, ...start("partial")],
    ["pci_free_irq_vectors(pdev);", "partial_stop(pdev);"],
  ),
  "drivers/net/full.c": driver("full", "pcim_enable_device", allocate, ["pci_free_irq_vectors(pdev);"]),
  "drivers/net/explicit.c": driver("explicit", "pci_enable_device", allocate, [
    "pci_free_irq_vectors(pdev);",
    "pci_disable_device(pdev);",
  ]),
};

/** An allocation that a managed driver shares with an unmanaged one. */
export const sharing: Readonly<Record<string, string>> = {
  "drivers/shared/Makefile": "obj-m += shared.o\nshared-y := lib.o managed.o plain.o\n",
  "drivers/shared/lib.c": `#include <linux/pci.h>

int shared_alloc(struct pci_dev *pdev)
{
	return pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);
}
`,
  "drivers/shared/managed.c": driver("managed", "pcim_enable_device", [
    "ret = shared_alloc(pdev);",
    "if (ret < 0)",
    "\treturn ret;",
  ]),
  "drivers/shared/plain.c": driver(
    "plain",
    "pci_enable_device",
    ["ret = shared_alloc(pdev);", "if (ret < 0)", "\treturn ret;"],
    ["pci_free_irq_vectors(pdev);"],
  ),
};

/** Writes a tree with the core of a real one. */
export function smallTree(real: string, files: Readonly<Record<string, string>> = drivers): string {
  const folder = writeTree(files, temporaryFolder());
  for (const path of copied) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(real, path), join(folder, path));
  }
  return folder;
}

/** As `smallTree`, in git, on the branch "main". */
export function smallRepository(real: string, files: Readonly<Record<string, string>> = drivers): string {
  const folder = smallTree(real, files);
  git(folder, "init", "-q", "-b", "main");
  git(folder, "config", "user.name", "T");
  git(folder, "config", "user.email", "t@example.org");
  commitAll(folder, "Linux");
  return folder;
}
