/** The prefixes of a query. Those of public-inbox mean what its help says (PublicInbox/Search.pm). */
import { type Column, columns } from "./columns.js";

const body: readonly Column[] = ["own", "dfn", "dfa", "dfb", "dfhh", "dfctx", "dfpre", "dfpost", "patchid"];

export interface WordPrefix {
  readonly kind: "words";
  readonly columns: readonly Column[];
  /** Exact values rather than words: several of one prefix are alternatives, and blob ids may be cut short. */
  readonly exact?: "value" | "beginning";
  readonly help: string;
}
export interface RangePrefix {
  readonly kind: "range";
  readonly field: "date" | "received" | "bytes";
  readonly help: string;
}
export interface IdPrefix {
  readonly kind: "id";
  readonly help: string;
}
export type Prefix = WordPrefix | RangePrefix | IdPrefix;

const words = (help: string, ...of: readonly Column[]): WordPrefix => ({ kind: "words", columns: of, help });
const exact = (help: string, how: "value" | "beginning", ...of: readonly Column[]): WordPrefix => ({
  kind: "words",
  columns: of,
  exact: how,
  help,
});
const range = (help: string, field: RangePrefix["field"]): RangePrefix => ({ kind: "range", field, help });

export const prefixes: Readonly<Record<string, Prefix>> = {
  s: words('the Subject: s:"a quick brown fox"', "subject"),
  d: range("the Date: d:20210301..20210401, d:2021-03-01.., d:last.week.., d:..2.days.ago", "date"),
  dt: range("the Date with its time: dt:20210301120000..", "date"),
  rt: range("the time of receipt; like d: if the sender's clock was right", "received"),
  b: words("the body, with quotations and text attachments", ...body, "quoted"),
  nq: words("the body without quotations", ...body),
  q: words("quotations", "quoted"),
  bs: words("the Subject and the body", ...body, "quoted", "subject"),
  n: words("the name of an attachment", "attachment"),
  f: words("the From header", "sender"),
  t: words("the To header", "recipient"),
  c: words("the Cc header", "copy"),
  tc: words("the To and Cc headers", "recipient", "copy"),
  tcf: words("the To, Cc and From headers", "recipient", "copy", "sender"),
  a: words("the To, Cc and From headers", "recipient", "copy", "sender"),
  l: words("the List-Id header", "list"),
  lid: exact("the List-Id, whole", "value", "list"),
  m: words("parts of the Message-ID", "id"),
  mid: { kind: "id", help: "the Message-ID, whole" },
  dfn: words("a diff's file name", "dfn"),
  dfa: words("a diff's removed (-) lines", "dfa"),
  dfb: words("a diff's added (+) lines", "dfb"),
  dfhh: words("a diff's hunk header, mostly the function", "dfhh"),
  dfctx: words("a diff's context lines", "dfctx"),
  dfpre: exact("the blob id before", "beginning", "dfpre"),
  dfpost: exact("the blob id after", "beginning", "dfpost"),
  dfblob: exact("the blob id before or after", "beginning", "dfpre", "dfpost"),
  patchid: exact("what git patch-id --stable prints", "value", "patchid"),
  z: range("the size in bytes: z:100000..", "bytes"),
};

/** Where a word without a prefix is looked for: everywhere but To, Cc and List-Id. */
export const defaultColumns: readonly Column[] = columns.filter(
  (column) => !["recipient", "copy", "list"].includes(column),
);
