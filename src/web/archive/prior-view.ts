/** Earlier efforts at something, over all archives, as pages and the API show them. */
import { type PriorEffort, priorEfforts } from "../../archive/prior.js";
import { queryOfWords } from "../../archive/prior-query.js";
import { type Bench, hasRevisions } from "../bench.js";
import { segment } from "../shell.js";

export interface EffortView extends Omit<PriorEffort, "versions" | "objections" | "score"> {
  readonly archive: string;
  readonly versions: readonly (PriorEffort["versions"][number] & { readonly href: string })[];
  readonly objections: readonly (PriorEffort["objections"][number] & { readonly href: string })[];
}

interface Remembered {
  readonly version: string;
  readonly answers: Map<string, readonly EffortView[]>;
}

/** Answers to the questions that were asked last, for the page and the API alike. */
const remembered = new WeakMap<Bench, Remembered>();
const mostRemembered = 100;

/** @param text names and paths, as on the command line of `treewide prior` */
export function priorView(bench: Bench, text: string): readonly EffortView[] {
  const version = bench.version();
  let known = remembered.get(bench);
  if (known?.version !== version || known.answers.size >= mostRemembered) {
    known = { version, answers: new Map() };
    remembered.set(bench, known);
  }
  const found = known.answers.get(text) ?? view(bench, text);
  known.answers.set(text, found);
  return found;
}

function view(bench: Bench, text: string): readonly EffortView[] {
  const query = queryOfWords(text.split(/\s+/).filter(Boolean).slice(0, 20));
  if (query.symbols.length + query.files.length === 0) return [];
  // To look through a repository's whole history takes longer than a page may.
  const tree = [...bench.trees.values()].find((each) => !hasRevisions(each))?.tree;
  const seen = new Set<string>();
  return bench.archives
    .flatMap((archive) => priorEfforts(archive, query, tree).map((effort) => ({ archive, effort })))
    .sort((a, b) => b.effort.score - a.effort.score)
    .filter(({ effort: { versions } }) => {
      const known = versions.every(({ messageId }) => seen.has(messageId));
      for (const { messageId } of versions) seen.add(messageId);
      return !known;
    })
    .map(({ archive: { name }, effort: { score, versions, objections, ...effort } }) => {
      const href = (messageId: string) => `/${name}/${segment(messageId)}/`;
      return {
        archive: name,
        title: effort.title,
        authors: effort.authors,
        first: effort.first,
        last: effort.last,
        landed: effort.landed,
        because: effort.because,
        versions: versions.map((version) => ({ ...version, href: href(version.messageId) })),
        objections: objections.map((objection) => ({ ...objection, href: href(objection.messageId) })),
      };
    });
}
