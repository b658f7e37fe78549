import { expect, test } from "vitest";
import { judge, type PredictedAct, type Predictor } from "../../src/boot/conformance.js";
import { ALL_MODES, observe } from "../../src/boot/scenario.js";
import { parseTraceLine } from "../../src/boot/trace.js";
import { Store } from "../../src/exec/store.js";

const off = { managed: false, release: false, msi: false, msix: false };
const scenario = { id: "one", device: ALL_MODES, acts: ["tw-a"] };
const lines = [
  "tw: case one",
  "tw: call pcim_enable_device from=x+0x1/0x2 managed=0 release=0 msi=0 msix=0",
  "tw: return pci_enable_device managed=0 release=0 msi=0 msix=0 ret=0",
  "tw: step pcim_enable_device managed=1 release=0 msi=0 msix=0 enabled=1 msi_register=0 msix_register=0 irq=9 ret=0",
  "tw: did bind tw-a errno=0",
  "tw: call devres_release_all from=y+0x1/0x2 managed=1 release=0 msi=0 msix=0",
  "tw: step show managed=0 release=0 msi=0 msix=0 enabled=1 msi_register=0 msix_register=0 irq=9 ret=0",
];
const [observed] = observe(lines.map(parseTraceLine), true);

const agreeing: PredictedAct = {
  bound: true,
  events: [{ event: "enabled" }, { event: "devres" }],
  steps: [{ what: "pcim_enable_device", outcome: "succeeded", flags: { ...off, managed: true } }],
  after: { ...off, enabled: true },
  vectorsLeft: false,
  freedUnderHandler: false,
  dies: false,
};
const failing: PredictedAct = {
  ...agreeing,
  bound: false,
  steps: [{ what: "pcim_enable_device", outcome: "failed", flags: off }],
};
const predicts = (...acts: readonly PredictedAct[]): Predictor => ({
  fresh: () => Store.of(),
  bind: () => acts.map((act) => ({ act, memory: Store.of() })),
});

test("the outcome whose calls returned as in the guest is the one that must agree", () => {
  expect(judge(scenario, observed!, predicts(failing, agreeing))).toEqual({ id: "one", verdict: "agrees" });
});

test("a different event is named by its position", () => {
  const other = { ...agreeing, events: [{ event: "enabled" }, { event: "disabled" }] as const };
  expect(judge(scenario, observed!, predicts(other))).toMatchObject({
    verdict: "disagrees",
    act: 0,
    why: ['event 2: the kernel has "devres", the executor "disabled"'],
  });
});

test("a flag that differs after one step is a disagreement", () => {
  const other = { ...agreeing, steps: [{ ...agreeing.steps[0]!, flags: off }] };
  expect(judge(scenario, observed!, predicts(other))).toMatchObject({
    why: ['flags after step 1, pcim_enable_device: the kernel has "managed", the executor "-"'],
  });
});

test("when no predicted outcome returns so, the returns are said", () => {
  expect(judge(scenario, observed!, predicts(failing))).toMatchObject({
    verdict: "disagrees",
    why: [expect.stringContaining("pcim_enable_device 0")],
  });
});

test("a predictor that cannot say makes the scenario unknown", () => {
  const silent: Predictor = { fresh: () => Store.of(), bind: () => "no such driver" };
  expect(judge(scenario, observed!, silent)).toMatchObject({ verdict: "unknown", why: ["no such driver"] });
});

test("a register that says other than the flags is a disagreement", () => {
  const switchedOn = lines.map((line) =>
    line.includes(" show ") ? line.replace("msi_register=0", "msi_register=1") : line,
  );
  const [odd] = observe(switchedOn.map(parseTraceLine), true);
  expect(judge(scenario, odd!, predicts(agreeing))).toMatchObject({
    why: ['registers after devres: the kernel has "msi", the executor "-"'],
  });
});
