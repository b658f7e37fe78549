import { expect, test } from "vitest";
import { Kvm } from "../../src/boot/kvm.js";

/** Boots several guests, and tells which were tried with KVM and which started. */
async function boots(kvm: Kvm, guests: readonly { readonly kvm: boolean; readonly emulated: boolean }[]) {
  const tried: string[] = [];
  for (const starts of guests)
    await kvm.boot(
      async (withKvm) => {
        tried.push(withKvm ? "kvm" : "emulated");
        return withKvm ? starts.kvm : starts.emulated;
      },
      (started) => started,
    );
  return tried;
}

const GOOD = { kvm: true, emulated: true };

test("a kernel that starts nowhere leaves KVM in use", async () => {
  const broken = { kvm: false, emulated: false };
  expect(await boots(new Kvm(() => true), [broken, GOOD])).toEqual(["kvm", "emulated", "kvm"]);
});

test("a KVM on which a guest does not start that starts without is not used again", async () => {
  const onlyEmulated = { kvm: false, emulated: true };
  expect(await boots(new Kvm(() => true), [onlyEmulated, GOOD])).toEqual(["kvm", "emulated", "emulated"]);
});

test("where there is no KVM a guest that does not start is booted once", async () => {
  expect(await boots(new Kvm(() => false), [{ kvm: false, emulated: false }])).toEqual(["emulated"]);
});
