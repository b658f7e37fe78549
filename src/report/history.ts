/** What past audits counted: one small file for each in the user's cache folder, for pages that show how it moved. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KnownError } from "../base/errors.js";
import { cacheFolder, writeFileAtomic } from "../base/files.js";
import type { TreeSpec } from "../kernel/tree.js";
import type { AuditReport, Summary } from "./report.js";

const historySchema = "treewide.history/1";

export interface PastAudit {
  readonly schema: typeof historySchema;
  /** The folder of the tree or repository. */
  readonly root: string;
  readonly revision: string | null;
  readonly version: string;
  readonly commit: string | null;
  /** When it was first found so: ISO 8601, UTC. */
  readonly at: string;
  readonly summary: Summary;
}

const folder = () => cacheFolder("history");

/**
 * Remembers what an audit of a whole tree counted. The same counts of the same tree are remembered once.
 * Without a writable cache nothing is remembered.
 */
export function rememberAudit(spec: TreeSpec, root: string, { tree, summary }: AuditReport): void {
  const revision = spec.kind === "revision" ? spec.revision : null;
  const { version, commit } = tree;
  const key = createHash("sha1").update(JSON.stringify([root, revision, version, commit, summary]));
  const path = join(folder(), `${key.digest("hex")}.json`);
  if (readPast(path)) return;
  const at = new Date().toISOString();
  const past: PastAudit = { schema: historySchema, root, revision, version, commit, at, summary };
  try {
    writeFileAtomic(path, `${JSON.stringify(past)}\n`);
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
  }
}

/** All that is remembered, by kernel version, then by time. */
export function pastAudits(): readonly PastAudit[] {
  let names: string[];
  try {
    names = readdirSync(folder());
  } catch {
    return []; // nothing was audited yet
  }
  return names
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => readPast(join(folder(), name)) ?? [])
    .sort((a, b) => compareVersions(a.version, b.version) || (a.at < b.at ? -1 : 1));
}

function readPast(path: string): PastAudit | undefined {
  try {
    const past = JSON.parse(readFileSync(path, "utf8")) as PastAudit;
    return past.schema === historySchema ? past : undefined;
  } catch {
    return undefined; // not there, or not ours
  }
}

/** `6.12.9` before `6.12.10` before `7.3-rc1` before `7.3`. */
export function compareVersions(a: string, b: string): number {
  const parts = (version: string) => /^([\d.]+)(?:-rc(\d+))?/.exec(version);
  const [one, two] = [parts(a), parts(b)];
  const [left, right] = [one, two].map((match) => (match?.[1] ?? "").split(".").map(Number)) as [
    number[],
    number[],
  ];
  for (let i = 0; i < Math.max(left.length, right.length); i++)
    if ((left[i] ?? 0) !== (right[i] ?? 0)) return (left[i] ?? 0) - (right[i] ?? 0);
  return Number(one?.[2] ?? Number.MAX_SAFE_INTEGER) - Number(two?.[2] ?? Number.MAX_SAFE_INTEGER);
}
