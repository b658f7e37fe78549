/**
 * The value of a call that gave 0 for success and now gives a positive count. What asks for it is told to ask for less
 * than zero, or for more; where the value itself is used later, nothing is done and the reason is given.
 */
import type { Edit } from "../edit.js";
import type { Converted, Site } from "./conversion.js";
import { isReadAfter, isSeenElsewhere } from "./value.js";

/** What is known after the call and its check. */
export interface Checked {
  readonly edits: readonly Edit[];
  /** The variable that holds the value. */
  readonly variable: string | undefined;
  /** `if (failed) statement`, nothing else: the tokens of the statement, when the check is of that form. */
  readonly onFailure: { readonly from: number; readonly to: number } | undefined;
}

const notFollowed = { why: "its value is used in a way that is not followed" };

/** @param countsBefore the call gave a count before, too: its checks need no edit */
export function checkResult({ body, call }: Site, countsBefore = false): Checked | { readonly why: string } {
  const { words } = body;
  const close = body.closing(call + 1);
  const [before, after] = [words[call - 1]!, words[close + 1]!];
  const none = { edits: [], variable: undefined, onFailure: undefined };
  if (/^[;{}:]$/.test(before) && after === ";") return none;
  if (before === ")" && after === ";" && /^(if|for|while)$/.test(words[body.opening(call - 1) - 1] ?? ""))
    return none;
  if (before === "else" && after === ";") return none;
  if (before === "=" && body.isName(call - 2) && after === ";")
    return followVariable({ body, call }, words[call - 2]!, close + 1, countsBefore);
  if (countsBefore) return notFollowed;
  const compared = comparison({ body, call }, call, close);
  return compared ? { ...none, edits: compared } : notFollowed;
}

/** Edits of a condition in which tokens `from` to `to` are the value; undefined when it is no condition. */
function comparison({ body }: Site, from: number, to: number): Edit[] | undefined {
  const { words } = body;
  const [before, after, next] = [words[from - 1]!, words[to + 1]!, words[to + 2]!];
  const end = body.end(to);
  // !x and x == 0 are 0 or 1, and so are the comparisons that stand in for them.
  if (before === "!") {
    if (!startsOperand(words[from - 2]!) || !endsOperand(after)) return undefined;
    return [
      { at: body.start(from - 1), end: body.end(from - 1), text: "" },
      { at: end, end, text: " > 0" },
    ];
  }
  if (!startsOperand(before)) return undefined;
  if ((after === "==" || after === "!=") && next === "0") {
    if (!endsOperand(words[to + 3]!)) return undefined;
    return [{ at: body.start(to + 1), end: body.end(to + 1), text: after === "==" ? ">" : "<" }];
  }
  if (after === "<" && next === "0") return [];
  return isTruthValue(words, from, to) ? [{ at: end, end, text: " < 0" }] : undefined;
}

const startsOperand = (word: string) => /^([(,=]|&&|\|\||return)$/.test(word);
const endsOperand = (word: string) => /^([),;?]|&&|\|\|)$/.test(word);

/** What asks whether its argument is zero, and for nothing else. */
const asksForTruth = /^(if|while|likely|unlikely|BUG_ON|WARN_ON(_ONCE)?)$/;

/** Whether the tokens `from` to `to` are asked for being zero or not, and for nothing else. */
function isTruthValue(words: readonly string[], from: number, to: number): boolean {
  const [before, after] = [words[from - 1]!, words[to + 1]!];
  if (!/^(\(|&&|\|\|)$/.test(before) || !/^([)?]|&&|\|\|)$/.test(after)) return false;
  if (before !== "(" || after !== ")") return true;
  const outer = words[from - 2]!;
  return (
    asksForTruth.test(outer) || outer === "!" || (outer === "(" && isTruthValue(words, from - 1, to + 1))
  );
}

/** `x = call(…); if (x) …`: the check is edited, and x must be set anew before it is used again. */
function followVariable(
  site: Site,
  name: string,
  semicolon: number,
  countsBefore: boolean,
): Checked | { readonly why: string } {
  const { body, call } = site;
  const { words } = body;
  const unfollowed = { why: `what is done with ${name} after it is not followed` };
  const first = words[call - 3]!;
  const isDeclared = body.isName(call - 3) && !/^(else|return|goto|do)$/.test(first);
  if (!/^([;{}:]|#.*)$/s.test(first) && !isDeclared) {
    // A condition governs the assignment, or it is to a member or through a pointer.
    if (!countsBefore)
      return /^(\)|else)$/.test(first)
        ? { why: `${name} is asked for, too, where the call was not made` }
        : notFollowed;
    return { edits: [], variable: name, onFailure: undefined };
  }
  if (!countsBefore && isSeenElsewhere(body, name)) return { why: `${name} may be read by other functions` };
  if (words[semicolon + 1] !== "if" || words[semicolon + 2] !== "(")
    return countsBefore || !isReadAfter(body, name, { call })
      ? { edits: [], variable: name, onFailure: undefined }
      : unfollowed;
  const open = semicolon + 2;
  const close = body.closing(open);
  const inCondition = body.occurrences(name, open, close);
  if (inCondition.length !== 1) return unfollowed;
  const use = inCondition[0]!;
  const edits = countsBefore ? [] : comparison(site, use, use);
  if (!edits) return unfollowed;
  const end = body.statementEnd(close + 1);
  if (end === -1) return unfollowed;
  const asksForFailure = words[use - 1] !== "!" && !/^(==|>|>=)$/.test(words[use + 1]!);
  const onFailure =
    asksForFailure && close === use + 1 + (words[use + 1] === ")" ? 0 : 2) && words[end + 1] !== "else"
      ? { from: close + 1, to: end }
      : undefined;
  // Where the call succeeded, the variable holds a count now: it must not be read as 0.
  const check = { at: semicolon + 1, succeedsIn: asksForFailure ? "else" : "then" } as const;
  if (!countsBefore && isReadAfter(body, name, { call, check }))
    return { why: `${name} is 0 after it and is used later, where it would be a count` };
  return { edits, variable: name, onFailure };
}

export type { Converted };
