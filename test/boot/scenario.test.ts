import { expect, test } from "vitest";
import { describeEvent } from "../../src/boot/events.js";
import { ALL_MODES, observe, scenarioScript } from "../../src/boot/scenario.js";
import { parseTraceLine } from "../../src/boot/trace.js";

const flags = "managed=1 release=1 msi=0 msix=0";
const show =
  "tw: step show managed=0 release=0 msi=0 msix=0 enabled=0 msi_register=0 msix_register=0 irq=11 ret=0";

const read = (lines: readonly string[], finished = true) => observe(lines.map(parseTraceLine), finished);

test("what happened before the device was renewed belongs to no driver", () => {
  const [observation] = read([
    "tw: case one",
    `tw: call pci_disable_device from=x+0x1/0x2 ${flags}`,
    "tw: did renew 0000:00:04.0 errno=0",
    "tw: did bind tw-a errno=0",
    show,
  ]);
  expect(observation!.acts.map((act) => [act.driver, act.bind, act.events])).toEqual([["tw-a", 0, []]]);
});

test("a free within pci_free_irq_vectors() is no call of its own", () => {
  const [observation] = read([
    "tw: case one",
    `tw: call pci_free_irq_vectors from=case_1_remove+0x1/0x2 ${flags}`,
    `tw: call pci_disable_msix from=pci_free_irq_vectors+0x1/0x2 ${flags}`,
    `tw: call pci_disable_msi from=pci_free_irq_vectors+0x1/0x2 ${flags}`,
    `tw: call pci_msi_shutdown from=pci_disable_msi+0x1/0x2 ${flags}`,
    "tw: did bind tw-a errno=0",
    show,
  ]);
  expect(observation!.acts[0]!.events.map(describeEvent)).toEqual([
    "free-called pci_free_irq_vectors",
    "torn-down msi",
  ]);
});

test("a handler that devres will free is told from a plain one by who requests it", () => {
  const request = (from: string) => [
    `tw: call request_threaded_irq from=${from}+0x1/0x2 ${flags} irq=24`,
    `tw: return request_threaded_irq ${flags} ret=0`,
  ];
  const [observation] = read([
    "tw: case one",
    ...request("devm_request_threaded_irq"),
    ...request("case_1_probe"),
    show,
  ]);
  expect(observation!.acts[0]!.events.map(describeEvent)).toEqual([
    "handler-requested devm",
    "handler-requested plain",
  ]);
});

test("a guest that dies leaves the driver at hand unfinished", () => {
  const [first, second] = read(
    [
      "tw: case one",
      show,
      "tw: case two",
      "tw: did bind tw-b errno=0",
      "Kernel panic - not syncing: Fatal exception",
    ],
    false,
  );
  expect(first).toMatchObject({ id: "one", died: false });
  expect(second).toMatchObject({ id: "two", died: true, acts: [], unfinished: { driver: "tw-b" } });
  expect(second!.unfinished!.signs.map(({ sign }) => sign)).toEqual(["panic"]);
});

test("each driver of a scenario is bound, unbound and shown", () => {
  const script = scenarioScript({ id: "one", device: ALL_MODES, acts: ["tw-a"] });
  expect(script.slice(-3)).toEqual([
    "bind tw-a 0000:00:04.0",
    "unbind tw-a 0000:00:04.0",
    "write /sys/module/treewide/parameters/show 1",
  ]);
});

test("a driver is told that a foreign device is the first of its own before the device is renewed", () => {
  const script = scenarioScript({ id: "one", device: ALL_MODES, acts: ["My Driver"], foreign: true });
  expect(script.slice(0, 3)).toEqual([
    "write /sys/bus/pci/devices/0000:00:04.0/driver_override none",
    "write /sys/module/treewide/parameters/lend 0000:00:04.0 My Driver",
    "case one",
  ]);
  expect(script.indexOf("renew 0000:00:04.0")).toBeGreaterThan(2);
});

test("a handler left on the INTx line is no vector freed under it", () => {
  const warning = "remove_proc_entry: removing non-empty directory 'irq/20', leaking at least 'treewide'";
  const call = (name: string) => `tw: call ${name} from=case_1_remove+0x1/0x2 ${flags}`;
  const [observation] = read([
    ...["tw: case one", call("pci_disable_device"), warning, show],
    ...[call("pci_free_msi_irqs"), warning, show],
  ]);
  expect(observation!.acts.map((act) => act.freedUnderHandler)).toEqual([false, true]);
});
