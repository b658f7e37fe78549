import { expect, test } from "vitest";
import { parseTraceLine } from "../../src/boot/trace.js";

const flags = { managed: true, release: false, msi: true, msix: false };

test("a call carries its caller without offsets and suffixes", () => {
  expect(
    parseTraceLine(
      "tw: call pci_free_irq_vectors from=case_3_probe.cold+0x1c/0x40 [treewide] managed=1 release=0 msi=1 msix=0",
    ),
  ).toEqual({ kind: "call", function: "pci_free_irq_vectors", from: "case_3_probe", flags });
});

test("a step carries the capability registers", () => {
  expect(
    parseTraceLine(
      "[    1.5] tw: step show managed=1 release=0 msi=1 msix=0 enabled=1 msi_register=1 msix_register=0 irq=24 ret=-5",
    ),
  ).toEqual({
    kind: "step",
    what: "show",
    flags,
    enabled: true,
    registers: { msi: true, msix: false },
    value: -5,
  });
});

test("whatever is not ours is a message", () => {
  expect(parseTraceLine("WARNING: CPU: 0 PID: 1 at kernel/irq/msi.c:290")).toEqual({
    kind: "message",
    text: "WARNING: CPU: 0 PID: 1 at kernel/irq/msi.c:290",
  });
});

test("what a named call returned is an int where only half a register was written", () => {
  const line = (value: number) => parseTraceLine(`tw: returned setup value=${value} from=x_probe+0x1c/0x40`);
  expect(line(4294967277)).toEqual({
    kind: "returned",
    function: "setup",
    from: "x_probe+0x1c/0x40",
    value: -19,
  });
  expect(line(-19)).toMatchObject({ value: -19 });
  expect(line(-131394000000000)).toMatchObject({ value: -131394000000000 });
});
