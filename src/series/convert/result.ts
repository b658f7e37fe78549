/**
 * The value of a call that gave 0 for success and now gives a positive count. What asks for it is told to ask for less
 * than zero, or for more; where the value itself is used later, nothing is done and the reason is given.
 */
import type { Edit } from "../edit.js";
import type { Converted, Site } from "./conversion.js";

/** What is known after the call and its check. */
export interface Checked {
  readonly edits: readonly Edit[];
  /** The variable that holds the value. */
  readonly variable: string | undefined;
  /** `if (failed) statement`: the tokens of the statement, when the check is of that form. */
  readonly onFailure: { readonly from: number; readonly to: number } | undefined;
}

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
  if (before === "=" && body.isName(call - 2) && !/^(->|\.)$/.test(words[call - 3]!) && after === ";")
    return followVariable({ body, call }, words[call - 2]!, close + 1, countsBefore);
  if (countsBefore) return { why: "its value is used in a way that is not followed" };
  const compared = comparison({ body, call }, call, close);
  return Array.isArray(compared)
    ? { ...none, edits: compared }
    : { why: "its value is used in a way that is not followed" };
}

/** Edits of a condition in which tokens `from` to `to` are the value; undefined when it is no condition. */
function comparison({ body }: Site, from: number, to: number): Edit[] | undefined {
  const { words } = body;
  const [before, after, next] = [words[from - 1]!, words[to + 1]!, words[to + 2]!];
  const end = body.end(to);
  if (before === "!") {
    if (!isOperand(words[from - 2]!) || !isOperandEnd(after)) return undefined;
    return [
      { at: body.start(from - 1), end: body.end(from - 1), text: "" },
      { at: end, end, text: " > 0" },
    ];
  }
  if (!isOperand(before)) return undefined;
  if ((after === "==" || after === "!=") && next === "0") {
    if (!isOperandEnd(words[to + 3]!)) return undefined;
    return [{ at: body.start(to + 1), end: body.end(to + 1), text: after === "==" ? ">" : "<" }];
  }
  if (after === "<" && next === "0") return [];
  return isOperandEnd(after) ? [{ at: end, end, text: " < 0" }] : undefined;
}

const isOperand = (word: string) => word === "(" || word === "&&" || word === "||";
const isOperandEnd = (word: string) => word === ")" || word === "&&" || word === "||" || word === "?";

/** `x = call(…); if (x) …`: the check is edited, and x must be set anew before it is used again. */
function followVariable(
  site: Site,
  name: string,
  semicolon: number,
  countsBefore: boolean,
): Checked | { readonly why: string } {
  const { body } = site;
  const { words } = body;
  const unfollowed = { why: `what is done with ${name} after it is not followed` };
  if (words[semicolon + 1] !== "if" || words[semicolon + 2] !== "(") {
    const uses = body.occurrences(name, semicolon + 1);
    return uses.length === 0 || countsBefore
      ? { edits: [], variable: name, onFailure: undefined }
      : unfollowed;
  }
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
    asksForFailure && close === use + 1 + (words[use + 1] === ")" ? 0 : 2)
      ? { from: close + 1, to: end }
      : undefined;
  // Where the call succeeded, the variable holds a count now: it must not be read as 0.
  const success = asksForFailure ? end + 1 : close + 1;
  if (!countsBefore && isReadBeforeSet(body, name, success))
    return { why: `${name} is 0 after it and is used later, where it would be a count` };
  return { edits, variable: name, onFailure };
}

function isReadBeforeSet(body: Site["body"], name: string, from: number): boolean {
  const next = body.occurrences(name, from)[0];
  if (next === undefined) return false;
  const isSet = body.words[next + 1] === "=";
  const jumps = body.words.slice(from, next).some((word) => word === "goto");
  return !isSet || jumps;
}

export type { Converted };
