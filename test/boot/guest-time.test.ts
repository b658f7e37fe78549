import { expect, test } from "vitest";
import { GuestTime } from "../../src/boot/guest-time.js";

/** Passes time without computing. */
const pause = (milliseconds: number) =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

test("of an emulated guest what it computes counts, and a part of what it does not", () => {
  const time = new GuestTime(false);
  pause(20);
  const idle = time.spent();
  expect(idle).toBeGreaterThan(0);
  time.process = process.pid; // has computed for longer than the guest is there: no more counts than has passed
  const busy = time.spent();
  expect(busy).toBeGreaterThan(idle);
  time.process = 2 ** 30; // there is none
  expect(time.spent()).toBeLessThan(busy);
});

test("of a guest with the machine's own processor what passes counts", () => {
  const real = new GuestTime(true);
  const emulated = new GuestTime(false);
  pause(20);
  expect(real.spent()).toBeGreaterThan(emulated.spent());
});
