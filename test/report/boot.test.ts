import { expect, test } from "vitest";
import type { ClaimsReport, ConformanceReport } from "../../src/boot/sessions.js";
import { hasFindings, render } from "../../src/report/boot.js";

const run = { core: "the tree as it is", boots: 1, seconds: 3.5, untraced: [], deaths: [] };
const tree = { path: "/linux", version: "7.3.4" };

const claims = (
  verdict: ClaimsReport["cores"][number]["verdicts"][number]["verdict"],
  fault: boolean,
): ClaimsReport => ({
  schema: "treewide.boot-claims/1",
  tree,
  claims: [{ id: "a", title: "A <claim>", fault }],
  cores: [
    {
      ...run,
      verdicts: [
        {
          claim: "a",
          verdict,
          shown: "because",
          traces: [[{ driver: "tw-x", bind: 22, events: ["allocated msi"], messages: ["WARNING: …"] }]],
        },
      ],
    },
  ],
});

test("a claim that holds is a finding only when it is a fault", () => {
  expect(hasFindings(claims("holds", true))).toBe(true);
  expect(hasFindings(claims("holds", false))).toBe(false);
  expect(hasFindings(claims("does-not-hold", true))).toBe(false);
});

test("a claim that could not be decided is a finding: nobody may take it for a core without faults", () => {
  expect(hasFindings(claims("unknown", false))).toBe(true);
  expect(hasFindings(claims("not-applicable", true))).toBe(false);
});

test("the text gives each claim's verdict with its trace", () => {
  expect(render(claims("holds", true), "text")).toContain(
    `A <claim>
  HOLDS   the tree as it is
          because
            tw-x (probe failed, errno 22): allocated msi
              kernel: WARNING: …`,
  );
});

test("the page escapes what it shows", () => {
  const page = render(claims("holds", true), "html");
  expect(page).toContain("A &lt;claim&gt;");
  expect(page).not.toContain("<claim>");
});

test("the JSON carries its schema", () => {
  expect(JSON.parse(render(claims("holds", true), "json"))).toMatchObject({
    schema: "treewide.boot-claims/1",
  });
});

test("a disagreement is a finding, and named", () => {
  const report: ConformanceReport = {
    schema: "treewide.boot-conformance/1",
    tree,
    cores: [{ ...run, verdicts: [{ id: "one", verdict: "disagrees", act: 1, why: ["event 2"] }] }],
  };
  expect(hasFindings(report)).toBe(true);
  expect(render(report, "text")).toContain("one: disagrees, driver 2\n    event 2");
});
