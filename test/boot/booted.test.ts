import { expect, test } from "vitest";
import type { KernelImage } from "../../src/boot/build.js";
import { harnessCase } from "../../src/boot/cases.js";
import { takeInventory } from "../../src/boot/driver-devices.js";
import { driverName } from "../../src/boot/harness.js";
import { bootMachine, pciAddress } from "../../src/boot/machine.js";
import { Places } from "../../src/boot/places.js";
import { registeredDrivers } from "../../src/boot/registered-drivers.js";
import {
  ALL_MODES,
  lend,
  NO_MSIX,
  observe,
  PARAMETERS,
  SCRIPT_START,
  scenarioStart,
} from "../../src/boot/scenario.js";
import { AS_IS } from "../../src/boot/series.js";
import { conformanceSession, testKernel } from "../../src/boot/sessions.js";
import { parseTraceLine } from "../../src/boot/trace.js";
import { sayNotRun } from "../not-run.js";
import { tree, whyNot } from "./kernel.js";

/** What a run of all tests may wait for a kernel; `make test-boot` waits as long as it takes. */
const BUILD_LIMIT = 10 * 60_000;
const TEST_LIMIT = BUILD_LIMIT + 5 * 60_000;

let kernel: Promise<KernelImage | string> | undefined;

/** The kernel of the tree as it is, or why there is none in time. The time is that of all tests together. */
function kernelInTime(): Promise<KernelImage | string> {
  kernel ??= builtInTime();
  return kernel;
}

async function builtInTime(): Promise<KernelImage | string> {
  const why = await whyNot();
  if (why !== undefined) return why;
  const limit = AbortSignal.timeout(BUILD_LIMIT);
  try {
    return await testKernel({ tree, signal: limit }, AS_IS);
  } catch (error) {
    if (!limit.aborted) throw error;
    return "the kernel is not built within ten minutes; `make test-boot` builds it and keeps it";
  }
}

test("the executor agrees with the booted kernel on the short set", {
  timeout: TEST_LIMIT,
}, async (context) => {
  const kernel = await kernelInTime();
  if (typeof kernel === "string") {
    sayNotRun("conformance with a booted kernel", kernel);
    return context.skip(kernel);
  }
  const { cores } = await conformanceSession({ tree, cores: [AS_IS] }, "short");
  expect(cores[0]!.verdicts.length).toBeGreaterThan(30);
  expect(cores[0]!.verdicts.filter(({ verdict }) => verdict !== "agrees")).toEqual([]);
});

test("each call of a function is failed in turn, and what it returned is told", {
  timeout: TEST_LIMIT,
}, async (context) => {
  const image = await kernelInTime();
  if (typeof image === "string") return context.skip(image);
  const parameters = { enable: "managed", allocation: "msi", handler: "plain", free: "after" } as const;
  const driver = driverName(harnessCase({ ...parameters, end: "remove", rounds: 1 }).id);
  const address = pciAddress(ALL_MODES);
  const call = "request_threaded_irq";
  const { lines } = await bootMachine({
    image,
    devices: [ALL_MODES],
    script: [
      ...SCRIPT_START,
      ...scenarioStart("calls", address),
      `write ${PARAMETERS}/calls ${call}`,
      `renew ${address}`,
      `fail-each ${driver} ${address} 1 4 ${call}`,
    ],
    limit: 300_000,
  });
  const [seen] = observe(lines.map(parseTraceLine), true);
  expect(seen?.acts).toMatchObject([
    { nth: 1, call, injected: true, bind: 5 },
    { nth: 2, call, injected: false, bind: 0 },
  ]);
  expect(seen!.acts[1]!.lines).toContainEqual(
    expect.objectContaining({ kind: "returned", function: call, value: 0 }),
  );
});

/** Guests that never come to an end of their own, by what their script does; the last line of a flood is cut. */
const ENDLESS = [
  // of a busy machine: an idle one boots in three seconds
  { script: "hang", end: "silent", limits: { silence: 60_000 }, said: "tw: start" },
  { script: "case slow\nhang", end: "over-limit", limits: { caseLimit: 5_000 }, said: "tw: case slow" },
  { script: "die", end: "stopped-early", limits: {}, said: "Kernel panic" },
  { script: "flood", end: "flooded", limits: { consoleBytes: 200_000 }, said: "tw: flood" },
] as const;

