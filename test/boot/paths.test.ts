import { expect, test } from "vitest";
import { type DriverAct, judgePaths } from "../../src/boot/paths.js";
import type { Act } from "../../src/boot/scenario.js";
import type { LifeResult, ReleasePath } from "../../src/ownership/lifecycle.js";
import { Observer } from "../../src/ownership/observer.js";

const path = (name: string, line: number, leaksToday: boolean): ReleasePath => ({
  path: name,
  file: "drivers/x.c",
  line,
  frees: false,
  leaksToday,
  leaksAfterCoreChange: true,
  freedTwice: false,
  enable: "managed",
  witness: [undefined, undefined],
});
const life = (...releasePaths: ReleasePath[]): LifeResult => ({
  releasePaths,
  observer: new Observer(),
  unknown: [],
  enables: new Set(["managed"]),
  cut: false,
});
const off = { managed: false, release: false, msi: false, msix: false };
const act = (more: Partial<Act>): Act => ({
  driver: "x",
  bind: 0,
  events: [{ event: "allocated", mode: "msi" }],
  steps: [],
  after: { ...off, enabled: false, msiRegister: false, msixRegister: false },
  signs: [],
  freedUnderHandler: false,
  lines: [],
  ...more,
});
const failing = (line: number, more: Partial<Act> = {}): DriverAct => ({
  act: act({ bind: 12, nth: 1, injected: true, ...more }),
  failedAt: [{ file: "drivers/x.c", line }],
});
const verdicts = (...args: Parameters<typeof judgePaths>) =>
  judgePaths(...args).map(({ verdict }) => verdict);

test("a probe failure in the call that the audit names confirms its path", () => {
  expect(verdicts(life(path("probe fails at request_irq", 40, false)), [failing(41)])).toEqual(["confirmed"]);
});

test("a leak that the audit does not see contradicts it", () => {
  const leak = { signs: [{ sign: "vectors-left", text: "WARNING" }] as const };
  expect(verdicts(life(path("probe fails at request_irq", 40, false)), [failing(40, leak)])).toEqual([
    "contradicted",
  ]);
});

test("a path without a failure there, or before the vectors were allocated, is not reached", () => {
  const before = failing(40, { events: [] });
  expect(verdicts(life(path("probe fails at request_irq", 40, false)), [failing(90), before])).toEqual([
    "not-reached",
  ]);
});

test("remove is confirmed by binds that succeeded", () => {
  expect(verdicts(life(path("remove", 10, false)), [{ act: act({}), failedAt: [] }])).toEqual(["confirmed"]);
});

test("failures that the audit does not tell apart are those that no named path has", () => {
  const paths = life(path("probe fails at request_irq", 40, false), path("probe fails", 10, false));
  expect(verdicts(paths, [failing(40)])).toEqual(["confirmed", "not-reached"]);
  expect(verdicts(paths, [failing(90)])).toEqual(["not-reached", "confirmed"]);
});
