/** Which configuration symbols decide whether a line of a header is seen, and what is declared there. */

/** One `#if … #else … #endif` that a symbol decides. Lines are 1-based; `otherwise` is the line of #else. */
export interface Conditional {
  /** Without CONFIG_. */
  readonly symbols: readonly string[];
  /** Whether the first branch is the one without the symbol (`#ifndef`, `#if !…`). */
  readonly negated: boolean;
  readonly start: number;
  readonly otherwise?: number;
  readonly end: number;
}

interface Open {
  readonly start: number;
  readonly text: string;
  otherwise?: number;
}

/** The conditionals of a header that name a symbol, outer ones after those inside them. */
export function conditionalsIn(text: string): readonly Conditional[] {
  const found: Conditional[] = [];
  const stack: Open[] = [];
  text.split("\n").forEach((line, at) => {
    const [, word, rest = ""] = /^\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b(.*)$/.exec(line) ?? [];
    if (!word) return;
    const open = stack.at(-1);
    if (/^if/.test(word)) stack.push({ start: at + 1, text: `${word} ${rest}` });
    else if (word === "endif") {
      stack.pop();
      const symbols = [...(open?.text.matchAll(/\bCONFIG_(\w+?)(?:_MODULE)?\b/g) ?? [])].map(
        (match) => match[1]!,
      );
      if (open && symbols.length > 0)
        found.push({
          symbols: [...new Set(symbols)],
          negated: /^ifndef|^if\s+!/.test(open.text),
          start: open.start,
          ...(open.otherwise && { otherwise: open.otherwise }),
          end: at + 1,
        });
    } else if (open) open.otherwise ??= at + 1;
  });
  return found;
}

/** Names of functions (and of macros with arguments) that are declared in some lines, by the line of the name. */
export function declaredIn(text: string, from: number, to: number): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  const lines = text.split("\n");
  for (let at = from; at <= Math.min(to, lines.length); at++) {
    // Kernel style: what is at file scope starts at the first column, and what goes on does not.
    const name = /^(?:#\s*define\s+(\w+)\(|(?!typedef\b|#|return\b)[A-Za-z_][\w\s*]*?[\s*](\w+)\s*\()/.exec(
      lines[at - 1]!,
    );
    const found = name?.[1] ?? name?.[2];
    if (found && !/^__(attribute|printf|must|cond|alloc)/.test(found)) names.set(found, at);
  }
  return names;
}
