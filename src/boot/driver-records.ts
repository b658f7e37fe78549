/**
 * What the guest did with a driver, kept in the cache: hours of compiling and booting are not repeated because somebody
 * pressed Ctrl-C. Observations are kept, no verdicts: these are the executor's of today.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { writeFileAtomic } from "../base/files.js";
import type { Position } from "../base/position.js";
import type { DriverDevice } from "./driver-devices.js";
import type { FailedProbes } from "./fail-each.js";
import type { Act } from "./scenario.js";

/** To be raised when a record comes to mean something else. */
const FORMAT = 1;

/** To be raised when drivers can be tried that could not before: records of those that could not are void then. */
const CAN_TRY = 2;

/** One driver in the guest. */
export interface TriedDriver extends Pick<FailedProbes, "deaths" | "complete"> {
  readonly kind: "tried";
  readonly name: string;
  readonly device: DriverDevice;
  /** Functions that were to be watched and failed, in the kernel or not. */
  readonly calls: readonly string[];
  /** Each bind, and the places of the driver's code at which something was made to fail or returned what probe returned. */
  readonly acts: readonly { readonly act: Act; readonly failedAt: readonly Position[] }[];
}

export type DriverRecord =
  | TriedDriver
  /** It is in no kernel that compiles and starts, and will not be the next time. */
  | { readonly kind: "untried"; readonly why: string };

/** The records of one state of a tree. */
export class DriverRecords {
  constructor(
    private readonly folder: string,
    /** What a record depends on beside the driver: the tree's state and the harness. */
    private readonly base: string,
  ) {}

  /**
   * The record of a driver; undefined when there is none, or when it was not watched for all of these calls. Who took no
   * vectors has none of them failed.
   */
  find(driver: string, calls: readonly string[]): DriverRecord | undefined {
    let record: DriverRecord & { readonly canTry?: number };
    try {
      record = JSON.parse(gunzipSync(readFileSync(this.path(driver))).toString("utf8"));
    } catch {
      return undefined; // none, or one that was cut off with the power
    }
    if (record.kind === "untried")
      return record.canTry === CAN_TRY ? { kind: "untried", why: record.why } : undefined;
    const { calls: watched, acts, deaths } = record;
    if (acts.length + deaths.length === 0) return undefined; // of a guest that did not say what it saw
    return !tookVectors(record) || calls.every((call) => watched.includes(call)) ? record : undefined;
  }

  /** There is a record, of whatever calls. */
  has(driver: string): boolean {
    return existsSync(this.path(driver));
  }

  keep(driver: string, record: DriverRecord): void {
    const slim =
      record.kind === "tried"
        ? {
            ...record,
            acts: record.acts.map(({ act, failedAt }) => ({ act: withoutMessages(act), failedAt })),
          }
        : { ...record, canTry: CAN_TRY };
    writeFileAtomic(this.path(driver), gzipSync(JSON.stringify(slim)));
  }

  private path(driver: string): string {
    const key = createHash("sha256")
      .update(JSON.stringify([FORMAT, this.base, driver]))
      .digest("hex");
    return join(this.folder, `${key.slice(0, 16)}.json.gz`);
  }
}

const tookVectors = ({ acts }: TriedDriver) =>
  acts.some(({ act }) => act.events.some(({ event }) => event === "allocated"));

/** The kernel's messages are most of a trace; their signs and places have been read off them. */
const withoutMessages = (act: Act): Act => ({
  ...act,
  lines: act.lines.filter(({ kind }) => kind !== "message"),
});
