/** A posted series with all that can be said of it on a tree: what each patch does, who gets it, when it can land. */
import { existsSync } from "node:fs";
import { parsePatch } from "../../gate/route-patch.js";
import { routerOf } from "../../gate/route-tree.js";
import { openTree, type Tree, type TreeSpec } from "../../kernel/tree.js";
import { coreFiles } from "../../ownership/core.js";
import { applyDiffs } from "../../series/apply.js";
import type { PatchKind, SeriesPatch } from "../../series/generate.js";
import type { JudgeOptions } from "../../series/judge.js";
import { type PostedPatch, type Posting, postedMails, postingOf, rangeMails } from "../../series/posting.js";
import { type Review, reviewSeries } from "../../series/review.js";
import { batches } from "../../series/stages.js";

/** Where a series comes from. Plain data, so that it can be sent to a worker. */
export type PostingSource =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "range"; readonly repository: string; readonly from: string; readonly to: string };

export interface Receiver {
  /** `Name <address>`, or a list's address. */
  readonly to: string;
  readonly role: string;
  readonly because: string;
}

/** One step of landing: who takes which patches, after what. */
export interface Stage {
  readonly stage: number;
  readonly subsystem: string;
  readonly needs: string;
  /** Numbers of patches. */
  readonly patches: readonly number[];
}

export interface Judged {
  readonly review: Review;
  /** By the patch's number; undefined when the tree has no usable MAINTAINERS. */
  readonly receivers: ReadonlyMap<number, readonly Receiver[]> | undefined;
  readonly stages: readonly Stage[];
}

/** Reads a range `A..B` of a tree's repository, else a path, as `treewide review` does. */
export function sourceOf(text: string, repository: string): PostingSource {
  const range = /^([^\s]+?)\.\.([^.\s][^\s]*)$/.exec(text);
  if (range && !existsSync(text)) return { kind: "range", repository, from: range[1]!, to: range[2]! };
  return { kind: "path", path: text };
}

/** The mails of a source, as they stand there. @throws KnownError when it cannot be read */
export function mailsOf(source: PostingSource): Buffer[] {
  if (source.kind === "range") return rangeMails(source.repository, source.from, source.to);
  return postedMails(source.kind === "path" ? source.path : Buffer.from(source.bytes));
}

/** @throws KnownError when there is no series in it */
function openPosting(source: PostingSource): Posting {
  return postingOf(mailsOf(source), source.kind === "path" ? source.path : "the series");
}

/** What a series applies to: a range to its own beginning, anything else to the tree. */
export function groundOf(spec: TreeSpec, source: PostingSource): TreeSpec {
  if (source.kind !== "range") return spec;
  return { kind: "revision", repository: source.repository, revision: source.from };
}

/**
 * @param spec the tree; its MAINTAINERS say who gets the patches
 * @throws KnownError as the audit does
 */
export async function judgePosting(
  spec: TreeSpec,
  source: PostingSource,
  options: JudgeOptions,
): Promise<Judged> {
  const posting = openPosting(source);
  const ground = groundOf(spec, source);
  const review = await reviewSeries(posting, ground, options);
  const receivers = receiversOf(openTree(spec), posting);
  return { review, receivers, stages: stagesOf(openTree(ground), posting) };
}

function receiversOf(tree: Tree, { patches }: Posting): Judged["receivers"] {
  const router = routerOf(tree);
  if (!router) return undefined;
  return new Map(
    patches.map(({ n, message }) => [
      n,
      router
        .routePatch(parsePatch(message.text, message.subject.text))
        .map(({ name, address, role, reasons }) => ({
          to: name === "" ? address : `${name} <${address}>`,
          role,
          because: reasons[0]!.because,
        })),
    ]),
  );
}

function stagesOf(start: Tree, { patches }: Posting): Stage[] {
  const numbers = new Map<SeriesPatch, number>();
  let tree = start;
  for (const posted of patches) {
    const applied = applyDiffs(tree, posted.patch.files);
    if (!applied.applies) continue;
    const text = new Map([...applied.files].flatMap(([path, to]) => (to === null ? [] : [[path, to]])));
    const before = new Map([...text.keys()].map((path) => [path, tree.read(path)?.toString("latin1") ?? ""]));
    const kind = kindOf(posted, [...numbers.keys()]);
    const drivers = kind === "driver" ? [...text.keys()].filter((path) => path.endsWith(".c")) : [];
    if (kind === "driver" && drivers.length === 0) continue;
    const { title, message } = posted;
    numbers.set(
      { kind, title, body: message.text, change: text, before, drivers, ended: [], proof: "" },
      posted.n,
    );
    tree = tree.withOverlay(
      new Map([...applied.files].map(([path, to]) => [path, to === null ? null : Buffer.from(to, "latin1")])),
    );
  }
  return batches([...numbers.keys()]).map(({ stage, subsystem, needs, patches: taken }) => ({
    stage,
    subsystem,
    needs,
    patches: taken.map((patch) => numbers.get(patch)!),
  }));
}

/** A change of the core before any driver's adds what drivers will use; one after them ends what they used. */
function kindOf({ patch }: PostedPatch, earlier: readonly SeriesPatch[]): PatchKind {
  const touchesCore = patch.files.some((file) =>
    (coreFiles as readonly string[]).includes(file.newPath ?? file.oldPath ?? ""),
  );
  if (!touchesCore) return "driver";
  return earlier.some(({ kind }) => kind === "driver") ? "core" : "api";
}
