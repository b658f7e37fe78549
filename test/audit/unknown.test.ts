import { expect, test } from "vitest";
import { auditTree } from "../../src/audit/audit.js";
import { toyFolder } from "../report/toy.js";

/** What is not known of a driver for `toy`, whose vectors are taken and freed as given. */
async function unknownOf(take: string, free: string, macros = ""): Promise<readonly object[]> {
  const text = `#include <linux/pci.h>
${macros}
static int toy_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	if (${take} < 0)
		return -ENOSPC;
	if (toy_start(pdev)) {
		${free};
		return -EIO;
	}
	return 0;
}
static void toy_remove(struct pci_dev *pdev)
{
	${free};
}
static struct pci_driver toy_driver = { .name = "toy", .probe = toy_probe, .remove = toy_remove };
module_pci_driver(toy_driver);
`;
  const overlay = { "drivers/Makefile": "obj-y += hidden/\n", "drivers/hidden/hidden.c": text };
  const { drivers } = await auditTree(
    { kind: "folder", path: toyFolder, overlay },
    { jobs: 1, cache: false, drivers: { names: ["drivers/hidden"] } },
  );
  return drivers.map(({ class: its, hazards, unknown }) => ({ its, hazards, unknown }));
}

const alloc = "pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI)";

test("a macro that stands for a free, or for a function that does, leaves the driver unknown and is named", async () => {
  const why = "toy_free is a macro by which vectors may be taken or freed: macros are not followed";
  const expected = [8, 15].map((line) => ({ file: "drivers/hidden/hidden.c", line, why }));
  for (const macros of [
    "#define toy_free(p) do { toy_log(p); pci_free_irq_vectors(p); } while (0)",
    "static void __toy_free(struct pci_dev *p) { pci_free_irq_vectors(p); }\n#define toy_free(p) __toy_free(p)",
  ]) {
    const [driver] = await unknownOf(alloc, "toy_free(pdev)", macros);
    const shifted = macros.split("\n").length - 1;
    const unknown = expected.map((one) => ({ ...one, line: one.line + shifted }));
    expect(driver).toEqual({ its: "unknown", hazards: [], unknown });
  }
});

test("an allocation that no path reaches is said to be the reason", async () => {
  const why =
    "no path was found on which pci_enable_msi() allocates: a condition, a caller or the core's own code stands before it";
  expect(await unknownOf("pci_enable_msi(pdev)", "pci_disable_msi(pdev)")).toEqual([
    { its: "unknown", hazards: [], unknown: [{ file: "drivers/hidden/hidden.c", line: 5, why }] },
  ]);
});
