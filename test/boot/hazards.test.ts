import { expect, test } from "vitest";
import type { OwnershipEvent } from "../../src/boot/events.js";
import { judgeHazards } from "../../src/boot/hazards.js";
import { driverAct, lifeOf } from "./acts.js";

const verdicts = (...args: Parameters<typeof judgeHazards>) =>
  judgeHazards(...args).map(({ kind, verdict, times }) => `${kind} ${verdict} ${times}`);

test("a handler that the kernel finds left behind contradicts an audit that has none", () => {
  const acts = [driverAct({ freedUnderHandler: true }), driverAct({})];
  expect(verdicts(lifeOf(), acts)).toEqual(["freed-under-handler contradicted 1"]);
  const life = lifeOf();
  const moment = { trace: undefined, domain: { allocatedIn: undefined } };
  life.observer.hazard("freed-under-handler", { file: "drivers/x.c", line: 7 }, moment);
  expect(verdicts(life, acts)).toEqual(["freed-under-handler confirmed 1"]);
  expect(verdicts(life, [driverAct({})])).toEqual(["freed-under-handler not-reached 0"]);
});

test("a release that calls the free again after the driver's own is a second free", () => {
  const allocated: OwnershipEvent = { event: "allocated", mode: "msi" };
  const torn: OwnershipEvent = { event: "torn-down", mode: "msi" };
  const free: OwnershipEvent = { event: "free-called", api: "pci_free_irq_vectors" };
  const release: OwnershipEvent = { event: "action-run", action: "pcim_msi_release" };
  const twice = driverAct({ events: [allocated, free, torn, { event: "devres" }, release, free] });
  const once = driverAct({ events: [allocated, { event: "devres" }, release, free, torn] });
  expect(verdicts(lifeOf(), [twice, once])).toEqual(["freed-twice contradicted 1"]);
});
