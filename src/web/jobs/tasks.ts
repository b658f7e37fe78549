/** Long work as data: what a job's thread is told to do, and what it tells back. */
import { type AuditResult, auditTree } from "../../audit/audit.js";
import type { ProgressListener } from "../../base/progress.js";
import { routerOf } from "../../gate/route-tree.js";
import { openTree, type TreeSpec } from "../../kernel/tree.js";
import type { Checked } from "../series/checked.js";
import { type Judged, judgePosting, type PostingSource } from "../series/judged.js";

export type Task =
  | { readonly kind: "audit"; readonly spec: TreeSpec; readonly jobs?: number }
  | {
      readonly kind: "review";
      readonly spec: TreeSpec;
      readonly source: PostingSource;
      readonly jobs?: number;
    }
  | {
      readonly kind: "check";
      readonly spec: TreeSpec;
      /** The patches by number, as they were sent. */
      readonly mails: readonly (readonly [number, Uint8Array])[];
      readonly jobs?: number;
    };

export interface Maintained {
  readonly result: AuditResult;
  /** Who maintains each allocating file, as `Name <address>`; undefined when the tree has no usable MAINTAINERS. */
  readonly maintainers: ReadonlyMap<string, readonly string[]> | undefined;
}

export interface Outcomes {
  readonly audit: Maintained;
  readonly review: Judged;
  readonly check: Checked;
}

export interface WorkOptions {
  readonly progress: ProgressListener;
  readonly signal: AbortSignal;
}

/** @throws KnownError as the work itself does; the signal's reason when stopped */
export async function perform(task: Task, options: WorkOptions): Promise<Outcomes[Task["kind"]]> {
  const settings = { ...options, ...(task.jobs === undefined ? {} : { jobs: task.jobs }) };
  if (task.kind === "check")
    return (await import("../series/checked.js")).checkMails(task.spec, task.mails, settings);
  if (task.kind === "review") return judgePosting(task.spec, task.source, settings);
  const result = await auditTree(task.spec, settings);
  return { result, maintainers: maintainersOf(task.spec, result, options.progress) };
}

function maintainersOf(
  spec: TreeSpec,
  { drivers }: AuditResult,
  progress: ProgressListener,
): Maintained["maintainers"] {
  const files = [...new Set(drivers.map(({ driver }) => driver))];
  const tell = (done: number) => progress({ task: "finding maintainers", done, total: files.length });
  tell(0);
  const router = routerOf(openTree(spec));
  if (!router) return undefined;
  return new Map(
    files.map((file, i) => {
      const found = router.routeFiles([file]).filter(({ role }) => role === "maintainer");
      tell(i + 1);
      return [file, found.map(({ name, address }) => (name === "" ? address : `${name} <${address}>`))];
    }),
  );
}
