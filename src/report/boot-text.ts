/** Reports of the test machine, as text. */
import type { ClaimVerdict } from "../boot/claims.js";
import type { DriverReport } from "../boot/driver-report.js";
import type { DriversReport } from "../boot/real-drivers.js";
import type { ClaimsReport, ConformanceReport, CoreRun, TreeName } from "../boot/sessions.js";

/** Disagreements printed in full; the JSON has all. */
const SHOWN = 20;
/** Lines of a dead guest's console; the JSON has more. */
const LAST_LINES = 8;

const VERDICT_WORDS = {
  holds: "HOLDS",
  "does-not-hold": "no",
  "not-applicable": "n/a",
  unknown: "unknown",
} as const;

/** `Linux 7.3.4 (/home/me/linux, v7.3)`. */
export const titleOf = ({ version, path, revision }: TreeName): string =>
  `Linux ${version} (${path}${revision === undefined ? "" : `, ${revision}`})`;

export function conformanceText({ tree, cores }: ConformanceReport): string {
  const lines = [`${titleOf(tree)}: the executor against the booted kernel`, ""];
  for (const core of cores) {
    const count = (verdict: string) => core.verdicts.filter((one) => one.verdict === verdict).length;
    lines.push(
      `${core.core}: ${core.verdicts.length} scenarios, ${count("agrees")} agree, ${count("disagrees")} disagree, ` +
        `${count("unknown")} unknown; ${effort(core)}`,
    );
    const bad = core.verdicts.filter((one) => one.verdict !== "agrees");
    for (const one of bad.slice(0, SHOWN)) {
      const where = one.verdict === "disagrees" ? `, driver ${one.act + 1}` : "";
      lines.push(`  ${one.id}: ${one.verdict}${where}`, ...one.why.map((why) => `    ${why}`));
    }
    if (bad.length > SHOWN) lines.push(`  and ${bad.length - SHOWN} more: see --format json`);
    lines.push(...troubleLines(core, foretold(core)));
  }
  return `${lines.join("\n")}\n`;
}

export function claimsText({ tree, claims, cores }: ClaimsReport): string {
  const lines = [`${titleOf(tree)}: the claims of the thread, decided by booting`, ""];
  for (const claim of claims) {
    lines.push(`${claim.title}${claim.fault ? "" : " (no fault of the core)"}`);
    for (const core of cores) {
      const one = core.verdicts.find((verdict) => verdict.claim === claim.id)!;
      lines.push(`  ${VERDICT_WORDS[one.verdict].padEnd(8)}${core.core}`, `          ${one.shown}`);
      lines.push(...traceLines(one).flatMap((line) => folded(line, "            ")));
    }
    lines.push("");
  }
  for (const core of cores) lines.push(`${core.core}: ${effort(core)}`, ...troubleLines(core, decided(core)));
  return `${lines.join("\n")}\n`;
}

const COLUMNS = 100;

/** A long line as several, broken after commas, the later ones indented further. */
function folded(line: string, indent: string): readonly string[] {
  const lines = [indent];
  for (const piece of line.split(/(?<=, )/)) {
    const last = lines.at(-1)!;
    if (last.trim() !== "" && last.length + piece.trimEnd().length > COLUMNS)
      lines.push(`${indent}  ${piece}`);
    else lines[lines.length - 1] = last + piece;
  }
  return lines.map((text) => text.trimEnd());
}

/** What the kernel did, a line for each driver and each of its messages. */
export function traceLines({ traces }: Pick<ClaimVerdict, "traces">): readonly string[] {
  return traces.flatMap((acts) =>
    acts.flatMap(({ driver, bind, events, messages }) => [
      `${driver}${bind === 0 ? "" : ` (probe failed, errno ${bind})`}: ${events.join(", ")}`,
      ...messages.map((message) => `  kernel: ${message}`),
    ]),
  );
}

/** `2 boots, 41.3 s`. */
export const effort = ({ boots, seconds }: Pick<CoreRun, "boots" | "seconds">): string =>
  `${boots} ${boots === 1 ? "boot" : "boots"}, ${seconds} s`;

/** The ends of the guest that the report does not have to explain, and in which words it counts them. */
export interface Explained {
  readonly deaths: CoreRun["deaths"];
  readonly as: string;
}

/** Scenarios in which the kernel died, and was to. */
function foretold({ deaths, verdicts }: ConformanceReport["cores"][number]): Explained {
  const agreeing = new Set(verdicts.flatMap(({ id, verdict }) => (verdict === "agrees" ? [id] : [])));
  return { deaths: deaths.filter(({ scenario }) => agreeing.has(scenario)), as: "as the executor said" };
}

/** Scenarios of claims that were decided all the same: the death came after, or decides. */
export function decided({ deaths, verdicts }: ClaimsReport["cores"][number]): Explained {
  const open = new Set(verdicts.flatMap(({ claim, verdict }) => (verdict === "unknown" ? [claim] : [])));
  const settled = deaths.filter(
    ({ scenario }) =>
      verdicts.some(({ claim }) => claim === claimOf(scenario)) && !open.has(claimOf(scenario)),
  );
  return { deaths: settled, as: "with the claim decided" };
}

const claimOf = (scenario: string) => scenario.replace(/\.\d+$/, "");

