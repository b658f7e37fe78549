/** A series on the bench: its mails, and what is known of them. */
import { mboxrdEntry } from "../../mail/mbox.js";
import { parseMessage } from "../../mail/message.js";
import { type Posting, postingOf } from "../../series/posting.js";
import type { Checked } from "./checked.js";
import { type Judged, mailsOf, type PostingSource } from "./judged.js";

export interface BenchSeries {
  /** Its part of addresses. */
  readonly name: string;
  readonly title: string;
  readonly source: PostingSource;
  readonly posting: Posting;
  /** The cover letter and the patches as they were sent, in order, by number; 0 is the cover letter. */
  readonly mails: ReadonlyMap<number, Buffer>;
  /** Absent until it has been judged on a tree, whose name it carries. */
  judged?: Judged & { readonly tree: string };
  /** Absent until its patches have been compiled. */
  checked?: Checked;
  /** The newest of its jobs. */
  jobId?: string;
}

/** @throws KnownError when there is no series in it. */
export function seriesOf(source: PostingSource, title?: string): Omit<BenchSeries, "name"> {
  const mails = mailsOf(source);
  const posting = postingOf(mails, source.kind === "path" ? source.path : "what was sent");
  const { cover, patches } = posting;
  const byId = new Map(mails.map((raw) => [parseMessage(raw).ids[0], raw]));
  const wanted = [
    ...(cover ? [[0, cover] as const] : []),
    ...patches.map(({ n, message }) => [n, message] as const),
  ];
  return {
    title: title ?? (cover?.subject.title || patches[0]!.title),
    source,
    posting,
    mails: new Map(
      wanted.flatMap(([n, { ids }]) => {
        const raw = byId.get(ids[0]);
        return raw ? [[n, raw] as const] : [];
      }),
    ),
  };
}

/** The series as one mbox (mboxrd), for `git am`; or one of its mails. */
export function seriesMbox({ mails }: BenchSeries, n?: number): Buffer {
  const wanted = n === undefined ? [...mails.values()] : [mails.get(n) ?? Buffer.alloc(0)];
  return Buffer.concat(wanted.map((raw) => mboxrdEntry(raw)));
}
