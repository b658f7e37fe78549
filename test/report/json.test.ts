import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { driverClasses } from "../../src/ownership/classify.js";
import { hazardKinds } from "../../src/ownership/observer.js";
import { auditJson, publicReport } from "../../src/report/json.js";
import { auditReport } from "../../src/report/report.js";
import { toyReport, toyResult } from "./toy.js";

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../docs/schema/treewide.audit-1.json"), "utf8"),
);

test("the report is what its schema says", async () => {
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
  validate(JSON.parse(auditJson(await toyReport())));
  expect(validate.errors ?? []).toEqual([]);
});

test("schema and program know the same classes and hazards", () => {
  expect(schema.definitions.class.enum).toEqual([...driverClasses]);
  expect(schema.definitions.hazardKind.enum).toEqual([...hazardKinds]);
});

test("keys keep their order, which scripts that diff rely on", async () => {
  const report = publicReport(await toyReport());
  expect(Object.keys(report)).toEqual(["schema", "tree", "core", "summary", "drivers", "parse", "leftOut"]);
  expect(Object.keys(report.drivers[0]!)).toEqual(schema.definitions.driver.required);
});

test("timelines are no part of the public shape", async () => {
  expect(auditJson(await toyReport())).not.toContain("timeline");
});

test("two runs print the same text", async () => {
  expect(auditJson(await toyReport())).toBe(auditJson(await toyReport()));
});

test("the summary counts the drivers of the classes asked for", async () => {
  const { summary, drivers } = auditReport(await toyResult(), new Set(["hybrid-full"]));
  expect(drivers.map((d) => d.driver)).toEqual(["drivers/toy/handler.c", "drivers/toy/hybrid.c"]);
  expect(summary).toMatchObject({ drivers: 2, byClass: { "hybrid-full": 2, implicit: 0 } });
  expect(summary.hazards).toMatchObject({ "freed-twice": 2, "freed-under-handler": 1 });
});
