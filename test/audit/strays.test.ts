/** What a list of drivers would be silent about: allocations that no pci_driver was found to reach. */
import { expect, test } from "vitest";
import { auditTree } from "../../src/audit/audit.js";
import { toyFolder } from "../report/toy.js";

const stray = `#include <linux/pci.h>
int stray_set_up(struct pci_dev *pdev)
{
	if (pci_enable_msix_range(pdev, stray_entries, 1, 8) > 0)
		return 0;
	return pci_enable_msi(pdev);
}
`;

async function leftOut(drivers: string | undefined) {
  const spec = { kind: "folder", path: toyFolder, overlay: { "drivers/stray/stray.c": stray } } as const;
  const result = await auditTree(spec, {
    jobs: 2,
    cache: false,
    ...(drivers && { drivers: { names: [drivers] } }),
  });
  return result.leftOut.filter(({ file }) => file.startsWith("drivers/"));
}

test("a file that allocates, and that no driver reaches, is said to be left out", async () => {
  const why =
    "stray_set_up() calls pci_enable_msi(), stray_set_up() calls pci_enable_msix_range(), and no pci_driver was found that reaches it";
  expect(await leftOut(undefined)).toEqual([{ file: "drivers/stray/stray.c", why }]);
  expect(await leftOut("drivers/stray/**")).toHaveLength(1);
  expect(await leftOut("drivers/toy/**")).toEqual([]);
});
