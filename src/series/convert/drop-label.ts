/**
 * When a free goes that a label stands for ("out_free_irq:"), and after which the function only returns or the next label
 * comes, the label goes too: what jumped there returns, or jumps to the next. A label of another name ("out:") is still
 * right and stays.
 */
import { type Edit, lineAt } from "../edit.js";
import { closeGap, type Lines } from "./gap.js";
import type { BodyTokens } from "./tokens.js";

const isNamedForIt = /irq|msi|vec/i;

/**
 * @param call the free
 * @param lines those of the free
 * @returns the edits, of the free too; undefined when there is no such label
 */
export function dropLabel(body: BodyTokens, call: number, lines: Lines): Edit[] | undefined {
  const { words, file } = body;
  const after = body.closing(call + 1) + 2;
  const [before, label] = [words[call - 3]!, words[call - 2]!];
  if (words[call - 1] !== ":" || !/^[;}]$/.test(before) || !isNamedForIt.test(label)) return undefined;
  const isStacked = body.isName(after) && words[after + 1] === ":";
  if (words[after] !== "return" && !isStacked) return undefined;
  const end = isStacked ? after : body.statementEnd(after);
  const own = lineAt(file.text, body.start(call - 2));
  if (own.end !== lines.at || file.text.slice(own.start, own.end).trim() !== `${label}:`) return undefined;
  const statement = isStacked ? `goto ${words[after]};` : file.text.slice(body.start(after), body.end(end));
  const jumps = words.flatMap((word, i) => (word === "goto" && words[i + 1] === label ? [i] : []));
  // Nothing but the jumps came there: nothing is left to return.
  const isPassedBy = /^(return|goto)$/.test(words[statementStart(words, call - 3)]!);
  const gone = isPassedBy && !isStacked ? lineAt(file.text, body.start(end)).end : lines.end;
  return [
    ...jumps.map((i) => ({ at: body.start(i), end: body.end(i + 2), text: statement })),
    closeGap(file.text, { at: own.start, end: gone }),
  ];
}

/** The first token of the statement that ends at a semicolon. */
function statementStart(words: readonly string[], semicolon: number): number {
  let start = semicolon;
  while (start > 0 && !/^[;{}:]$/.test(words[start - 1]!)) start--;
  return start;
}
