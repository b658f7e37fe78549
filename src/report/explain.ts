/** `treewide explain`: each release path of a driver as a timeline for the terminal. */

import type { DriverResult } from "../audit/result.js";
import { plural } from "../base/plural.js";
import { printable } from "../base/printable.js";
import type { SourceLines } from "./source-lines.js";
import { tableWidth } from "./table.js";
import { fitPath, type Paint, paint, wrap } from "./text.js";
import { type Branch, type Moment, type TimelineView, timelineOf } from "./timeline.js";
import { classWords, hazardWords } from "./words.js";

/** @param source gives the lines of the tree that was audited */
export function explainDriver(driver: DriverResult, source: SourceLines, colour = false): string {
  const ink = paint(colour);
  const paths = driver.releasePaths.map(timelineOf);
  const lines = [
    ink.bold(`${driver.driver}: ${driver.pciDriver.name} is ${driver.class}`),
    ink.dim(classWords[driver.class]),
    "",
    ...driver.allocations.map((a) => `allocates  ${a.file}:${a.line}  ${a.api}() in ${a.function}()`),
    ...driver.frees.map((f) => `frees      ${f.file}:${f.line}  ${f.api}() in ${f.function}(): ${f.when}`),
    ...driver.unknown.map((u) => `unknown    ${u.file}:${u.line}  ${u.why}`),
    ...hazards(driver, ink),
    "",
    plural(paths.length, "release path"),
    ...paths.flatMap((path, i) => ["", ...timeline(path, i + 1, source, ink)]),
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function hazards({ hazards: found }: DriverResult, ink: Paint): string[] {
  return found.flatMap(({ kind, file, line }) => {
    const { level, message } = hazardWords[kind];
    const colour = level === "error" ? ink.red : level === "warning" ? ink.yellow : (text: string) => text;
    return wrap(`${file}:${line}  ${message} [${kind}]`, tableWidth - 11).map(
      (text, i) => `${(i === 0 ? "hazard" : "").padEnd(11)}${colour(printable(text))}`,
    );
  });
}

function timeline(path: TimelineView, number: number, source: SourceLines, ink: Paint): string[] {
  const title = `${number}. ${path.path}  (${path.file}:${path.line})`;
  return [
    ink.bold(printable(title)),
    ...path.shared.flatMap((moment) => sharedMoment(moment, source, ink)),
    ...sideBySide(path, ink),
  ];
}

/** Place, source, what happened, and what is true after it. */
function sharedMoment(moment: Moment, source: SourceLines, ink: Paint): string[] {
  const code = printable((source(moment.file, moment.line) ?? "").trim().replaceAll("\t", " "));
  const inner = tableWidth - 6;
  return [
    ` ●  ${ink.dim(`${fitPath(moment.file, 60)}:${moment.line}  ${moment.function}()`)}`,
    ...(code && !/^devres:/.test(moment.event) ? [` │    ${code.slice(0, inner)}`] : []),
    ...(code.includes(moment.event.replace("()", "(")) && moment.event.endsWith("()")
      ? [] // the line says it
      : wrap(printable(moment.event), inner).map((text) => ` │    ${text}`)),
    ...(isBranch(moment) ? [] : stateLines(moment, inner)).map((text) => ` │    ${ink.dim(text)}`),
  ];
}

/** A branch changes nothing. */
function isBranch({ event }: Moment): boolean {
  return /\b(holds|does not hold)$/.test(event);
}

function stateLines({ vectors, stack, handlers }: Moment, width: number): string[] {
  const held = { none: "no vectors", unknown: "vectors unknown" }[vectors] ?? `${vectors} held`;
  const rest = handlers ? [plural(handlers, "handler")] : [];
  return wrap([held, ...rest, `devres: ${stack.join(", ") || "empty"}`].join(" · "), width);
}

const columnWidth = Math.floor((tableWidth - 4) / 2);

/** devres' turn, on both cores. */
function sideBySide({ today, afterCoreChange }: TimelineView, ink: Paint): string[] {
  const rule = (text: string) => `─ ${text} `.padEnd(columnWidth + 1, "─");
  const [left, right] = [column(today), column(afterCoreChange)];
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
    const pad = (text: string | undefined) => (text ?? "").padEnd(columnWidth);
    return ` │ ${pad(left[i])}│ ${(right[i] ?? "").slice(0, columnWidth)}`;
  });
  const ending = (branch: Branch) => {
    const lines = wrap(`${branch.ending === "leaked" ? "✗" : "✓"} ${branch.words}`, columnWidth - 1);
    const colour = branch.ending === "leaked" ? ink.red : ink.green;
    return lines.map((text) => ({ text, colour }));
  };
  const [endLeft, endRight] = [ending(today), ending(afterCoreChange)];
  const ends = Array.from({ length: Math.max(endLeft.length, endRight.length) }, (_, i) => {
    const [l, r] = [endLeft[i], endRight[i]];
    const gap = " ".repeat(columnWidth - (l?.text.length ?? 0));
    return ` │ ${l ? l.colour(l.text) : ""}${gap}│ ${r ? r.colour(r.text) : ""}`;
  });
  return [` ├${rule("today")}┬${rule("after the core change").slice(0, columnWidth)}`, ...rows, ...ends];
}

function column({ moments }: Branch): string[] {
  return moments.flatMap((moment) => [
    ...wrap(printable(moment.event), columnWidth - 1),
    ...stateLines(moment, columnWidth - 3).map((text) => `  ${text}`),
  ]);
}
