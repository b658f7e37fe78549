import { expect, test } from "vitest";
import type { DriverResult } from "../../src/audit/result.js";
import { compareAudits } from "../../src/report/compare.js";
import { comparisonText } from "../../src/report/compare-text.js";
import { auditReport } from "../../src/report/report.js";
import { toyResult } from "./toy.js";

/** The drivers of the small tree as they were, and as they are after one of them was rewritten as another. */
async function comparison(before: Record<string, string | null>) {
  const after = await toyResult();
  const drivers = after.drivers.flatMap((d): DriverResult[] => {
    const like = before[d.driver.slice("drivers/toy/".length, -2)];
    if (like === undefined) return [d];
    const model = after.drivers.find((other) => other.driver === `drivers/toy/${like}.c`);
    return model ? [{ ...model, driver: d.driver, pciDriver: d.pciDriver }] : [];
  });
  return compareAudits(auditReport({ ...after, drivers }), auditReport(after));
}

test.each([
  ["leaky", "explicit", "newly-leaking"],
  ["hybrid", "explicit", "newly-hybrid"],
  ["handler", "hybrid", "worse"],
  ["explicit", "hybrid", "fixed"],
  ["explicit", null, "added"],
])("%s, which was like %s, is %s", async (now, before, change) => {
  const { changes } = await comparison({ [now]: before });
  expect(changes.map((c) => [c.driver, c.change])).toEqual([[`drivers/toy/${now}.c`, change]]);
});

test("a driver that is no longer there is gone", async () => {
  const result = await toyResult();
  const without = { ...result, drivers: result.drivers.filter((d) => !d.driver.endsWith("leaky.c")) };
  const { changes } = compareAudits(auditReport(result), auditReport(without));
  expect(changes).toMatchObject([{ change: "gone", driver: "drivers/toy/leaky.c", after: null }]);
});

test("a tree does not differ from itself", async () => {
  const same = await comparison({});
  expect(same.changes).toEqual([]);
  expect(comparisonText(same, "table", false)).toContain("No driver changed");
});

test("hazards that appeared are told, with the classes", async () => {
  const result = await comparison({ leaky: "explicit" });
  expect(result.newHazards).toEqual(["leaks-today"]);
  expect(comparisonText(result, "table", false)).toContain("explicit → explicit-leaky  +leaks-today");
});