for (const { script, end, limits, said } of ENDLESS)
  test(`a guest that does "${script.replace("\n", ", ")}" is stopped, and what it said is kept`, {
    timeout: TEST_LIMIT,
  }, async (context) => {
    const image = await kernelInTime();
    if (typeof image === "string") return context.skip(image);
    const result = await bootMachine({ image, devices: [], script: [script], limit: 300_000, ...limits });
    expect(result.end).toBe(end);
    expect(result.lines.join("\n")).toContain(said);
  });

test("a QEMU that does not start says why", {
  timeout: TEST_LIMIT,
}, async (context) => {
  const image = await kernelInTime();
  if (typeof image === "string") return context.skip(image);
  const devices = [{ device: "no-such-device", slot: 4 }];
  await expect(bootMachine({ image, devices, script: [], limit: 300_000 })).rejects.toThrow(
    /qemu-system-x86_64 does not run the test machine:\n.*no-such-device/,
  );
});

test("the kernel says where the probe functions of its drivers are", {
  timeout: TEST_LIMIT,
}, async (context) => {
  const image = await kernelInTime();
  if (typeof image === "string") return context.skip(image);
  const { lines } = await takeInventory("the tree as it is", image, {});
  const registered = await registeredDrivers(lines, new Places(image));
  expect(registered).toContainEqual({
    name: "ahci",
    probe: "ahci_init_one",
    variable: "ahci_pci_driver",
    file: "drivers/ata/ahci.c",
  });
});

test("a driver takes a device that it was lent", {
  timeout: TEST_LIMIT,
}, async (context) => {
  const image = await kernelInTime();
  if (typeof image === "string") return context.skip(image);
  const address = pciAddress(NO_MSIX);
  const { lines } = await bootMachine({
    image,
    devices: [NO_MSIX],
    script: [
      ...SCRIPT_START,
      ...lend("ahci", address),
      ...scenarioStart("lent", address),
      "write /sys/bus/pci/drivers_autoprobe 1",
      `renew ${address}`,
    ],
    limit: 300_000,
  });
  const seen = lines.map(parseTraceLine);
  const enabled = { kind: "call", function: "pcim_enable_device", from: "ahci_init_one" };
  expect(seen).toContainEqual(expect.objectContaining(enabled));
});

test("what a probe leaves to a work is waited for, watched and failed", {
  timeout: TEST_LIMIT,
}, async (context) => {
  const image = await kernelInTime();
  if (typeof image === "string") return context.skip(image);
  const { lines } = await takeInventory("the tree as it is", image, {});
  const driver = lines.find((line) => line.kind === "driver" && line.name === "tw-deferred");
  const at = driver?.kind === "driver" ? driver.address : 0n;
  const address = pciAddress(ALL_MODES);
  const boot = await bootMachine({
    image,
    devices: [ALL_MODES],
    script: [
      ...SCRIPT_START,
      "write /sys/kernel/debug/failslab/ignore-gfp-wait N",
      // the functions of so small a file are within a page of each other
      `write ${PARAMETERS}/code_start ${at - 4096n}`,
      `write ${PARAMETERS}/code_end ${at + 4096n}`,
      ...scenarioStart("deferred", address),
      `write ${PARAMETERS}/calls request_threaded_irq`,
      `renew ${address}`,
      `fail-each tw-deferred ${address} 1 4 request_threaded_irq`,
      `renew ${address}`,
      `fail-each tw-deferred ${address} 1 1 should_fail_ex`,
    ],
    limit: 300_000,
  });
  const [seen] = observe(boot.lines.map(parseTraceLine), true);
  const steps = seen!.acts.map((act) =>
    act.steps.map(({ what, value }) => `${what} ${value < 0 ? value : "ok"}`),
  );
  expect(steps).toEqual([
    ["kzalloc ok", "pci_alloc_irq_vectors ok", "request_irq -5"],
    ["kzalloc ok", "pci_alloc_irq_vectors ok", "request_irq ok"],
    ["kzalloc -12"],
  ]);
  expect(seen!.acts.map(({ injected }) => injected)).toEqual([true, false, true]);
});
