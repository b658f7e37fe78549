/** A series on the bench: its mails, and what is known of them. */
import type { Posting } from "../../series/posting.js";
import { type Judged, openPosting, type PostingSource } from "./judged.js";

export interface BenchSeries {
  /** Its part of addresses. */
  readonly name: string;
  readonly title: string;
  readonly source: PostingSource;
  readonly posting: Posting;
  /** Absent until it has been judged on a tree, whose name it carries. */
  judged?: Judged & { readonly tree: string };
  jobId?: string;
}

/** @throws KnownError when there is no series in it. */
export function seriesOf(source: PostingSource, title?: string): BenchSeries {
  const posting = openPosting(source);
  const { cover, patches } = posting;
  return { name: "", title: title ?? (cover?.subject.title || patches[0]!.title), source, posting };
}
