import { expect, test } from "vitest";
import { callsToFail } from "../../src/boot/failing-calls.js";

const places = (...known: string[]) => ({
  ranges: (name: string) => known.filter((one) => one === name).map(() => ({ start: 0n, end: 1n })),
});
const paths = (...names: string[]) => names.map((name) => ({ path: `probe fails at ${name}` }));

test("calls that the audit names are failed where the kernel has them as functions", () => {
  expect(callsToFail(paths("setup", "gone", "-ENOMEM", "setup"), places("setup"))).toEqual(["setup"]);
  expect(callsToFail([{ path: "remove" }, { path: "probe fails" }], places("remove"))).toEqual([]);
});

test("an inline function is failed by the one that does its work", () => {
  expect(callsToFail(paths("request_irq"), places("request_threaded_irq"))).toEqual(["request_threaded_irq"]);
});

test("of two functions of one name none is failed: either may be meant", () => {
  expect(callsToFail(paths("init"), places("init", "init"))).toEqual([]);
});
