import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { driversSession } from "../../src/boot/real-drivers.js";
import { AS_IS, type CoreState, coresOfSeries } from "../../src/boot/series.js";
import { type ClaimsReport, claimsSession, conformanceSession } from "../../src/boot/sessions.js";
import { writeSeries } from "../../src/series/write.js";
import { thread, tree, whyNot } from "../boot/kernel.js";
import { sayNotRun } from "../not-run.js";

/** Several kernels are built from nothing. */
const LIMIT = 4 * 3600_000;
/** The whole set over one core, after the build, where the machine has nothing else to do. */
const SECONDS_A_CORE = 300;

const scratch = mkdtempSync(join(tmpdir(), "treewide-own-series-"));
let posted: readonly CoreState[];
let ours: readonly CoreState[];

beforeAll(async () => {
  const why = existsSync(thread) ? await whyNot() : `${thread}: missing; set TREEWIDE_DATA`;
  if (why !== undefined) throw new Error(why);
  posted = coresOfSeries(thread, true);
  ours = coresOfSeries(await ownSeries(), false);
}, LIMIT);
afterAll(() => rmSync(scratch, { recursive: true }));

/** Our own series, up to the core change: what holds that up is said to be checked. */
async function ownSeries(): Promise<string> {
  const output = join(scratch, "patches");
  const checked = join(scratch, "checked");
  const shared = "drivers/crypto/intel/qat/qat_common";
  writeFileSync(checked, ["adf_isr.c", "adf_vf_isr.c"].map((name) => `${shared}/${name}: a test\n`).join(""));
  const options = {
    branch: undefined,
    plan: false,
    stage: undefined,
    group: "driver",
    previous: [],
  } as const;
  const { left, text } = await writeSeries(tree, {
    ...options,
    output,
    checked,
    signedOffBy: "A U Thor <author@example.org>",
  });
  expect(left, text).toBe(0);
  return output;
}

/** Nobody else computes: with the guest and ourselves two programs run. */
const isFree = () => loadavg()[2]! < Math.min(2, availableParallelism()) + 0.5;

test("the executor agrees with every booted core on every case", { timeout: LIMIT }, async () => {
  const report = await conformanceSession({ tree, cores: [AS_IS, ...posted, ...ours] }, "all");
  for (const core of report.cores) {
    expect(core.verdicts.filter(({ verdict }) => verdict !== "agrees")).toEqual([]);
    if (isFree()) expect(core.seconds).toBeLessThan(SECONDS_A_CORE);
    else sayNotRun(`the time of ${core.core}`, `${core.seconds} s on a machine that is busy`);
  }
});

test("the posted series shows the faults that were found in it", { timeout: LIMIT }, async () => {
  const report = await claimsSession({ tree, cores: [AS_IS, ...posted] });
  const [asIs, first, last] = report.cores.map(holding);
  expect(asIs).toEqual(["live-handler"]);
  expect(first).toEqual(
    expect.arrayContaining([
      "converted-leaks-on-unbind",
      "converted-leaks-on-failed-probe",
      "flag-survives",
      "innocent-leaks",
    ]),
  );
  expect(last).toEqual(
    expect.arrayContaining([
      "implicit-leaks",
      "flag-survives",
      "uninvited-release",
      "uninvited-release-after-intx",
      "uninvited-release-after-failure",
      "releases-pile-up",
      "ahci-leaks",
      "snd_hda_intel-leaks",
    ]),
  );
  expect(last).not.toContain("converted-leaks-on-unbind");
});

test("our own series shows none of them, at each commit that changes the core", {
  timeout: LIMIT,
}, async () => {
  const report = await claimsSession({ tree, cores: ours });
  const faults = report.claims.filter(({ fault }) => fault).map(({ id }) => id);
  for (const core of report.cores) {
    expect(holding(core).filter((claim) => faults.includes(claim))).toEqual([]);
    expect(core.verdicts.filter(({ verdict }) => verdict === "unknown")).toEqual([]);
  }
});

test("no release path of a real driver contradicts the audit", { timeout: LIMIT }, async () => {
  const { cores } = await driversSession({ tree, cores: [AS_IS] }, ["vmw_pvscsi"]);
  const [driver] = cores[0]!.drivers;
  expect(driver).toMatchObject({ binds: [0, 0], complete: true, leaks: 0 });
  const verdicts = driver!.paths.map(({ verdict }) => verdict);
  expect(verdicts).toContain("confirmed");
  expect(verdicts).not.toContain("contradicted");
});

const holding = (core: ClaimsReport["cores"][number]) =>
  core.verdicts.filter(({ verdict }) => verdict === "holds").map(({ claim }) => claim);
