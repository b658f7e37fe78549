/** A review for a terminal: one line a patch, then what a person has to look at. */

import { plural } from "../base/plural.js";
import { printableLines } from "../base/printable.js";
import type { HazardChange, PatchReview, Review } from "../series/review.js";
import type { Undecided } from "../series/undecided.js";

const wordsOf = (kind: string) => kind.replaceAll("-", " ");
/** Places shown of each kind in the table; the JSON has them all. */
const shown = 5;

export function reviewTable(review: Review): string {
  const { tree, patches, missed, absent } = review;
  const lines = [
    `Series on Linux ${tree.version}${tree.commit ? ` (${tree.commit.slice(0, 12)})` : ""}: ${plural(patches.length, "patch", "patches")}`,
  ];
  if (absent.length > 0) lines.push(`Not given, so not judged: ${ranges(absent)}`);
  for (const patch of patches) lines.push("", ...patchLines(patch));
  lines.push(
    "",
    missed.length === 0
      ? noneMissed(patches)
      : `Missed: ${plural(missed.length, "file allocates", "files allocate")} vectors that leak after the series and did not before:`,
  );
  if (missed.length > 0 && absent.length > 0)
    lines.push(
      `  (${plural(absent.length, "patch", "patches")} of the series ${absent.length === 1 ? "was" : "were"} not given and may convert some of them)`,
    );
  for (const { file, line, why } of missed) lines.push(`  ${file}:${line}`, `      ${why}`);
  return printableLines(`${lines.join("\n")}\n`);
}

/** Of the tree with all patches that apply: with none of them, it says nothing. */
function noneMissed(patches: readonly PatchReview[]): string {
  const applied = patches.filter(({ applies }) => applies).length;
  if (applied === 0) return "No patch applies, so whether a driver is left without an owner is unknown.";
  const only = applied < patches.length ? "With only what applies, no" : "No";
  const verb = patches.some(({ applies, sound }) => applies && sound === null) ? "is known to be" : "is";
  return `${only} driver ${verb} left without an owner of its vectors.`;
}

/** Where a patch does not apply, and why; a file that is not there has no hunk. */
export function failureText({ file, hunk, why }: NonNullable<PatchReview["failure"]>): string {
  return `${file}${hunk === 0 ? "" : `, hunk ${hunk}`}: ${why}`;
}

/** Files, the first of many. */
export function firstOf(files: readonly string[]): string {
  const more = files.length > shown ? ` and ${files.length - shown} more` : "";
  return `${files.slice(0, shown).join(", ")}${more}`;
}

/** Each place once, the first of many: a patch that breaks the core leaves every driver undecided. */
export function undecidedTexts(undecided: readonly Undecided[]): string[] {
  const texts = [...new Set(undecided.map(({ file, line, why }) => `${file}:${line}: ${why}`))];
  return texts.length > shown ? [...texts.slice(0, shown), `and ${texts.length - shown} more`] : texts;
}

function stateText({ applies, sound }: PatchReview): string {
  if (!applies) return "DOES NOT APPLY";
  if (sound === null) return "CANNOT BE DECIDED";
  return sound ? "sound" : "NOT SOUND to stop here";
}

function patchLines(patch: PatchReview): string[] {
  const { n, subject, failure, undecided = [], ended = [], introduced, removed, claims, core } = patch;
  const lines = [`${String(n).padStart(3)}  ${subject}`, `     ${stateText(patch)}`];
  if (failure) lines.push(`     ${failureText(failure)}`);
  lines.push(...undecidedTexts(undecided).map((text) => `     undecided: ${text}`));
  if (ended.length > 0) lines.push(`     no longer seen to take vectors: ${firstOf(ended)}`);
  if (core) lines.push(`     core: ${core}`);
  lines.push(...changes("introduces", introduced), ...changes("removes", removed));
  for (const { text, holds, why } of claims)
    lines.push(`     ${holds ? "true" : "NOT TRUE"}: "${text}"`, `         ${why}`);
  return lines;
}

function changes(verb: string, list: readonly HazardChange[]): string[] {
  /** For each kind its places: drivers that share code share them. */
  const kinds = new Map<string, Map<string, HazardChange>>();
  for (const change of list) {
    const places = kinds.get(change.kind) ?? new Map<string, HazardChange>();
    kinds.set(change.kind, places);
    const place = `${change.file}:${change.line}`;
    if (!places.has(place)) places.set(place, change);
  }
  return [...kinds].flatMap(([kind, places]) => {
    const group = [...places.values()];
    return [
      `     ${verb} ${wordsOf(kind)}: ${group.length} place${group.length === 1 ? "" : "s"}`,
      ...group
        .slice(0, shown)
        .flatMap(({ file, line, witness }, i) => [
          `         ${file}:${line}`,
          ...(verb === "introduces" && (group.length <= 2 || i === 0)
            ? witness.map((s) => `             ${s.event} {${s.state}}`)
            : []),
        ]),
      ...(group.length > shown ? [`         and ${group.length - shown} more`] : []),
    ];
  });
}

/** "2, 4-21". */
export function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let j = i;
    while (numbers[j + 1] === numbers[j]! + 1) j++;
    parts.push(i === j ? `${numbers[i]}` : `${numbers[i]}-${numbers[j]}`);
    i = j + 1;
  }
  return parts.join(", ");
}
