import { existsSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { AS_IS, coreStates, readSeries } from "../../src/boot/series.js";
import { type ClaimsReport, claimsSession, conformanceSession } from "../../src/boot/sessions.js";
import { thread, tree, whyNot } from "../boot/kernel.js";

/** Several kernels are built from nothing. */
const LIMIT = 4 * 3600_000;

beforeAll(async () => {
  const why = existsSync(thread) ? await whyNot() : `${thread}: missing; set TREEWIDE_DATA`;
  if (why !== undefined) throw new Error(why);
});

const cores = async () => [AS_IS, ...coreStates(await readSeries(thread), true)];

test("the executor agrees with every booted core on every case", { timeout: LIMIT }, async () => {
  const report = await conformanceSession({ tree, cores: await cores() }, "all");
  for (const core of report.cores) {
    expect(core.verdicts.filter(({ verdict }) => verdict !== "agrees")).toEqual([]);
    expect(core.seconds).toBeGreaterThan(0);
  }
});

test("the posted series shows the faults that were found in it", { timeout: LIMIT }, async () => {
  const report = await claimsSession({ tree, cores: await cores() });
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

const holding = (core: ClaimsReport["cores"][number]) =>
  core.verdicts.filter(({ verdict }) => verdict === "holds").map(({ claim }) => claim);
