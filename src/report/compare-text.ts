/** A comparison of two audits as a table or as JSON. */
import { printable } from "../base/printable.js";
import { driverClasses } from "../ownership/classify.js";
import {
  type ChangeKind,
  type Comparison,
  changeKinds,
  type DriverChange,
  type HazardPlace,
} from "./compare.js";
import { tableWidth } from "./table.js";
import { fitPath, paint } from "./text.js";

/** Places shown of one driver; the JSON has them all. */
const shown = 5;

const changeWords: Readonly<Record<ChangeKind, string>> = {
  "newly-leaking": "leak on a path on which they did not, today or after the core change",
  "newly-hybrid": "free what devres frees as well, and did not",
  worse: "show a hazard on a path on which they did not",
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

/** The driver, and below it what it was and is; of one that was there, where its new hazards are. */
function row({ driver, pciDriver, before, after, came, went }: DriverChange): string[] {
  const classes = `${before?.class ?? "(absent)"} → ${after?.class ?? "(absent)"}`;
  const hazards = [...counted("+", came), ...(after ? counted("-", went) : [])].join(" ");
  const tail = ` ${pciDriver}`;
  const places = before ? came : [];
  return [
    `  ${fitPath(driver, tableWidth - 2 - tail.length)}${tail}`,
    `      ${classes}${hazards ? `  ${hazards}` : ""}`,
    ...places.slice(0, shown).map(({ kind, file, line, what }) => {
      const end = `:${line}${what ? ` ${what}` : ""}`;
      return `        +${kind} ${fitPath(file, tableWidth - 10 - kind.length - end.length)}${end}`;
    }),
    ...(places.length > shown ? [`        and ${places.length - shown} more`] : []),
  ];
}

/** "+leaks-today +3 freed-twice". */
function counted(sign: "+" | "-", places: readonly HazardPlace[]): string[] {
  const counts = new Map<string, number>();
  for (const { kind } of places) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${sign}${count > 1 ? `${count} ` : ""}${kind}`);
}
