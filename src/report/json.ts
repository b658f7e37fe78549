/** The report as JSON: keys in one order, places relative to the tree, one value a line so that two runs can be diffed. */
import type { CallResult, DriverResult } from "../audit/result.js";
import type { CoreFact } from "../ownership/core-facts.js";
import type { AuditReport } from "./report.js";

/** @returns text that ends in a newline; docs/schema/treewide.audit-1.json describes it */
export function auditJson(report: AuditReport): string {
  return `${JSON.stringify(publicReport(report), null, 1)}\n`;
}

/** The public shape, and nothing else that results happen to carry. */
export function publicReport({ schema, tree, core, summary, drivers, parse, leftOut }: AuditReport) {
  return {
    schema,
    tree: { version: tree.version, commit: tree.commit },
    core: {
      plainAllocationRegistersRelease: fact(core.plainAllocationRegistersRelease),
      managedAllocationExists: fact(core.managedAllocationExists),
      managedAllocationRegistersRelease: fact(core.managedAllocationRegistersRelease),
      flagSurvivesRelease: fact(core.flagSurvivesRelease),
    },
    summary,
    drivers: drivers.map(driver),
    parse: {
      functions: parse.functions,
      failed: parse.failed.map(({ file, line, function: name, why }) => ({
        file,
        line,
        function: name,
        why,
      })),
    },
    leftOut: leftOut.map(({ file, why }) => ({ file, why })),
  };
}

function fact({ value, file, line, function: name, how }: CoreFact) {
  return { value, file, line, function: name, how };
}

function driver(d: DriverResult) {
  return {
    driver: d.driver,
    pciDriver: { file: d.pciDriver.file, line: d.pciDriver.line, name: d.pciDriver.name },
    module: d.module,
    files: d.files,
    enable: d.enable,
    class: d.class,
    allocations: d.allocations.map(call),
    frees: d.frees.map((free) => ({ ...call(free), when: free.when })),
    releasePaths: d.releasePaths.map(({ path, file, line, frees }) => ({ path, file, line, frees })),
    hazards: d.hazards.map(({ kind, file, line, witness }) => ({
      kind,
      file,
      line,
      witness: witness.map((s) => ({
        file: s.file,
        line: s.line,
        function: s.function,
        event: s.event,
        state: s.state,
      })),
    })),
    leaksAfterCoreChange: d.leaksAfterCoreChange,
    freedTwice: d.freedTwice,
    freedUnderHandler: d.freedUnderHandler,
    unknown: d.unknown.map(({ file, line, why }) => ({ file, line, why })),
  };
}

function call({ file, line, function: name, api }: CallResult) {
  return { file, line, function: name, api };
}
