/** A comparison of two audits as a table or as JSON. */
import { printable } from "../base/printable.js";
import { driverClasses } from "../ownership/classify.js";
import { type ChangeKind, type Comparison, changeKinds, type DriverChange } from "./compare.js";
import { tableWidth } from "./table.js";
import { fitPath, paint } from "./text.js";

const changeWords: Readonly<Record<ChangeKind, string>> = {
  "newly-leaking": "leak on a path on which they did not, today or after the core change",
  "newly-hybrid": "free what devres frees as well, and did not",
  worse: "show a hazard of another kind that they did not show",
  undecided: "could be decided before",
  added: "new, and without a hazard",
  fixed: "show no hazard any more",
  changed: "another class, or fewer hazards",
  gone: "no longer in the tree, or no longer allocate vectors",
};

export function comparisonText(comparison: Comparison, format: "table" | "json", colour: boolean): string {
  if (format === "json") return `${JSON.stringify(comparison, null, 1)}\n`;
  const ink = paint(colour);
  const { before, after, changes } = comparison;
  const name = (tree: Comparison["before"]) =>
    printable(tree.version) + (tree.commit ? ` (${tree.commit.slice(0, 12)})` : "");
  const lines = [ink.bold(`Linux ${name(before)} to ${name(after)}`)];
  for (const kind of changeKinds) {
    const list = changes.filter((c) => c.change === kind);
    if (list.length === 0) continue;
    lines.push("", `${ink.bold(`${kind} (${list.length})`)}  ${ink.dim(changeWords[kind])}`);
    for (const change of list) lines.push(...row(change).map(printable));
  }
  if (changes.length === 0) lines.push("", "No driver changed its class or its hazards.");
  lines.push("", `${"class".padEnd(16)}${"before".padStart(8)}${"after".padStart(8)}`);
  for (const name of driverClasses) {
    const [old, now] = [before.summary.byClass[name], after.summary.byClass[name]];
    if (old + now > 0) lines.push(`${name.padEnd(16)}${String(old).padStart(8)}${String(now).padStart(8)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** The driver, and below it what it was and is. */
function row({ driver, pciDriver, before, after }: DriverChange): string[] {
  const classes = `${before?.class ?? "(absent)"} → ${after?.class ?? "(absent)"}`;
  const came = after?.hazards.filter((h) => !before?.hazards.includes(h)) ?? [];
  const went = before?.hazards.filter((h) => !after?.hazards.includes(h)) ?? [];
  const hazards = [...came.map((h) => `+${h}`), ...(after ? went.map((h) => `-${h}`) : [])].join(" ");
  const tail = ` ${pciDriver}`;
  return [
    `  ${fitPath(driver, tableWidth - 2 - tail.length)}${tail}`,
    `      ${classes}${hazards ? `  ${hazards}` : ""}`,
  ];
}
