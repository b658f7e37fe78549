/**
 * Takes away a driver's own free of vectors that devres frees: the statement, the comment that is about it alone, the
 * label that says that it frees them, and an empty line that would be left over.
 */
import { lineAt } from "../edit.js";
import type { Conversion, Site } from "./conversion.js";
import { dropLabel } from "./drop-label.js";
import { closeGap, type Lines } from "./gap.js";
import { BodyTokens } from "./tokens.js";

export const dropFree: Conversion = {
  name: "drop-free",
  apis: ["pci_free_irq_vectors", "pci_disable_msi", "pci_disable_msix"],
  convert({ body, call }) {
    const { words, file } = body;
    const close = body.closing(call + 1);
    const [before, after] = [words[call - 1]!, words[close + 2]!];
    if (words[close + 1] !== ";") return { why: "it is not a statement of its own" };
    if (!/^[;{}:]$/.test(before)) return { why: "it is all that a condition governs" };
    if (after === "}" && (before === "{" || before === ":"))
      return { why: "nothing would be left of its block" };
    if (runsAtShutdown(body)) return { why: "it also runs at shutdown, where devres does not" };
    if (!leadsOut(body, close + 2)) return { why: "the driver may go on without it, with other vectors" };
    for (const name of new Set(words.slice(call + 2, close).filter((_, i) => body.isName(call + 2 + i))))
      if (isOnlyUse(words, name, call, close)) return { why: `${name} would be unused` };
    const { start } = lineAt(file.text, body.start(call));
    const { end } = lineAt(file.text, body.end(close + 1));
    const isAlone =
      file.text.slice(start, body.start(call)).trim() === "" &&
      file.text.slice(body.end(close + 1), end).trim() === "";
    if (!isAlone) return { why: "it shares its line with other code" };
    const commented = withComment(file.text, body.end(call - 1), { at: start, end });
    if (!commented) return { why: "the comment above it may be about more than it" };
    return dropLabel(body, call, commented) ?? [closeGap(file.text, commented)];
  },
};

/** Whether the function is a shutdown callback of its file, or called by one there. */
function runsAtShutdown({ file, definition }: Site["body"]): boolean {
  const callbacks = [...file.text.matchAll(/\.shutdown\s*=\s*&?(\w+)/g)].map((found) => found[1]!);
  const reached = new Set<string>();
  for (const name of callbacks) reach(name);
  return reached.has(definition.name);

  function reach(name: string): void {
    if (reached.has(name)) return;
    reached.add(name);
    for (const called of file.functions.get(name) ?? [])
      for (const word of new BodyTokens(file, called).words) if (file.functions.has(word)) reach(word);
  }
}

/** Lines that go, with the comment right above them; undefined when it may also be about what comes next. */
function withComment(text: string, from: number, lines: Lines): Lines | undefined {
  const comment = /(?:^|\n)([ \t]*(?:\/\*(?:[^*]|\*(?!\/))*\*\/|\/\/[^\n]*)[ \t]*\r?\n)$/.exec(
    text.slice(from, lines.at),
  )?.[1];
  if (comment === undefined) return lines;
  const next = lineAt(text, lines.end);
  const isLast = /^\s*\}?\s*$/.test(text.slice(next.start, next.end));
  return isLast ? { at: lines.at - comment.length, end: lines.end } : undefined;
}

/**
 * Whether what follows, from a token on, ends the function with an error, or is the rest of a function without a
 * value (remove): no jump, no other way to get an interrupt, no end of the block before it.
 */
function leadsOut({ words, definition }: Site["body"], from: number): boolean {
  for (let i = from; i < words.length; i++) {
    const word = words[i]!;
    if (word === "goto" || /_(alloc_irq_vectors|enable_msix?|request_\w*irq)|^request_\w*irq$/.test(word))
      return false;
    if (word === "return") return words[i + 1] !== "0" && words[i + 1] !== ";";
    if (word === "{") i = matching(words, i);
    else if (word === "}") return i === words.length - 1 && definition.returnType.name === "void";
  }
  return false;
}

function matching(words: readonly string[], open: number): number {
  let depth = 0;
  for (let i = open; i < words.length; i++) {
    if (words[i] === "{") depth++;
    else if (words[i] === "}" && --depth === 0) return i;
  }
  return words.length - 1;
}

/** A variable of the function that only the free reads. */
function isOnlyUse(words: readonly string[], name: string, call: number, close: number): boolean {
  const others = words.flatMap((word, i) =>
    word === name && (i < call || i > close) && !/^(->|\.)$/.test(words[i - 1]!) ? [i] : [],
  );
  return (
    others.length === 1 &&
    (words[others[0]! + 1] === "=" || words[others[0]! + 1] === ";" || words[others[0]! + 1] === ",") &&
    words[others[0]! - 1] !== ")"
  );
}
