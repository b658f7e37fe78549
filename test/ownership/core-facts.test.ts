/** What is said of a core must change with its source: the small core of test/report/tree, as it is and changed. */
import { expect, test } from "vitest";
import { coreOf } from "../../src/audit/analysis.js";
import { openTree } from "../../src/kernel/tree.js";
import { coreFacts } from "../../src/ownership/core-facts.js";
import { toyFolder } from "../report/toy.js";

function facts(changes: Readonly<Record<string, (text: string) => string>> = {}) {
  const tree = openTree({ kind: "folder", path: toyFolder });
  const overlay = new Map(
    Object.entries(changes).map(([path, change]) => [path, change(tree.read(path)!.toString("latin1"))]),
  );
  return coreFacts(coreOf(tree.withOverlay(overlay)));
}

const api = "drivers/pci/msi/api.c";
const msi = "drivers/pci/msi/msi.c";

/** A managed allocation that sets the flag and then allocates, so that no release is registered. */
const managed = `
int pcim_alloc_irq_vectors(struct pci_dev *pdev, unsigned int least, unsigned int most, unsigned int flags)
{
	pdev->is_msi_managed = true;
	return pci_alloc_irq_vectors(pdev, least, most, flags);
}
`;

test("a plain allocation on a managed device registers a release, at the line that does it", () => {
  expect(facts().plainAllocationRegistersRelease).toMatchObject({
    value: true,
    file: msi,
    line: 18,
    function: "pcim_msi_release",
  });
});

test("a core that registers nothing is told as such", () => {
  const none = facts({ [msi]: (text) => text.replace("!pdev->is_managed ||", "true ||") });
  expect(none.plainAllocationRegistersRelease).toMatchObject({ value: false, file: api });
});

test("a managed allocation that is not there has no answer, not a wrong one", () => {
  const { managedAllocationExists, managedAllocationRegistersRelease } = facts();
  expect(managedAllocationExists.value).toBe(false);
  expect(managedAllocationRegistersRelease.value).toBeNull();
});

test("a managed allocation that sets the flag first registers no release, and the flag stays", () => {
  const { managedAllocationExists, managedAllocationRegistersRelease, flagSurvivesRelease } = facts({
    [api]: (text) => text + managed,
  });
  expect(managedAllocationExists.value).toBe(true);
  expect(managedAllocationRegistersRelease.value).toBe(false);
  expect(flagSurvivesRelease).toMatchObject({ value: true, how: expect.stringContaining("is_msi_managed") });
});

test("a release clears its flag", () => {
  expect(facts().flagSurvivesRelease.value).toBe(false);
});

// exec/value.ts interns a function's address by its file's path and its name, so that the second tree that a process
// executes gets the functions of the first.
test("a release that does not clear its flag is told as such, after another tree was executed", () => {
  expect(facts().flagSurvivesRelease.value).toBe(false);
  const kept = facts({ [msi]: (text) => text.replace("pdev->is_msi_managed = false;", "") });
  expect(kept.flagSurvivesRelease.value).toBe(true);
});
