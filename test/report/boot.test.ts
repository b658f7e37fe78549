import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import type { DriverReport } from "../../src/boot/driver-report.js";
import type { ClaimsReport, ConformanceReport } from "../../src/boot/sessions.js";
import { type BootReport, hasFindings, render } from "../../src/report/boot.js";

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

const disagreeing: ConformanceReport = {
  schema: "treewide.boot-conformance/1",
  tree,
  cores: [{ ...run, verdicts: [{ id: "one", verdict: "disagrees", act: 1, why: ["event 2"] }] }],
};

const driver: DriverReport = {
  driver: "drivers/toy/x.c",
  name: "x",
  device: { address: "0000:00:05.0", own: false },
  binds: [0, 5],
  failures: 12,
  failuresWithVectors: 3,
  leaks: 1,
  deaths: [
    { nth: 4, text: "Kernel panic" },
    { nth: 1, call: "setup", text: "Kernel panic" },
  ],
  complete: true,
  paths: [
    { path: "remove", file: "drivers/toy/x.c", line: 9, times: 1, verdict: "contradicted", why: "it leaks" },
  ],
  hazards: [
    {
      kind: "freed-under-handler",
      verdict: "confirmed",
      times: 2,
      places: [{ file: "drivers/toy/x.c", line: 30 }],
    },
  ],
};

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

test("the page tells of a guest that died, as the text does", () => {
  const { cores, ...report } = claims("unknown", true);
  const deaths = [{ scenario: "a.0", end: "silent", tail: ["the last <line>"] }] as const;
  const page = render({ ...report, cores: [{ ...cores[0]!, deaths }] }, "html");
  expect(page).toContain("the guest ended in a.0 (silent); its last lines:\n    the last &lt;line&gt;");
});

test("of a panic the line that says why is shown, however long the call trace", () => {
  const { cores, ...report } = claims("unknown", true);
  const tail = [
    "before",
    "Kernel panic - not syncing: boom",
    ...Array.from({ length: 20 }, (_, n) => `frame${n}`),
  ];
  const deaths = [{ scenario: "a.0", end: "stopped-early", tail }] as const;
  const text = render({ ...report, cores: [{ ...cores[0]!, deaths }] }, "text");
  expect(text).toContain("    Kernel panic - not syncing: boom\n    …\n    frame12\n");
});

test("each report's JSON is what its schema says", () => {
  const core = "the tree as it is";
  const reports: readonly BootReport[] = [
    claims("holds", true),
    disagreeing,
    { schema: "treewide.boot-drivers/1", tree, cores: [{ core, drivers: [driver] }] },
  ];
  for (const report of reports) {
    const name = report.schema.replace("/", "-");
    const schema = readFileSync(join(import.meta.dirname, `../../docs/schema/${name}.json`), "utf8");
    const validate = new Ajv({ allErrors: true }).compile(JSON.parse(schema));
    validate(JSON.parse(render(report, "json")));
    expect(validate.errors ?? [], name).toEqual([]);
  }
});

test("a revision is named with its repository", () => {
  const report = { ...disagreeing, tree: { ...tree, revision: "v7.3~2" } };
  expect(render(report, "text")).toContain("Linux 7.3.4 (/linux, v7.3~2)");
});

test("a driver's paths say what came of them", () => {
  const core = "the tree as it is";
  const report: BootReport = {
    schema: "treewide.boot-drivers/1",
    tree,
    cores: [{ core, drivers: [driver] }],
  };
  expect(hasFindings(report)).toBe(true);
  expect(render(report, "text")).toContain("contradicted remove (drivers/toy/x.c:9), 1 time: it leaks");
});

test("a driver's hazards say whether the kernel showed them; one that the audit lacks is a finding", () => {
  const core = "the tree as it is";
  const report = (verdict: "confirmed" | "contradicted"): BootReport => {
    const hazards = driver.hazards.map((one) => ({ ...one, verdict }));
    const drivers = [{ ...driver, paths: [], hazards }];
    return { schema: "treewide.boot-drivers/1", tree, cores: [{ core, drivers }] };
  };
  expect(hasFindings(report("confirmed"))).toBe(false);
  expect(hasFindings(report("contradicted"))).toBe(true);
  const text = render(report("confirmed"), "text");
  expect(text).toContain("confirmed    freed-under-handler (drivers/toy/x.c:30), 2 times");
  expect(text).toContain("the guest ended at setup(), call 1: Kernel panic");
});

test("that none of the drivers could be tried is a finding; that one of them could not is none", () => {
  const report = (drivers: readonly (typeof driver)[]): BootReport => ({
    schema: "treewide.boot-drivers/1",
    tree,
    cores: [{ core: "the tree as it is", drivers }],
  });
  const tried = { ...driver, paths: [], hazards: [] };
  const left = { ...tried, why: "drivers/toy/x.c does not compile" };
  expect(hasFindings(report([left, left]))).toBe(true);
  expect(hasFindings(report([left, tried]))).toBe(false);
});

test("deaths that were foretold are counted, not shown as trouble", () => {
  const tail = ["Kernel panic - not syncing: boom"];
  const deaths = ["one", "two"].map((scenario) => ({ scenario, end: "stopped-early", tail }) as const);
  const verdicts = [
    { id: "one", verdict: "agrees" },
    { id: "two", verdict: "unknown", why: ["never"] },
  ] as const;
  const report: ConformanceReport = { ...disagreeing, cores: [{ ...run, deaths, verdicts }] };
  const text = render(report, "text");
  expect(text).toContain("the kernel died in 1 of them, as the executor said: one\n");
  expect(text).toContain("the guest ended in two (stopped-early); its last lines:\n    Kernel panic");
  expect(text).not.toContain("ended in one");
});

test("a disagreement is a finding, and named", () => {
  expect(hasFindings(disagreeing)).toBe(true);
  expect(render(disagreeing, "text")).toContain("one: disagrees, driver 2\n    event 2");
});

test("of many drivers the contradictions are told once more, and why drivers and paths are missing", () => {
  const paths = [
    { path: "remove", file: "a.c", line: 1, times: 0, verdict: "not-reached", why: "it does not bind here" },
  ] as const;
  const left = { ...driver, driver: "b.c", why: "make: it fails\nmore", paths: [], hazards: [] };
  const drivers = [driver, { ...driver, driver: "a.c", paths, hazards: [] }, left];
  const text = render(
    { schema: "treewide.boot-drivers/1", tree, cores: [{ core: "as it is", drivers }] },
    "text",
  );
  const summary = text.slice(text.indexOf("  contradicted: "));
  expect(summary).toMatch(
    /^ {2}contradicted: drivers\/toy\/x\.c \(.*\): remove \(drivers\/toy\/x\.c:9\): it leaks$/m,
  );
  expect(summary).toMatch(/^3 drivers, 2 tried, /m);
  expect(summary).toContain("  not reached 1: it does not bind here\n");
  expect(summary).toContain("  not tried 1: make: it fails\n");
});
