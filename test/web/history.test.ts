/** How the counts moved over audits. */
import { afterAll, expect, test } from "vitest";
import { compareVersions, pastAudits, rememberAudit } from "../../src/report/history.js";
import { removeTestArchives, testCache } from "../archive/fixture.js";
import { toyReport } from "../report/toy.js";

testCache();
afterAll(removeTestArchives);

test("audits are remembered once for the same counts, in the order of versions", async () => {
  const report = await toyReport();
  const remember = (version: string) =>
    rememberAudit({ kind: "folder", path: "/src" }, "/src", { ...report, tree: { version, commit: null } });
  for (const version of ["6.12.9", "7.3.0", "6.12.10", "7.3.0"]) remember(version);
  expect(pastAudits().map(({ version }) => version)).toEqual(["6.12.9", "6.12.10", "7.3.0"]);
  expect(pastAudits()[0]!.summary).toEqual(report.summary);
});

test.each([
  ["6.12.9", "6.12.10"],
  ["6.12.10", "7.3"],
  ["7.3.0-rc2", "7.3.0-rc10"],
  ["7.3.0-rc10", "7.3.0"],
])("%s comes before %s", (a, b) => {
  expect(compareVersions(a, b)).toBeLessThan(0);
  expect(compareVersions(b, a)).toBeGreaterThan(0);
});
