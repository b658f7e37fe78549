/** A check's result for people and for programs. */
import { printable, printableLines } from "../../base/printable.js";
import type { CheckResult, CommitResult, Finding } from "./check.js";

/** A finding that must be put right: notes are matters of taste. */
function isFault({ severity }: Finding): boolean {
  return severity !== "note";
}

/** Whether any commit has a fault. */
export function hasFaults({ commits }: CheckResult): boolean {
  return commits.some(({ findings }) => findings.some(isFault));
}

/** `treewide.check/1` (docs/CHECK.md). */
export function checkJson(result: CheckResult): string {
  const findings = result.commits.flatMap((commit) => commit.findings);
  const objects = result.commits.flatMap((commit) => commit.objects);
  const count = (state: string) => objects.filter((one) => one.state === state).length;
  const summary = {
    commits: result.commits.length,
    faulty: result.commits.filter((commit) => commit.findings.some(isFault)).length,
    faults: findings.filter(isFault).length,
    notes: findings.filter((one) => !isFault(one)).length,
    built: count("built"),
    failed: count("failed"),
    failedBefore: count("failed-before"),
    notCompiled: count("not-compiled"),
    ...result.counts,
  };
  const { repository, base, missing, commits } = result;
  return `${JSON.stringify({ schema: "treewide.check/1", repository, base, summary, missing, commits }, null, 2)}\n`;
}

const TOOLS = ["compiler", "checkpatch", "kernel-doc", "diff-check"] as const;
const COLUMN: Readonly<Record<Finding["tool"], (typeof TOOLS)[number]>> = {
  compiler: "compiler",
  objtool: "compiler",
  stub: "compiler",
  checkpatch: "checkpatch",
  "kernel-doc": "kernel-doc",
  "diff-check": "diff-check",
};

/** A table of the commits, then what is wrong with each, then what could not be told. */
export function checkText(result: CheckResult, width = 100): string {
  const rows = result.commits.map((commit) => [
    commit.commit.slice(0, 12),
    objectsCell(commit),
    ...TOOLS.map((tool) => findingsCell(commit.findings.filter((one) => COLUMN[one.tool] === tool))),
    commit.subject,
  ]);
  const table = [["commit", "objects", ...TOOLS, "subject"], ...rows];
  const widths = table[0]!.map((_, at) => Math.max(...table.map((row) => row[at]!.length)));
  const lines = table.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at]!)))
      .join("  ")
      .slice(0, width),
  );
  const below = [...result.commits.flatMap(detailLines), ...unknownLines(result), "", summary(result), ""];
  return printableLines([...lines, ...below].join("\n"));
}

/** One line for a log, when all is known of a commit. */
export function commitLine(commit: CommitResult, done: number, total: number): string {
  const where = `${done}/${total} ${commit.commit.slice(0, 12)}`;
  const compiled = commit.objects.length > 0 ? `${objectsCell(commit)} objects, ` : "";
  return printable(`${where} ${commit.subject}: ${compiled}${findingsCell(commit.findings)}`);
}

function objectsCell({ objects }: CommitResult): string {
  const built = objects.filter(({ state }) => state === "built").length;
  return objects.length === 0 ? "-" : `${built}/${objects.length}`;
}

function findingsCell(findings: readonly Finding[]): string {
  if (findings.length === 0) return "ok";
  const faults = findings.filter(isFault).length;
  const notes = findings.length - faults;
  const words = [
    faults && `${faults} fault${faults > 1 ? "s" : ""}`,
    notes && `${notes} note${notes > 1 ? "s" : ""}`,
  ];
  return words.filter(Boolean).join(", ");
}

function detailLines({ commit, subject, findings }: CommitResult): readonly string[] {
  if (findings.length === 0) return [];
  return [
    "",
    `${commit.slice(0, 12)} ${subject}`,
    ...findings.flatMap(({ file, line, severity, message, tool, configuration, log }) => [
      `  ${file}${line ? `:${line}` : ""}: ${severity}: ${message} [${tool}${configuration ? `, ${short(configuration)}` : ""}]`,
      ...(log && severity === "error" ? [`    log: ${log}`] : []),
    ]),
  ];
}

/** Turning one symbol off takes others with it; they are in the JSON. */
function short(configuration: string): string {
  const words = configuration.split(" ");
  return words.length <= 5 ? configuration : `${words.slice(0, 5).join(" ")} …`;
}

/** What was not compiled or stands for more, and why; equal reasons once. */
function unknownLines({ commits, missing }: CheckResult): readonly string[] {
  const reasons = new Map<string, Set<string>>();
  const say = (why: string, what: string) => reasons.set(why, (reasons.get(why) ?? new Set()).add(what));
  for (const { objects, skipped } of commits) {
    for (const { file, state, reason = "" } of objects) {
      if (state === "not-compiled") say(reason, file);
      if (state === "failed-before") say("does not compile at the parent either", file);
    }
    for (const { file, why } of skipped) say(why, file);
  }
  for (const name of missing) say("the tree has no such script", name);
  if (reasons.size === 0) return [];
  const list = [...reasons].map(([why, files]) => {
    const names = [...files];
    return `  ${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}: ${why}`;
  });
  return ["", "Not compiled, or only in part:", ...list];
}

function summary({ commits, counts }: CheckResult): string {
  const faulty = commits.filter(({ findings }) => findings.some(isFault)).length;
  const lost = commits
    .flatMap(({ objects }) => objects)
    .filter(({ state }) => state === "not-compiled" || state === "failed-before").length;
  return [
    `${commits.length} commit${commits.length === 1 ? "" : "s"}`,
    faulty === 0 ? "no faults" : `${faulty} with faults`,
    ...(lost > 0 ? [`${lost} object${lost === 1 ? "" : "s"} could not be compiled`] : []),
    `${counts.compiled} compilation${counts.compiled === 1 ? "" : "s"}`,
    `${counts.fromCache} result${counts.fromCache === 1 ? "" : "s"} from the cache`,
  ].join(", ");
}
