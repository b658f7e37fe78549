/** The tokens of one function body, as conversions look at them: where a call stands and what is done with its value. */
import { T } from "../../c/lexer.js";
import type { CFunction, SourceFile } from "../../c/source.js";

export class BodyTokens {
  /** The texts of the tokens, from the body's brace to its closing one. */
  readonly words: readonly string[];
  private readonly first: number;

  constructor(
    readonly file: SourceFile,
    readonly definition: CFunction,
  ) {
    const { starts, ends } = file.tokens;
    this.first = definition.open;
    this.words = Array.from({ length: definition.close - definition.open + 1 }, (_, i) =>
      file.text.slice(starts[this.first + i], ends[this.first + i]),
    );
  }

  start(index: number): number {
    return this.file.tokens.starts[this.first + index]!;
  }

  end(index: number): number {
    return this.file.tokens.ends[this.first + index]!;
  }

  isName(index: number): boolean {
    return this.file.tokens.kinds[this.first + index] === T.identifier;
  }

  /** The token that starts at an offset, or -1. */
  at(offset: number): number {
    return this.words.findIndex((_, i) => this.start(i) === offset);
  }

  /** The bracket that closes the one at `open`. */
  closing(open: number): number {
    const pairs: Readonly<Record<string, string>> = { "(": ")", "{": "}", "[": "]" };
    const [opener, closer] = [this.words[open]!, pairs[this.words[open]!]];
    let depth = 0;
    for (let i = open; i < this.words.length; i++) {
      if (this.words[i] === opener) depth++;
      else if (this.words[i] === closer && --depth === 0) return i;
    }
    return this.words.length - 1;
  }

  /** The bracket `(` or `[` or `{` that is open at a token, or -1. */
  opening(index: number): number {
    let depth = 0;
    for (let i = index - 1; i >= 0; i--) {
      if (/^[)\]}]$/.test(this.words[i]!)) depth++;
      else if (/^[([{]$/.test(this.words[i]!) && depth-- === 0) return i;
    }
    return -1;
  }

  /** The token after the head `for (…)`, `list_for_each_entry(…)`, `switch (…)` that begins at one, if it is such. */
  head(at: number): number | undefined {
    if (!/^(for|while|switch|\w*for_each\w*)$/.test(this.words[at]!) || this.words[at + 1] !== "(")
      return undefined;
    const next = this.closing(at + 1) + 1;
    return this.words[next] === ";" && this.words[at] !== "while" ? undefined : next;
  }

  /** The semicolon that ends the plain statement at a token. */
  semicolon(at: number): number {
    for (let i = at; i < this.words.length; i++) {
      if (/^[([{]$/.test(this.words[i]!)) i = this.closing(i);
      else if (this.words[i] === ";") return i;
    }
    return this.words.length;
  }

  /** The token that ends what is assigned from a token on: a comma, a semicolon or the bracket around it. */
  operandEnd(at: number): number {
    for (let i = at; i < this.words.length; i++) {
      if (/^[([{]$/.test(this.words[i]!)) i = this.closing(i);
      else if (/^[,;)\]}]$/.test(this.words[i]!)) return i;
    }
    return this.words.length;
  }

  /** The last token of the statement that begins at `index`; -1 when it is not a plain one or a block. */
  statementEnd(index: number): number {
    if (this.words[index] === "{") return this.closing(index);
    if (/^(if|for|while|do|switch|else|#.*)$/.test(this.words[index]!)) return -1;
    for (let i = index; i < this.words.length; i++) {
      if (/^[([{]$/.test(this.words[i]!)) i = this.closing(i);
      else if (this.words[i] === ";") return i;
    }
    return -1;
  }

  /** The texts of a call's arguments; `open` is its parenthesis. */
  argumentTexts(open: number): string[] {
    const close = this.closing(open);
    if (close === open + 1) return [];
    const cuts = [open];
    for (let i = open + 1; i < close; i++) {
      if (/^[([{]$/.test(this.words[i]!)) i = this.closing(i);
      else if (this.words[i] === ",") cuts.push(i);
    }
    cuts.push(close);
    return cuts.slice(1).map((cut, i) => this.file.text.slice(this.end(cuts[i]!), this.start(cut)).trim());
  }

  /** Where a name is read or written (not as a field) from `from` on, up to and without `to`. */
  occurrences(name: string, from: number, to = this.words.length): number[] {
    const found: number[] = [];
    for (let i = from; i < to; i++)
      if (this.words[i] === name && !/^(->|\.)$/.test(this.words[i - 1]!)) found.push(i);
    return found;
  }
}
