import { expect, test } from "vitest";
import { explainDriver } from "../../src/report/explain.js";
import { tableWidth } from "../../src/report/table.js";
import { timelineOf } from "../../src/report/timeline.js";
import { toyResult, toySource } from "./toy.js";

async function toy(name: string) {
  return (await toyResult()).drivers.find((d) => d.driver === `drivers/toy/${name}.c`)!;
}

async function endings(name: string) {
  return (await toy(name)).releasePaths
    .map(timelineOf)
    .map(({ path, today, afterCoreChange }) => [path, today.ending, afterCoreChange.ending]);
}

test.each([
  ["implicit", "devres-frees", "leaked"],
  ["hybrid", "driver-frees", "driver-frees"],
  ["explicit", "driver-frees", "driver-frees"],
])("on removal of %s: %s today, %s after the core change", async (name, today, later) => {
  expect(await endings(name)).toContainEqual(["remove", today, later]);
});

test("a failed probe that nobody cleans up after leaks with either core", async () => {
  expect(await endings("leaky")).toContainEqual(["probe fails at toy_start", "leaked", "leaked"]);
});

test("the driver's part is told once, devres' part for each core", async () => {
  const path = (await toy("partial")).releasePaths.map(timelineOf).find((p) => p.path === "remove")!;
  expect(path.shared.map((m) => [m.event, m.vectors, m.stack])).toEqual([
    ["pcim_enable_device() succeeds", "none", ["pcim_disable_device()"]],
    [
      "pci_alloc_irq_vectors() succeeds",
      expect.stringMatching(/MSI/),
      ["pcim_msi_release()", "pcim_disable_device()"],
    ],
    ["pci_free_irq_vectors()", "none", ["pcim_msi_release()", "pcim_disable_device()"]],
  ]);
  expect(path.today.moments[0]!.event).toBe("devres: pcim_msi_release() calls the free again");
  expect(path.afterCoreChange.moments[0]!.event).toBe("devres: pcim_msi_release() is gone");
});

test("handlers are counted", async () => {
  const path = (await toy("handler")).releasePaths.map(timelineOf).find((p) => p.path === "remove")!;
  expect(path.shared.map((m) => m.handlers)).toContain(1);
});

test("it shows the source lines, and both cores side by side, in 100 columns", async () => {
  const text = explainDriver(await toy("partial"), toySource);
  expect(text).toContain("ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI | PCI_IRQ_MSIX);");
  expect(text).toMatch(/├─ today ─+┬─ after the core change ─+/);
  for (const line of text.split("\n")) expect([...line].length).toBeLessThanOrEqual(tableWidth);
});
