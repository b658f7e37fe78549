import { expect, test } from "vitest";
import { type DriverAct, judgePaths } from "../../src/boot/paths.js";
import type { Act } from "../../src/boot/scenario.js";
import type { ReleasePath } from "../../src/ownership/lifecycle.js";
import { driverAct as act, lifeOf as life } from "./acts.js";

const path = (name: string, line: number, leaksToday: boolean): ReleasePath => ({
  path: name,
  file: "drivers/x.c",
  line,
  frees: false,
  leaksToday,
  leaksAfterCoreChange: true,
  enable: "managed",
  witness: [undefined, undefined],
  byFile: new Map(),
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

test("a failure that a path further inside explains is no matter of the one around it", () => {
  const leak = { signs: [{ sign: "vectors-left", text: "WARNING" }] as const };
  const around = path("probe fails at -ENOMEM", 40, true);
  const paths = life(around, path("probe fails at request_irq", 10, false));
  const inside: DriverAct = {
    ...failing(10),
    failedAt: [10, 40].map((line) => ({ file: "drivers/x.c", line })),
  };
  expect(verdicts(paths, [inside])).toEqual(["not-reached", "confirmed"]);
  expect(verdicts(paths, [inside, failing(40, leak)])).toEqual(["confirmed", "confirmed"]);
  expect(verdicts(paths, [inside, failing(40)])).toEqual(["contradicted", "confirmed"]);
  expect(verdicts(life(around), [inside])).toEqual(["contradicted"]);
});

test("a path without a failure there, or before the vectors were allocated, is not reached", () => {
  const before = failing(40, { events: [] });
  expect(verdicts(life(path("probe fails at request_irq", 40, false)), [before])).toEqual(["not-reached"]);
});

test("remove is confirmed by binds that succeeded", () => {
  expect(verdicts(life(path("remove", 10, false)), [{ act: act({}), failedAt: [] }])).toEqual(["confirmed"]);
});

test("a bind that got no vectors goes no path of the audit's", () => {
  const polling: DriverAct = {
    act: act({ events: [{ event: "allocation-failed", mode: "msi" }] }),
    failedAt: [],
  };
  const paths = life(path("remove", 10, true));
  expect(judgePaths(paths, [polling])).toMatchObject([
    { verdict: "not-reached", why: "it is bound without vectors here" },
  ]);
  const leaking: DriverAct = {
    act: act({ signs: [{ sign: "vectors-left", text: "WARNING" }] }),
    failedAt: [],
  };
  expect(verdicts(paths, [polling, leaking])).toEqual(["confirmed"]);
});

test("failures that the audit does not tell apart are those that no named path has", () => {
  const paths = life(path("probe fails at request_irq", 40, false), path("probe fails", 10, false));
  expect(verdicts(paths, [failing(40)])).toEqual(["confirmed", "not-reached"]);
  expect(verdicts(paths, [failing(90)])).toEqual(["not-reached", "confirmed"]);
});

const free = { event: "free-called", api: "pci_free_irq_vectors" } as const;
const teardown = { event: "torn-down", mode: "msi" } as const;
const devres = { event: "devres" } as const;
const release = { event: "action-run", action: "pcim_msi_release" } as const;
const allocated = { event: "allocated", mode: "msi" } as const;
const byDriver = { events: [allocated, free, teardown, devres, release, free] };
const byRelease = { events: [allocated, devres, release, free, teardown] };

test("vectors that the automatic release frees contradict an audit that says the driver does", () => {
  const frees = { ...path("probe fails at request_irq", 40, false), frees: true };
  expect(verdicts(life(frees), [failing(40, byDriver)])).toEqual(["confirmed"]);
  expect(judgePaths(life(frees), [failing(40, byRelease)])).toMatchObject([
    { verdict: "contradicted", why: expect.stringContaining("in the kernel the automatic release frees") },
  ]);
});

test("of a path with two ends in the audit each end of the guest confirms its own", () => {
  const leans = path("remove", 10, false);
  const ends = life(leans, { ...leans, frees: true });
  const removed = (more: Partial<Act>): DriverAct => ({ act: act(more), failedAt: [] });
  expect(verdicts(ends, [removed(byDriver)])).toEqual(["not-reached", "confirmed"]);
  expect(verdicts(ends, [removed(byDriver), removed(byRelease)])).toEqual(["confirmed", "confirmed"]);
});

test("the release of a managed allocation is the driver's own", () => {
  const flags = { managed: true, release: true, msi: false, msix: false };
  const call = { kind: "call", function: "pcim_alloc_irq_vectors", from: "x_probe", flags } as const;
  const frees = { ...path("remove", 10, false), frees: true };
  expect(verdicts(life(frees), [{ act: act({ ...byRelease, lines: [call] }), failedAt: [] }])).toEqual([
    "confirmed",
  ]);
});

test("vectors that probe gave back before it fell back to INTx are none that remove releases", () => {
  const flags = { managed: true, release: true, msi: true, msix: false };
  const shutdown = { kind: "call", function: "pci_msi_shutdown", from: "pci_disable_msi", flags } as const;
  const bound = { kind: "did", verb: "bind", target: "x", errno: 0 } as const;
  const kept = { kind: "return", function: "__pci_enable_msi_range", flags, value: 1 } as const;
  const lines = [kept, shutdown, bound];
  const fallback = act({ lines, events: [allocated, teardown, devres, release, free] });
  const released = act({
    lines: [kept, bound, shutdown],
    events: [allocated, teardown],
  });
  const remove = path("remove", 10, false);
  const failed = { kind: "nth-did", errno: 0, left: 0 } as const; // of a bind in which something was made to fail
  const other = { ...fallback, lines: [kept, shutdown, failed] };
  expect(verdicts(life(remove), [{ act: other, failedAt: [] }])).toEqual(["confirmed"]);
  expect(verdicts(life(remove), [{ act: fallback, failedAt: [] }])).toEqual(["confirmed"]);
  expect(verdicts(life(remove), [{ act: released, failedAt: [] }])).toEqual(["contradicted"]);
});

test("an undisturbed probe that gives up is placed by the call whose error it returns", () => {
  const gone: DriverAct = { act: act({ bind: 19 }), failedAt: [{ file: "drivers/x.c", line: 40 }] };
  expect(verdicts(life(path("probe fails at setup", 40, false)), [gone])).toEqual(["confirmed"]);
});

test("a failure at a place that the audit does not name has to end as one of its paths", () => {
  const gone: DriverAct = { act: act({ bind: 19 }), failedAt: [] };
  const leak = { act: act({ bind: 19, signs: [{ sign: "vectors-left", text: "WARNING" }] }), failedAt: [] };
  const named = life(path("probe fails at setup", 40, false));
  expect(judgePaths(named, [gone])).toMatchObject([
    { verdict: "not-reached" },
    { path: "probe fails elsewhere", verdict: "confirmed", times: 1 },
  ]);
  expect(judgePaths(named, [gone, leak])).toMatchObject([
    { verdict: "not-reached" },
    { path: "probe fails elsewhere", verdict: "contradicted", times: 2 },
  ]);
});

test("a path that is not reached says what kept the guest from it", () => {
  const at = path("probe fails at setup", 40, false);
  const why = (...acts: DriverAct[]) =>
    judgePaths(life(at, path("remove", 9, false)), acts).map((one) => one.why);
  const early: DriverAct = { act: act({ bind: 6, events: [] }), failedAt: [] };
  expect(why(early)).toEqual([
    "probe gives up before it has vectors (errno 6)",
    "it does not bind here (errno 6)",
  ]);
  expect(why(failing(90))[0]).toBe("nothing there could be made to fail");
  const gone: DriverAct = { act: act({ bind: 19 }), failedAt: [{ file: "drivers/x.c", line: 90 }] };
  expect(why(gone)[0]).toBe("probe gives up at another place here (errno 19)");
  expect(why(failing(90), failing(40, { events: [] }))[0]).toBe(
    "it failed there before vectors were allocated only",
  );
  expect(why(failing(40, { bind: 0 }))[0]).toBe("probe goes on when that fails");
});

test("a call that was made to fail is that of the nearest path which names it", () => {
  const forced = failing(52, { call: "request_threaded_irq" });
  const paths = life(
    path("probe fails at request_irq", 20, false),
    path("probe fails at request_irq", 40, false),
  );
  expect(verdicts(paths, [forced])).toEqual(["not-reached", "confirmed"]);
  expect(verdicts(life(path("probe fails at setup", 40, false)), [forced])).toEqual([
    "not-reached",
    "confirmed",
  ]);
});
