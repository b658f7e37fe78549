/**
 * The report as SARIF 2.1.0 (OASIS Standard, 27 March 2020): each hazard a result, its witness a code flow.
 * Places are relative to `SRCROOT` (section 3.14.14), which the reader sets to its own tree.
 */
import { createHash } from "node:crypto";
import type { HazardResult, WitnessStep } from "../audit/result.js";
import { hazardKinds } from "../ownership/observer.js";
import { type AuditReport, distinctHazards } from "./report.js";
import { hazardWords } from "./words.js";

const root = "SRCROOT";
const undecided = "unknown";

export function auditSarif(report: AuditReport): string {
  const results = [
    ...distinctHazards(report.drivers).map(({ driver, hazard }) => ({
      ruleId: hazard.kind,
      ruleIndex: hazardKinds.indexOf(hazard.kind),
      level: hazardWords[hazard.kind].level,
      message: { text: `${driver.pciDriver.name}: ${hazardWords[hazard.kind].message}` },
      locations: [location(hazard)],
      partialFingerprints: { "treewide/v1": fingerprint(driver.pciDriver.name, hazard) },
      ...(hazard.witness.length > 0 && { codeFlows: [codeFlow(hazard.witness)] }),
      properties: { class: driver.class, driver: driver.driver },
    })),
    ...report.drivers
      .filter((d) => d.class === "unknown")
      .flatMap((d) =>
        d.unknown.map((reason) => ({
          ruleId: undecided,
          ruleIndex: hazardKinds.length,
          level: "note",
          message: {
            text: `${d.pciDriver.name}: who owns its IRQ vectors could not be decided: ${reason.why}`,
          },
          locations: [location(reason)],
          properties: { class: d.class, driver: d.driver },
        })),
      ),
  ];
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "treewide", rules } },
        originalUriBaseIds: { [root]: { description: { text: "The top folder of the Linux tree" } } },
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: notifications(report) }],
        columnKind: "utf16CodeUnits",
        results,
        properties: { linux: report.tree.version, commit: report.tree.commit },
      },
    ],
  };
  return `${JSON.stringify(log, null, 1)}\n`;
}

const rules = [
  ...hazardKinds.map((kind) => ({
    id: kind,
    shortDescription: { text: hazardWords[kind].message },
    help: { text: hazardWords[kind].help },
    defaultConfiguration: { level: hazardWords[kind].level },
  })),
  {
    id: undecided,
    shortDescription: { text: "who owns the IRQ vectors could not be decided" },
    help: { text: "A limit was hit or a construct is not understood; read the driver's release paths." },
    defaultConfiguration: { level: "note" },
  },
];

/** What was not read or parsed: a result file that is silent about it would look complete. */
function notifications({ parse, leftOut }: AuditReport) {
  return [
    ...parse.failed.map((f) => ({
      level: "warning",
      message: { text: `${f.function}() could not be parsed: ${f.why}` },
      locations: [location(f)],
    })),
    ...leftOut.map(({ file, why }) => ({
      level: "warning",
      message: { text: `left out: ${why}` },
      locations: [location({ file, line: 1 })],
    })),
  ];
}

function location({ file, line }: { readonly file: string; readonly line: number }) {
  return {
    physicalLocation: {
      artifactLocation: { uri: file.split("/").map(encodeURIComponent).join("/"), uriBaseId: root },
      region: { startLine: line },
    },
  };
}

function codeFlow(witness: readonly WitnessStep[]) {
  return {
    threadFlows: [
      {
        locations: witness.map((step) => ({
          location: {
            ...location(step),
            message: { text: `${step.event}; ${step.state}` },
            logicalLocations: [{ name: step.function, kind: "function" }],
          },
        })),
      },
    ],
  };
}

/** The same hazard of the same driver after lines have moved: without line numbers. */
function fingerprint(pciDriver: string, { kind, file, witness }: HazardResult): string {
  const path = witness.map((s) => `${s.function}:${s.event.replace(/\S+:\d+/g, "")}`).join("\n");
  return createHash("sha256").update(`${pciDriver}\n${kind}\n${file}\n${path}`).digest("hex").slice(0, 32);
}
