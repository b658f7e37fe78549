import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import Ajv from "ajv-draft-04";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import { auditSarif } from "../../src/report/sarif.js";
import { toyReport, withNames } from "./toy.js";

/** OASIS' schema, as Microsoft's package ships it. */
function publishedSchema(): object {
  const main = createRequire(import.meta.url).resolve("@microsoft/jest-sarif");
  return JSON.parse(readFileSync(join(dirname(main), "schemas/sarif-2.1.0-rtm.5.json"), "utf8"));
}

const validate = addFormats
  .default(new Ajv.default({ allErrors: true, strict: false, unicodeRegExp: false }))
  .compile(publishedSchema());

async function run() {
  return JSON.parse(auditSarif(await toyReport())).runs[0];
}

test("the log is valid by the published schema", async () => {
  validate(JSON.parse(auditSarif(await toyReport())));
  expect(validate.errors ?? []).toEqual([]);
});

test("the schema is in force: it refuses a log without runs", () => {
  expect(validate({ version: "2.1.0" })).toBe(false);
});

test("it stays valid with names that are no plain text", async () => {
  validate(JSON.parse(auditSarif(withNames(await toyReport(), (name) => `${name} "é%/<&`))));
  expect(validate.errors ?? []).toEqual([]);
});

test("each hazard carries its witness as a code flow", async () => {
  for (const result of (await run()).results) {
    const steps = result.codeFlows[0].threadFlows[0].locations;
    expect(steps.length).toBeGreaterThan(1);
    expect(steps[0].location.message.text).toMatch(/enable_device\(\) succeeds; no vectors/);
  }
});

test("places are relative to a root that the reader sets", async () => {
  const { results, originalUriBaseIds } = await run();
  for (const { locations } of results) {
    const { uri, uriBaseId } = locations[0].physicalLocation.artifactLocation;
    expect(uri).toMatch(/^drivers\/toy\/\w+\.c$/);
    expect(originalUriBaseIds).toHaveProperty(uriBaseId);
  }
});

test("each result points to its rule", async () => {
  const { results, tool } = await run();
  for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex].id).toBe(ruleId);
});

test("a fingerprint does not change with the lines", async () => {
  const report = await toyReport();
  const moved = {
    ...report,
    drivers: report.drivers.map((d) => ({
      ...d,
      hazards: d.hazards.map((h) => ({
        ...h,
        line: h.line + 7,
        witness: h.witness.map((s) => ({ ...s, line: s.line + 7 })),
      })),
    })),
  };
  const prints = (text: string) =>
    JSON.parse(text).runs[0].results.map((r: { partialFingerprints: object }) => r.partialFingerprints);
  expect(prints(auditSarif(moved))).toEqual(prints(auditSarif(report)));
});
