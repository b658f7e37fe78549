/** What a server was given to show: trees, series, archives; and the work that fills them. */
import { statSync } from "node:fs";
import { basename } from "node:path";
import type { Archive } from "../archive/archive.js";
import { openTree, type Tree, type TreeSpec } from "../kernel/tree.js";
import { rememberAudit } from "../report/history.js";
import { Jobs, type JobView } from "./jobs/jobs.js";
import { type BenchSeries, seriesOf } from "./series/bench-series.js";
import { groundOf, type PostingSource } from "./series/judged.js";
import { type Audited, audited } from "./tree/audited.js";
import { SourceFiles } from "./tree/source-files.js";

export interface BenchTree {
  /** Its part of addresses. */
  readonly name: string;
  /** As it was at the newest audit: a revision's name can come to mean another commit. */
  tree: Tree;
  sources: SourceFiles;
  /** Absent until the first audit has ended. */
  audited?: Audited;
  /** The newest audit: running, waiting or ended. */
  jobId?: string;
}

export interface BenchOptions {
  readonly archives: readonly Archive[];
  /** Threads of a job; by default as many as there are processors. */
  readonly jobs?: number | undefined;
}

/** Series beyond this are forgotten, oldest first: each keeps its mails in memory. */
const maxSeries = 40;

export class Bench {
  readonly jobs = new Jobs();
  readonly trees = new Map<string, BenchTree>();
  readonly series = new Map<string, BenchSeries>();
  private changes = 0;

  constructor(private readonly options: BenchOptions) {}

  get archives(): readonly Archive[] {
    return this.options.archives;
  }

  /** Changes whenever a result or an archive does: pages made under another value are stale. */
  version(): string {
    return [this.changes, ...this.archives.map((archive) => archive.version())].join(".");
  }

  /** @throws KnownError when there is no kernel tree. */
  addTree(spec: TreeSpec): BenchTree {
    const tree = openTree(spec);
    const same = [...this.trees.values()].find((each) => sameSpec(each.tree.spec, spec));
    if (same) return same;
    const revision = spec.kind === "revision" ? `@${spec.revision}` : "";
    const name = unused(slug(`${basename(tree.root)}${revision}`), this.trees);
    const bench: BenchTree = { name, tree, sources: new SourceFiles(tree) };
    this.trees.set(bench.name, bench);
    this.changes++;
    return bench;
  }

  /** Starts an audit, or names the one that is under way. @throws KnownError when too much waits already. */
  audit(bench: BenchTree): JobView {
    const under = this.underWay("audit", bench.jobId);
    if (under) return under;
    const job = this.jobs.start<"audit">({
      task: { kind: "audit", spec: bench.tree.spec, ...this.threads() },
      title: `audit of ${bench.name}`,
      href: `/tree/${bench.name}/`,
      take: (outcome) => {
        bench.tree = openTree(bench.tree.spec);
        bench.sources = new SourceFiles(bench.tree);
        bench.audited = audited(outcome);
        this.changes++;
        rememberAudit(bench.tree.spec, bench.tree.root, bench.audited.report);
      },
    });
    bench.jobId = job.id;
    return job;
  }

  /** @throws KnownError when there is no series in it. */
  addSeries(source: PostingSource, title?: string): BenchSeries {
    const made = seriesOf(source, title);
    const series: BenchSeries = { ...made, name: unused(slug(made.title), this.series) };
    this.series.set(series.name, series);
    this.changes++;
    for (const name of [...this.series.keys()].slice(0, Math.max(0, this.series.size - maxSeries)))
      this.series.delete(name);
    return series;
  }

  /** Judges a series on a tree. @throws KnownError when too much waits already. */
  judge(series: BenchSeries, { tree, name }: BenchTree): JobView {
    const under = this.underWay("review", series.jobId);
    if (under) return under;
    const job = this.jobs.start<"review">({
      task: { kind: "review", spec: tree.spec, source: series.source, ...this.threads() },
      title: `proof of “${series.title}” on ${name}`,
      href: `/series/${series.name}/`,
      take: (outcome) => {
        series.judged = { ...outcome, tree: name };
        this.changes++;
      },
    });
    series.jobId = job.id;
    return job;
  }

  /** Compiles a series' patches on a tree. @throws KnownError when too much waits already. */
  check(series: BenchSeries, { tree, name }: BenchTree): JobView {
    const under = this.underWay("check", series.jobId);
    if (under) return under;
    const job = this.jobs.start<"check">({
      task: {
        kind: "check",
        spec: groundOf(tree.spec, series.source),
        mails: [...series.mails].filter(([n]) => n !== 0),
        ...this.threads(),
      },
      title: `compile and checkpatch of “${series.title}” on ${name}`,
      href: `/series/${series.name}/`,
      take: (outcome) => {
        series.checked = outcome;
        this.changes++;
      },
    });
    series.jobId = job.id;
    return job;
  }

  /** Starts what the bench was given: the audits, then the proof of each series on the first tree. */
  begin(): void {
    for (const tree of this.trees.values()) this.audit(tree);
    const [first] = this.trees.values();
    if (first) for (const series of this.series.values()) this.judge(series, first);
  }

  close(): void {
    this.jobs.close();
    for (const archive of this.archives) archive.close();
  }

  /** The job, when it is of that kind and has not ended: it is not started twice. */
  private underWay(kind: JobView["kind"], id: string | undefined): JobView | undefined {
    const job = id === undefined ? undefined : this.jobs.get(id);
    return job?.kind === kind && job.endedAt === null ? job : undefined;
  }

  private threads(): { jobs?: number } {
    return this.options.jobs === undefined ? {} : { jobs: this.options.jobs };
  }
}

/** Whether a tree lies in a git repository of its own, so that its revisions can be audited, too. */
export function hasRevisions({ tree }: BenchTree): boolean {
  return (
    tree.spec.kind === "revision" || statSync(`${tree.root}/.git`, { throwIfNoEntry: false }) !== undefined
  );
}

function sameSpec(a: TreeSpec, b: TreeSpec): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A name for addresses: letters, digits and a few signs. */
export function slug(text: string): string {
  const clean = text
    .replace(/[^\w.@-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 80);
  return clean === "" ? "unnamed" : clean;
}

function unused(name: string, taken: ReadonlyMap<string, unknown>): string {
  if (!taken.has(name)) return name;
  for (let n = 2; ; n++) if (!taken.has(`${name}-${n}`)) return `${name}-${n}`;
}
