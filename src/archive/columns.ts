/**
 * What is searched: a message's text, sorted into the columns of the full-text index. The sorting of a patch's lines
 * is public-inbox's (SearchIdx.pm, `index_diff`), so that its prefixes mean the same here.
 */
import type { Message } from "../mail/message.js";
import { patchId } from "../mail/patch-id.js";

/** The full-text columns, in the order of the table. A text stands in one of them, so it is indexed once. */
export const columns = [
  "subject",
  "sender",
  "recipient",
  "copy",
  "id",
  "list",
  "own",
  "quoted",
  "attachment",
  "dfn",
  "dfa",
  "dfb",
  "dfhh",
  "dfctx",
  "dfpre",
  "dfpost",
  "patchid",
] as const;
export type Column = (typeof columns)[number];
export type ColumnTexts = Readonly<Record<Column, string>>;

type Lines = Record<
  Extract<Column, "own" | "dfn" | "dfa" | "dfb" | "dfhh" | "dfctx" | "dfpre" | "dfpost">,
  string[]
>;

/** Text of one part beyond which the rest is not searched: log files and dumps (4 MB). */
const maxPartText = 1 << 22;
/** Narrower than quote.ts: what public-inbox takes for a quotation (MsgIter.pm, `split_quotes`). */
const quotedLines = /((?:^>[^\n]*(?:\n|$))+)/m;
const looksLikeDiff = /^(?:diff|---|\+\+\+) /m;

export function columnTexts(message: Message): ColumnTexts {
  const lines: Lines = { own: [], dfn: [], dfa: [], dfb: [], dfhh: [], dfctx: [], dfpre: [], dfpost: [] };
  const quotes: string[] = [];
  const patchIds: string[] = [];
  const attachments: string[] = [];
  for (const part of message.parts) {
    if (part.filename !== undefined) attachments.push(part.filename);
    if (part.text === undefined) continue;
    const text = part.text.length > maxPartText ? part.text.slice(0, maxPartText) : part.text;
    const id = looksLikeDiff.test(text) ? patchId(text) : undefined;
    if (id !== undefined) patchIds.push(id);
    for (const block of text.split(quotedLines)) {
      if (block[0] === ">") quotes.push(block);
      else if (looksLikeDiff.test(block)) sortDiff(block, lines);
      else if (block !== "") lines.own.push(block);
    }
  }
  const join = (each: readonly string[]) => each.join("\n");
  return {
    subject: message.subject.text,
    sender: headerValue(message, "from"),
    recipient: headerValue(message, "to"),
    copy: headerValue(message, "cc"),
    id: message.ids.flatMap((id) => [id, ...longWords(id)]).join(" "),
    list: message.listIds.join(" "),
    own: join(lines.own),
    quoted: join(quotes),
    attachment: join(attachments),
    dfn: join(lines.dfn),
    dfa: join(lines.dfa),
    dfb: join(lines.dfb),
    dfhh: join(lines.dfhh),
    dfctx: join(lines.dfctx),
    dfpre: lines.dfpre.join(" "),
    dfpost: lines.dfpost.join(" "),
    patchid: patchIds.join(" "),
  };
}

const headerValue = (message: Message, name: "from" | "to" | "cc") =>
  message[name].map((person) => `${person.name} ${person.address}`).join("\n");

/** Ids that begin alike ("Pine.LNX.4.…") are found by their later words too. */
function longWords(id: string): string[] {
  return /\w{12,}/.test(id) ? (id.match(/\w{3,}/g) ?? []) : [];
}

function sortDiff(text: string, into: Lines): void {
  const seen = new Set<string>();
  const name = (path: string | undefined) => {
    if (path === undefined || seen.has(path)) return;
    seen.add(path);
    into.dfn.push(path);
  };
  let inDiff = false;
  let binary = false;
  for (const line of text.split("\n")) {
    if (binary && (line === "" || /^[A-Za-z][0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]*$/.test(line))) {
      continue; // base85
    }
    binary = false;
    if (inDiff && line[0] === " ") into.dfctx.push(line.slice(1));
    else if (line === "-- ") inDiff = false;
    else if (line.startsWith("diff --git ")) {
      into.own.push(line);
      inDiff = true;
      const paths = /^diff --git "?[^/]+\/(.+?)"? "?[^/\s]+\/(.+?)"?$/.exec(line);
      name(paths?.[1]);
      name(paths?.[2]);
    } else if (/^(?:---|\+\+\+) "?[^/\s]+\/./.test(line)) {
      name(
        line
          .slice(4)
          .replace(/\t.*$/, "")
          .replace(/^"?[^/]+\//, "")
          .replace(/"$/, ""),
      );
      inDiff = true;
    } else if (inDiff && line[0] === "+") into.dfb.push(line.slice(1));
    else if (inDiff && line[0] === "-") into.dfa.push(line.slice(1));
    else if (line.startsWith("index ") && /^index [0-9a-f]+\.\.[0-9a-f]+/.test(line)) {
      const blobs = /^index ([0-9a-f]+)\.\.([0-9a-f]+)/.exec(line)!;
      into.dfpre.push(blobs[1]!);
      into.dfpost.push(blobs[2]!);
      inDiff = true;
    } else if (/^@@ \S+ \S+ @@/.test(line)) {
      const context = line.replace(/^@@ \S+ \S+ @@\s*/, "");
      if (context !== "") into.dfhh.push(context);
    } else if (
      /^(?:dis)?similarity index |^(?:old|new|deleted file|new file) mode|^(?:copy|rename) (?:from|to) |^\\ No newline|^Binary files /.test(
        line,
      )
    )
      into.own.push(line);
    else if (inDiff && /^(?:GIT binary patch|literal \d|delta \d)/.test(line)) {
      into.own.push(line);
      binary = !line.startsWith("GIT");
    } else if (line !== "") {
      into.own.push(line);
      inDiff = /^--- \S/.test(line) || /^diff -\S*u/i.test(line);
    }
  }
}
