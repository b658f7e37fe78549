/**
 * Subjects as kernel developers write them: `Re: [RFC PATCH net-next v3 04/12] pci: title`.
 * The rules are those of git-format-patch(1), git-am(1) and the readings that b4 gives to subjects in the wild.
 */

export interface Subject {
  /** The whole subject, unfolded and decoded. */
  readonly text: string;
  /** It begins with `Re:`, `Fwd:` or one of their translations. */
  readonly reply: boolean;
  /** A bracket says PATCH, RFC with a number, or a number alone: `[2/5]`. */
  readonly patch: boolean;
  readonly rfc: boolean;
  readonly resend: boolean;
  /** `[GIT PULL]`: a request to pull, not a patch. */
  readonly pull: boolean;
  /** 1 when the subject names none; `versionInferred` tells. */
  readonly version: number;
  readonly versionInferred: boolean;
  /** `4` of `04/12`; 0 is the cover letter. Undefined for a patch on its own. */
  readonly number: number | undefined;
  readonly total: number | undefined;
  /** What else the brackets say, as written: `net-next`, `linux-pci`. */
  readonly tags: readonly string[];
  /** The subject without reply marks and brackets: the first line of the commit. */
  readonly title: string;
}

/** Reply and forward marks of common mailers, also counted ones: `Re[2]:`. */
const replyMark = /^\s*(?:re|aw|sv|vs|antw|odp|res|fwd?|wg|回复|答复|转发)\s*(?:\[\d+\])?\s*[:：]\s*/i;
const bracket = /^\s*\[([^\][]*)\]\s*/;
const versionWord = /^(?:patch|rfc|resend)?[-_ ]?v(\d{1,3})(?:\.\d+)?$/i;
const numberWord = /^(?:patch)?(\d{1,4})\/(\d{1,4})$/i;

/** Reads a decoded subject. Never fails: an odd subject is all title. */
export function parseSubject(subject: string): Subject {
  const text = subject.replace(/\s+/g, " ").trim();
  let rest = text;
  let reply = false;
  const words: string[] = [];
  for (;;) {
    const mark = replyMark.exec(rest);
    if (mark) {
      reply = true;
      rest = rest.slice(mark[0].length);
      continue;
    }
    const found = bracket.exec(rest);
    if (!found) break;
    words.push(...bracketWords(found[1]!));
    rest = rest.slice(found[0].length);
  }
  const says = (word: string) => words.some((candidate) => candidate.toLowerCase() === word);
  const version = firstMatch(words, versionWord);
  const number = firstMatch(words, numberWord);
  const patch =
    words.some((word) => /^patch(?:v?\d.*|es)?$/i.test(word)) || number !== undefined || says("rfc");
  return {
    text,
    reply,
    patch: patch && !says("pull"),
    rfc: says("rfc"),
    resend: says("resend") || says("repost"),
    pull: says("pull"),
    version: version ? Number(version[1]) : 1,
    versionInferred: !version,
    number: number ? Number(number[1]) : undefined,
    total: number ? Number(number[2]) : undefined,
    tags: words.filter((word) => !isKeyword(word)),
    title: rest.trim(),
  };
}

/** `RFC/PATCH` is two words, `04/12` is one. */
function bracketWords(inner: string): string[] {
  return inner
    .split(/[\s,]+/)
    .flatMap((word) => (numberWord.test(word) ? [word] : word.split("/")))
    .filter((word) => word !== "");
}

function isKeyword(word: string): boolean {
  return (
    /^(?:patch(?:es|v\d+)?|rfc|resend|repost|git|pull)$/i.test(word) ||
    versionWord.test(word) ||
    numberWord.test(word)
  );
}

function firstMatch(words: readonly string[], pattern: RegExp): RegExpExecArray | undefined {
  for (const word of words) {
    const match = pattern.exec(word);
    if (match) return match;
  }
  return undefined;
}

/**
 * The subject by which messages without references are grouped (as public-inbox's `subject_normalized` does):
 * no reply marks, brackets kept, lower case, one space between words.
 */
export function threadSubject(subject: string): string {
  let rest = subject.replace(/\s+/g, " ").trim();
  for (let mark = replyMark.exec(rest); mark; mark = replyMark.exec(rest)) rest = rest.slice(mark[0].length);
  return rest.toLowerCase().replace(/[.!]+$/, "");
}
