/** treewide track: where a series stands on the list. */
import type { Command } from "commander";
import type { Point } from "../../archive/points.js";
import type { TrackedPatch, TrackedSeries } from "../../archive/track.js";
import { plural } from "../../base/plural.js";
import { printableLines } from "../../base/printable.js";
import { writeExact } from "../terminal.js";

export function register(program: Command): void {
  program
    .command("track")
    .argument("<thread>", "a Message-ID, a public-inbox URL of one, or an mbox with a thread")
    .description(
      "show each patch's state on the list: trailers, questions, requests, objections, who applied it",
    )
    .option("--archive <name>", "look in one archive (default: all)")
    .option("--open", "show only what its author has still to deal with")
    .option("--json", "print as JSON (treewide.track/1)")
    .addHelpText(
      "after",
      `
What reviewers ask, request, suggest and object is read from the phrases that they use; each reading is
printed with the words that it comes from, and is a guess. Trailers and notices are facts.

Exit status: 0 when nothing is open, 1 when something is.

Examples:
  treewide track 1771860581-82092-1-git-send-email-shawn.lin@rock-chips.com
  treewide track seed-thread.mbox --open`,
    )
    .action(action);
}

interface Options {
  readonly archive?: string;
  readonly open?: boolean;
  readonly json?: boolean;
}

async function action(name: string, options: Options): Promise<void> {
  const { namedThread } = await import("../../archive/thread-letters.js");
  const { letterOf } = await import("../../archive/letter.js");
  const { trackThread } = await import("../../archive/track.js");
  const { KnownError } = await import("../../base/errors.js");
  const { messages, messageId } = namedThread(name, options.archive);
  const all = trackThread(messages.map(letterOf));
  if (all.length === 0)
    throw new KnownError(`${name}: its thread holds no patches`, "name a message of a series");
  const named = all.filter(({ patches }) => patches.some((patch) => patch.messageId === messageId));
  const series = named.length > 0 ? named : all;
  if (options.json) writeExact(`${JSON.stringify({ schema: "treewide.track/1", series }, undefined, 2)}\n`);
  else for (const each of series) process.stdout.write(printableLines(render(each, options.open === true)));
  process.exitCode = series.some(({ patches }) => patches.some(({ points }) => points.some(isOpen))) ? 1 : 0;
}

const isOpen = ({ state }: Point) => state === "open" || state === "disputed";
const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);

function render(series: TrackedSeries, onlyOpen: boolean): string {
  const version = series.version > 1 ? ` v${series.version}` : "";
  const lines = [
    `${series.title}${version}`,
    `  ${series.from}, ${day(series.date)}, ${plural(series.total, "patch", "patches")}  <${series.messageId}>`,
    "",
  ];
  const silent: number[] = [];
  const absent: number[] = [];
  for (const patch of series.patches) {
    const body = patchLines(patch, onlyOpen);
    if (patch.messageId === undefined) absent.push(patch.number);
    else if (body.length === 0 && patch.number !== 0) silent.push(patch.number);
    else if (body.length > 0)
      lines.push(
        patch.number === 0 ? "The whole series" : `${patch.number}/${series.total} ${patch.title}`,
        ...body,
        "",
      );
  }
  if (silent.length > 0) lines.push(`${onlyOpen ? "Nothing open" : "No replies"}: ${ranges(silent)}`, "");
  if (absent.length > 0) lines.push(`Not in the archive: ${ranges(absent)}`, "");
  return lines.join("\n");
}

function patchLines(patch: TrackedPatch, onlyOpen: boolean): string[] {
  const points = patch.points.filter((point) => !onlyOpen || isOpen(point)).flatMap(pointLines);
  if (onlyOpen) return points;
  const own = patch.trailers.filter(({ scope }) => patch.number === 0 || scope === "patch");
  return [
    ...own.map(({ trailer, messageId }) => `  ${trailer.key}: ${trailer.value}  <${messageId}>`),
    ...points,
    ...patch.notices.map(({ kind, from, date, quote }) => `  ${kind} by ${from}, ${day(date)}: ${quote}`),
    ...patch.robots.map(
      ({ robot, date, quote, messageId }) => `  ${robot}, ${day(date)}: ${quote}  <${messageId}>`,
    ),
  ];
}

function pointLines(point: Point): string[] {
  const seconded = point.seconded.length > 0 ? `, seconded by ${point.seconded.join(", ")}` : "";
  return [
    `  ${point.kind} of ${point.from}, ${day(point.date)}: ${point.state}${seconded}  <${point.messageId}>`,
    ...point.quote.split("\n").map((line) => `    > ${line}`),
    ...point.responses.map(
      ({ from, stance, quote, messageId }) =>
        `    ${from} ${stance}: ${quote.split("\n")[0]!.slice(0, 90)}  <${messageId}>`,
    ),
  ];
}

/** `1-3, 7` */
function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; i++) {
    const start = numbers[i]!;
    while (numbers[i + 1] === numbers[i]! + 1) i++;
    parts.push(start === numbers[i] ? `${start}` : `${start}-${numbers[i]}`);
  }
  return parts.join(", ");
}
