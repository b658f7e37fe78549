import { expect, test } from "vitest";
import { type GuestProgress, whyStop } from "../../src/boot/limits.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A guest that has just written something. */
const guest = (spent: number, other: Partial<GuestProgress> = {}): GuestProgress => ({
  ...{ spent, heard: spent, begun: undefined, bytes: 1000, kvm: false },
  ...other,
});

test("the limit of a case counts from where the case begins, and not while the kernel starts", () => {
  const limits = { limit: 10 * MINUTE, caseLimit: 30 * SECOND };
  expect(whyStop(guest(9 * MINUTE), limits)).toBeUndefined();
  expect(whyStop(guest(9 * MINUTE + 29 * SECOND, { begun: 9 * MINUTE }), limits)).toBeUndefined();
  expect(whyStop(guest(9 * MINUTE + 31 * SECOND, { begun: 9 * MINUTE }), limits)).toBe("over-limit");
});

test("a kernel that does not come to its first case in the time of the whole run is stopped", () => {
  expect(whyStop(guest(11 * MINUTE), { limit: 10 * MINUTE, caseLimit: 30 * SECOND })).toBe("over-limit");
});

test("a guest that says nothing for a minute is stopped, with KVM one that has not said a word in ten seconds", () => {
  const limits = { limit: 10 * MINUTE };
  expect(whyStop(guest(59 * SECOND, { heard: 0 }), limits)).toBeUndefined();
  expect(whyStop(guest(61 * SECOND, { heard: 0 }), limits)).toBe("silent");
  expect(whyStop(guest(11 * SECOND, { heard: 0, kvm: true }), limits)).toBeUndefined();
  expect(whyStop(guest(11 * SECOND, { heard: 0, kvm: true, bytes: 0 }), limits)).toBe("silent");
});
