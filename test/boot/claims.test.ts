import { expect, test } from "vitest";
import { CLAIMS, claimScenario, decideClaim, runsOf } from "../../src/boot/claims.js";
import type { Act, Observation } from "../../src/boot/scenario.js";

const act = (more: Partial<Act> = {}): Act => ({
  driver: "tw-a",
  bind: 0,
  events: [],
  steps: [],
  after: {
    managed: false,
    release: false,
    msi: false,
    msix: false,
    enabled: false,
    registers: { msi: false, msix: false },
  },
  signs: [],
  freedUnderHandler: false,
  lines: [],
  ...more,
});
const claim = (id: string) => CLAIMS.find((one) => one.id === id)!;

function decide(id: string, runs: readonly (readonly Act[])[]) {
  const observed = runs.map((acts, n): [string, Observation] => [
    claimScenario(claim(id), n),
    { id, acts, died: false },
  ]);
  return decideClaim(claim(id), true, new Map(observed)).verdict;
}

test("a second call of the free is no double free; a second teardown is", () => {
  const call = { event: "free-called", api: "pci_free_irq_vectors" } as const;
  const teardown = { event: "torn-down", mode: "msi" } as const;
  expect(decide("double-free", [[act({ events: [call, teardown, call] })]])).toBe("does-not-hold");
  expect(decide("double-free", [[act({ events: [call, teardown, call, teardown] })]])).toBe("holds");
});

test("a release is uninvited when the driver alone does not get it", () => {
  const release = { event: "action-added", action: "pcim_msi_release" } as const;
  expect(
    decide("uninvited-release", [[act({ events: [release] })], [act(), act({ events: [release] })]]),
  ).toBe("does-not-hold");
  expect(decide("uninvited-release", [[act()], [act(), act({ events: [release] })]])).toBe("holds");
});

test("a run that was cut short decides nothing, unless its first driver does", () => {
  const leak = act({ signs: [{ sign: "vectors-left", text: "WARNING" }] });
  expect(decide("converted-leaks-on-unbind", [[leak]])).toBe("unknown");
  expect(decide("ahci-leaks", [[leak]])).toBe("holds");
});

test("a core without managed allocations is not asked about them", () => {
  expect(decideClaim(claim("releases-pile-up"), false, new Map()).verdict).toBe("not-applicable");
  expect(runsOf(claim("flag-survives"), false)).toHaveLength(1);
});
