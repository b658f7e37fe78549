/** Ranges of dates and sizes: `from..to`, either end open. Words for dates are git's ("2.weeks.ago"). */
import { UsageError } from "../base/errors.js";
import { runSync } from "../base/process.js";

/** Both ends belong to the range; undefined is open. Seconds since 1970, or bytes. */
export interface DateRange {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

const day = 86400;

/** @throws UsageError when an end is no date. */
export function parseRange(field: "date" | "received" | "bytes", text: string): DateRange {
  const [first, second] = text.split("..", 2) as [string, string | undefined];
  if (field === "bytes") return { from: size(first), to: second === undefined ? size(first) : size(second) };
  const from = moment(first, field);
  if (second !== undefined) {
    const to = moment(second, field);
    return { from: from?.start, to: to?.end };
  }
  if (!from) throw new UsageError("d: needs a date", "for example d:2021-03-01 or d:last.week..");
  // A day is that day; a moment is the day that begins with it, as public-inbox has it.
  return { from: from.start, to: from.end > from.start ? from.end : from.start + day };
}

interface Moment {
  readonly start: number;
  /** Equal to `start` for a moment; the last second of a day. */
  readonly end: number;
}

function moment(text: string, field: "date" | "received"): Moment | undefined {
  if (text === "") return undefined;
  const date = /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ]?(\d\d):?(\d\d):?(\d\d)Z?)?$/.exec(text);
  if (date) {
    const [year, month, dayOfMonth, hour, minute, second] = date.slice(1).map(Number) as number[];
    const start = Date.UTC(year!, month! - 1, dayOfMonth, hour || 0, minute || 0, second || 0) / 1000;
    const [, ...read] = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)/.exec(new Date(start * 1000).toISOString())!;
    const isThere = date.slice(1).every((part, i) => part === undefined || Number(part) === Number(read[i]));
    if (!isThere) throw noDate(text); // the 31st of June would be read as the 1st of July
    return { start, end: date[4] === undefined ? start + day - 1 : start };
  }
  if (field === "received" && /^\d{9,}$/.test(text)) return { start: Number(text), end: Number(text) };
  const time = approxidate(text);
  return { start: time, end: time };
}

function noDate(text: string): UsageError {
  return new UsageError(`"${text}" is no date`, "for example 2021-03-01 or last.week");
}

/** git's own reading of dates (git-config(1), `--type=expiry-date`: the one that needs no repository), UTC. */
function approxidate(text: string): number {
  if (!/^[\w.,:+\- /]{1,64}$/.test(text)) throw noDate(text);
  const args = ["-c", `treewide.date=${text}`, "config", "--type=expiry-date", "treewide.date"];
  const { status, stdout } = runSync("git", args, { env: { TZ: "UTC" }, timeout: 5000, accept: "any" });
  if (status !== 0) throw noDate(text);
  return Math.min(Number(stdout.toString("latin1")), Math.floor(Date.now() / 1000)); // "now" is the end of time
}

function size(text: string): number | undefined {
  if (text === "") return undefined;
  const match = /^(\d{1,12})([km]?)$/i.exec(text);
  if (!match) throw new UsageError(`"${text}" is no size`, "for example z:100k..");
  return Number(match[1]) * ({ "": 1, k: 1 << 10, m: 1 << 20 }[match[2]!.toLowerCase()] ?? 1);
}