/** Boots that did not come to their end, and functions that could not be watched. */
export function troubleLines(
  { deaths, untraced }: Pick<CoreRun, "deaths" | "untraced">,
  explained: Explained,
): readonly string[] {
  const names = explained.deaths.map(({ scenario }) => scenario);
  const lines = [
    ...(names.length > 0
      ? [`  the kernel died in ${names.length} of them, ${explained.as}: ${names.join(", ")}`]
      : []),
    ...deaths
      .filter((death) => !explained.deaths.includes(death))
      .flatMap(({ scenario, end, tail }) => [
        `  the guest ended in ${scenario} (${end}); its last lines:`,
        ...lastWords(tail).map((line) => `    ${line}`),
      ]),
  ];
  return untraced.length > 0 ? [...lines, `  not in this kernel, or inlined: ${untraced.join(", ")}`] : lines;
}

/** The last lines, below the one that says why, which stands before a call trace. */
function lastWords(tail: readonly string[]): readonly string[] {
  const last = tail.slice(-LAST_LINES);
  const why = tail.find((line) => /Kernel panic|Oops: |BUG: /.test(line));
  return why === undefined || last.includes(why) ? last : [why, "…", ...last];
}

export function driversText({ tree, cores }: DriversReport): string {
  const lines = [`${titleOf(tree)}: real drivers, each allocation of their probes failed in turn`, ""];
  for (const { core, drivers } of cores) {
    if (cores.length > 1) lines.push(`${core}:`, "");
    for (const one of drivers) lines.push(...driverLines(one), "");
    if (drivers.length > 1) lines.push(...driversSummary(drivers), "");
  }
  return `${lines.join("\n")}\n`;
}

/** What came of all drivers together: what contradicts the audit first, then how much was seen, and what kept the rest. */
function driversSummary(drivers: readonly DriverReport[]): readonly string[] {
  const tried = drivers.filter(({ why }) => why === undefined);
  const paths = tried.flatMap((one) => one.paths);
  const hazards = tried.flatMap((one) => one.hazards);
  const counts = (rows: readonly { readonly verdict: string }[]) =>
    ["confirmed", "contradicted", "not-reached"]
      .map(
        (verdict) => `${rows.filter((row) => row.verdict === verdict).length} ${verdict.replace("-", " ")}`,
      )
      .join(", ");
  const wrong = tried.flatMap((one) =>
    [...one.paths.flatMap(contradiction), ...one.hazards.flatMap(contradiction)].map(
      (what) => `  contradicted: ${one.driver} (${one.name}): ${what}`,
    ),
  );
  const kept = tally(
    paths.flatMap(({ verdict, why = "" }) =>
      verdict === "not-reached" ? [why.replace(/ \(errno \d+\)$/, "")] : [],
    ),
  );
  const left = tally(drivers.flatMap(({ why }) => (why === undefined ? [] : [why.split("\n", 1)[0]!])));
  return [
    ...wrong,
    `${drivers.length} drivers, ${tried.length} tried, ${tried.filter(({ binds }) => binds[0] === 0).length} bound, ` +
      `${tried.filter((one) => one.paths.some(({ verdict }) => verdict === "confirmed")).length} with a path confirmed`,
    `${paths.length} release paths: ${counts(paths)}`,
    ...kept.map(([why, times]) => `  not reached ${times}: ${why}`),
    `${hazards.length} hazards: ${counts(hazards)}`,
    ...left.map(([why, times]) => `  not tried ${times}: ${why}`),
  ];
}

function contradiction(
  row: DriverReport["paths"][number] | DriverReport["hazards"][number],
): readonly string[] {
  if (row.verdict !== "contradicted") return [];
  return "path" in row
    ? [`${row.path} (${row.file}:${row.line}): ${row.why}`]
    : [`${row.kind}, which the audit has nowhere${counted(row.times)}`];
}

/** How often each is there, the most frequent first. */
function tally(all: readonly string[]): readonly (readonly [string, number])[] {
  const times = new Map<string, number>();
  for (const one of all) times.set(one, (times.get(one) ?? 0) + 1);
  return [...times].sort((a, b) => b[1] - a[1]);
}

const VERDICT_COLUMN = 13;

function driverLines(one: DriverReport): readonly string[] {
  if (one.why !== undefined) return [`${one.driver}: not tried: ${one.why}`];
  const device = one.device!;
  return [
    `${one.driver} (${one.name}) on ${device.address}${device.own ? "" : ", a device that is not its own"}`,
    `  bound undisturbed: ${one.binds.map((errno) => (errno === 0 ? "yes" : `no (errno ${errno})`)).join(", ")}`,
    `  ${one.failures} allocations and calls failed, ${one.failuresWithVectors} probe failures with vectors allocated, ` +
      `${one.leaks} leaks${one.complete ? "" : "; not all were tried"}`,
    ...one.deaths.map(({ nth, call, text }) => `  the guest ended ${whereEnded(nth, call)}: ${text}`),
    ...one.paths.map(
      ({ path, file, line, verdict, times, why }) =>
        `  ${verdict.padEnd(VERDICT_COLUMN)}${path} (${file}:${line})${counted(times)}${why ? `: ${why}` : ""}`,
    ),
    ...one.hazards.map(
      ({ kind, verdict, times, places }) =>
        `  ${verdict.padEnd(VERDICT_COLUMN)}${kind} (${
          places.map(({ file, line }) => `${file}:${line}`).join(", ") || "the audit has none"
        })${counted(times)}`,
    ),
  ];
}

function whereEnded(nth: number, call: string | undefined): string {
  if (nth === 0) return "before anything was failed";
  return `at ${call === undefined ? "allocation" : `${call}(), call`} ${nth}`;
}

const counted = (times: number) => (times > 0 ? `, ${times} ${times === 1 ? "time" : "times"}` : "");
