import { expect, test } from "vitest";
import { ALLOCATIONS, allCases, coreFeatures, harnessCase, shortCases } from "../../src/boot/cases.js";
import { renderCases } from "../../src/boot/harness.js";

const today = { managedAllocation: false, msiManagedFlag: true };
const patched = { managedAllocation: true, msiManagedFlag: true };

test("features are read off the tree's header", () => {
  expect(coreFeatures("unsigned int is_msi_managed:1;")).toEqual(today);
  expect(coreFeatures("int pcim_alloc_irq_vectors_affinity(struct pci_dev *dev);")).toEqual({
    managedAllocation: true,
    msiManagedFlag: false,
  });
});

test("case ids are unique", () => {
  const ids = allCases(patched).map((one) => one.id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("managed allocations are only tried where the tree has them", () => {
  expect(allCases(today).some((one) => one.allocation.startsWith("managed-"))).toBe(false);
  expect(allCases(patched).some((one) => one.allocation === "managed-msi")).toBe(true);
});

test("the short set has every way in, by both ways to enable", () => {
  const tried = new Set(shortCases(patched).map((one) => `${one.enable} ${one.allocation}`));
  expect(tried.size).toBe(2 * Object.keys(ALLOCATIONS).length);
});

test("a driver that frees before its handler does so in remove", () => {
  const text = renderCases([
    harnessCase({
      enable: "managed",
      allocation: "msi",
      handler: "plain",
      free: "before",
      end: "remove",
      rounds: 1,
    }),
  ]);
  const remove = text.slice(
    text.indexOf("_remove(struct pci_dev"),
    text.indexOf("static struct pci_driver case_0"),
  );
  expect(remove.indexOf("pci_free_irq_vectors")).toBeLessThan(remove.indexOf("free_irq(vector"));
});
