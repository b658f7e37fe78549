/** Judges a posted series patch by patch, on a tree that it never touches. */
import type { WitnessStep } from "../audit/result.js";
import { noProgress, type Progress } from "../base/progress.js";
import type { Tree, TreeSpec } from "../kernel/tree.js";
import type { HazardKind } from "../ownership/observer.js";
import { applyDiffs } from "./apply.js";
import { type Claim, checkClaims } from "./claims.js";
import { type Finding, Judge, type JudgeOptions, type Snapshot } from "./judge.js";
import { type MissedDriver, missedDrivers } from "./missed.js";
import type { PostedPatch, Posting } from "./posting.js";
import type { Undecided } from "./undecided.js";

export interface HazardChange {
  readonly kind: HazardKind;
  readonly driver: string;
  readonly file: string;
  readonly line: number;
  readonly witness: readonly WitnessStep[];
}

export interface PatchReview {
  readonly n: number;
  readonly subject: string;
  readonly messageId: string;
  readonly applies: boolean;
  /** Where and why it does not apply. */
  readonly failure?: { readonly file: string; readonly hunk: number; readonly why: string };
  /**
   * Whether the tree is no worse than before the series, if one stops here. Null when the patch does not apply, and when
   * this or an earlier patch left drivers undecided and nothing else is worse.
   */
  readonly sound: boolean | null;
  /** Drivers of which nothing can be said from this patch on, and why. */
  readonly undecided?: readonly Undecided[];
  /**
   * Files of drivers that took vectors before this patch and do not any more, as far as can be seen: by a function that
   * the tree has not, or through a pointer, they may still.
   */
  readonly ended?: readonly string[];
  readonly introduced: readonly HazardChange[];
  readonly removed: readonly HazardChange[];
  readonly claims: readonly Claim[];
  /** What a change to the core means for drivers. */
  readonly core?: string;
}

/** `treewide.review/1`. */
export interface Review {
  readonly schema: "treewide.review/1";
  readonly tree: { readonly version: string; readonly commit: string | null };
  readonly patches: readonly PatchReview[];
  /** Drivers that own nothing any more after the last patch, and that the series did not convert. */
  readonly missed: readonly MissedDriver[];
  /** Numbers of patches that the series speaks of and that were not given. */
  readonly absent: readonly number[];
}

/** Hazards that a tree can have today and be no worse for: they say what a coming change of the core will do. */
const latent: readonly HazardKind[] = ["leaks-after-core-change", "freed-twice"];

/** @throws KnownError as the audit does */
export async function reviewSeries(
  posting: Posting,
  spec: TreeSpec,
  options: JudgeOptions = {},
): Promise<Review> {
  let judging: Progress | undefined;
  const tell = options.progress ?? noProgress;
  /** Audits while patches are judged are steps of that: how far it is, is told in patches. */
  const inside = (inner: Progress) =>
    tell(judging === undefined ? inner : { ...judging, task: `${judging.task}, ${inner.task}` });
  const judge = await Judge.open(spec, { ...options, progress: inside });
  const base = { version: judge.tree.version, commit: judge.tree.commit };
  const before = judge.snapshot();
  const patches: PatchReview[] = [];
  for (const [done, patch] of posting.patches.entries()) {
    judging = { task: "judging patches", done, total: posting.patches.length };
    tell(judging);
    patches.push(await reviewPatch(patch, judge, before));
  }
  tell({ task: "judging patches", done: patches.length, total: patches.length });
  return {
    schema: "treewide.review/1",
    tree: base,
    patches,
    missed: missedDrivers(judge.drivers, judge.since(before).came),
    absent: posting.absent,
  };
}

async function reviewPatch(
  { n, message, patch }: PostedPatch,
  judge: Judge,
  before: Snapshot,
): Promise<PatchReview> {
  const named = { n, subject: message.subject.text, messageId: message.ids[0] };
  const previous: Tree = judge.tree;
  const applied = applyDiffs(previous, patch.files);
  if (!applied.applies) {
    const { file, hunk, why } = applied;
    return {
      ...named,
      applies: false,
      failure: { file, hunk, why },
      sound: null,
      introduced: [],
      removed: [],
      claims: [],
    };
  }
  const { introduced, removed, undecided, ended, core } = await judge.put(applied.files, applied.moves);
  const worse = judge.since(before).came.some(({ kind }) => !latent.includes(kind));
  return {
    ...named,
    applies: true,
    sound: !worse && judge.undecided.size > 0 ? null : !worse,
    ...(undecided.length === 0 ? {} : { undecided }),
    ...(ended.length === 0 ? {} : { ended }),
    introduced: introduced.map(change),
    removed: removed.map(change),
    claims: checkClaims(patch.message, {
      tree: judge.tree,
      before: previous,
      removedKinds: new Set(removed.map(({ kind }) => kind)),
    }),
    ...(core === undefined ? {} : { core }),
  };
}

function change({ kind, driver, file, line, witness }: Finding): HazardChange {
  return { kind, driver, file, line, witness };
}
