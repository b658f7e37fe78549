/** A patch mail's parts: the commit message, the notes below `---`, the diff, and what format-patch adds at the end. */
import { type FileDiff, parseDiff } from "./diff.js";
import { messageTrailers, type Trailer } from "./trailers.js";

export interface Patch {
  /** The commit message without its first line, which is the subject's title. */
  readonly message: string;
  /** `From:` at the body's top: the author, when another one sent the mail. */
  readonly author: string | undefined;
  readonly trailers: readonly Trailer[];
  /** What stands between `---` and the diff: change log, diffstat. */
  readonly notes: string;
  /** From the first diff's first line to the signature; "" for a cover letter. */
  readonly diff: string;
  readonly files: readonly FileDiff[];
  /** `base-commit:` and `change-id:` lines (git-format-patch --base, b4). */
  readonly baseCommit: string | undefined;
  readonly changeId: string | undefined;
}

const diffStart = /^(?:diff --git |diff -[a-z]*[uU][a-z]* |Index: |--- (?!$)\S.*\n\+\+\+ )/m;

/** Takes a mail's text apart. A text without a diff is all message and notes. */
export function parsePatch(text: string): Patch {
  const body = text.replaceAll("\r\n", "\n");
  const start = diffStart.exec(body)?.index;
  const { head, author } = inBodyFrom(start === undefined ? body : body.slice(0, start));
  const cut = /^---[ \t]*$/m.exec(head);
  const message = (cut ? head.slice(0, cut.index) : head).replace(/^-- \n[\s\S]*$/m, "").trim();
  const diff = start === undefined ? "" : body.slice(start).replace(/^-- \n[\s\S]*$/m, "");
  return {
    message,
    author,
    trailers: messageTrailers(`\n\n${message}`),
    notes: cut ? head.slice(cut.index + cut[0].length).trim() : "",
    diff,
    files: parseDiff(diff),
    baseCommit: /^base-commit: ([0-9a-f]{12,64})\b/m.exec(body)?.[1],
    changeId: /^change-id: (\S+)/im.exec(body)?.[1],
  };
}

/** git-am(1): in-body headers at the very top name the true author. */
function inBodyFrom(head: string): { head: string; author: string | undefined } {
  const match = /^\s*From: (.+)\n(?:(?:Date|Subject): .*\n)*/.exec(head);
  return match
    ? { head: head.slice(match[0].length), author: match[1]!.trim() }
    : { head, author: undefined };
}
