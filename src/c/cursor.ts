/**
 * Where a reading of tokens stands, and which side of each #if it takes. Its `peek` passes over the directives of those
 * that are decided; one that is not, and that stands where no statement can begin, ends the reading.
 */
import { op, T, type Tokens } from "./lexer.js";

/** What stands here is no C that we know. */
export class Unexpected extends Error {
  constructor(
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

/** An #if stands where only part of a statement can. */
export class SplitStatement extends Error {
  constructor(readonly conditional: number) {
    super("an #if splits a statement");
  }
}

/** The parts of one #if … #endif, as token indices. */
export interface Conditional {
  /** Where each branch's directive stands. */
  readonly branches: number[];
  readonly endif: number;
  readonly hasElse: boolean;
}

/** The #ifs among some tokens that end among them too, by their first directive. */
export function findConditionals(tokens: Tokens, from: number, to: number): Map<number, Conditional> {
  const found = new Map<number, Conditional>();
  const stack: { first: number; branches: number[]; hasElse: boolean }[] = [];
  for (let i = from; i < to; i++) {
    const kind = tokens.kinds[i]!;
    if (kind < T.ppIf || kind > T.ppEndif) continue;
    const top = stack.at(-1);
    if (kind === T.ppIf) stack.push({ first: i, branches: [i], hasElse: false });
    else if (kind === T.ppElse && top) {
      top.branches.push(i);
      if (/^#\s*else/.test(tokens.text.slice(tokens.starts[i], tokens.ends[i]))) top.hasElse = true;
    } else if (kind === T.ppEndif && top) {
      stack.pop();
      found.set(top.first, { branches: top.branches, endif: i, hasElse: top.hasElse });
    }
  }
  return found;
}

/** Which branch of a conditional is read: an index, -1 for the last (nothing when there is no #else), or all in turn. */
export type Choice = number | "all";

export class Cursor {
  protected position: number;
  /** Where to jump from a directive of a decided conditional. */
  protected readonly jumps = new Map<number, number>();

  /**
   * @param open the token before the first
   * @param close the token after the last
   * @param choices for each decided conditional, by its first directive, what is read
   */
  constructor(
    protected readonly tokens: Tokens,
    open: number,
    protected readonly close: number,
    protected readonly conditionals: ReadonlyMap<number, Conditional>,
    choices: ReadonlyMap<number, Choice>,
  ) {
    this.position = open + 1;
    for (const [first, choice] of choices) this.decide(first, choice);
  }

  private decide(first: number, choice: Choice): void {
    const { branches, endif, hasElse } = this.conditionals.get(first)!;
    if (choice === "all") {
      for (const at of [...branches, endif]) this.jumps.set(at, at + 1);
      return;
    }
    const index = choice === -1 ? (hasElse ? branches.length - 1 : branches.length) : choice;
    const chosen = branches[index];
    this.jumps.set(first, (chosen ?? endif) + 1);
    for (const at of branches) if (at !== first) this.jumps.set(at, endif + 1);
    this.jumps.set(endif, endif + 1);
  }

  /** The kind of the next token, after directives whose branch is decided. */
  protected peek(): number {
    for (;;) {
      if (this.position >= this.close) return T.end;
      const kind = this.tokens.kinds[this.position]!;
      if (kind < T.ppIf || kind > T.ppEndif) return kind;
      const jump = this.jumps.get(this.position);
      if (jump !== undefined) this.position = jump;
      else if (kind === T.ppIf && this.conditionals.has(this.position))
        throw new SplitStatement(this.position);
      else if (kind === T.ppEndif && !this.closesConditional(this.position)) this.position++;
      else throw new SplitStatement(this.conditionalOf(this.position));
    }
  }

  protected closesConditional(index: number): boolean {
    for (const conditional of this.conditionals.values()) if (conditional.endif === index) return true;
    return false;
  }

  protected conditionalOf(index: number): number {
    for (const [first, { branches, endif }] of this.conditionals)
      if (endif === index || branches.includes(index)) return first;
    throw new Unexpected(this.tokens.starts[index]!, "#else without #if");
  }

  protected at(): number {
    return this.tokens.starts[this.position]!;
  }

  protected text(index = this.position): string {
    return this.tokens.text.slice(this.tokens.starts[index], this.tokens.ends[index]);
  }

  protected accept(kind: number): boolean {
    if (this.peek() !== kind) return false;
    this.position++;
    return true;
  }

  protected expect(kind: number, what: string): void {
    if (!this.accept(kind)) throw new Unexpected(this.at(), `expected ${what}, found '${this.text()}'`);
  }

  protected identifier(): string {
    if (this.peek() !== T.identifier)
      throw new Unexpected(this.at(), `expected a name, found '${this.text()}'`);
    return this.text(this.position++);
  }

  protected kindAfter(offset: number): number {
    return this.position + offset < this.close ? this.tokens.kinds[this.position + offset]! : T.end;
  }

  /** The token after the `)` that closes the `(` at `open`. */
  protected afterParentheses(open: number): number {
    let depth = 0;
    for (let i = open; i < this.close; i++) {
      const kind = this.tokens.kinds[i]!;
      if (kind === op["("]) depth++;
      else if (kind === op[")"] && --depth === 0) return i + 1;
    }
    return this.close;
  }

  protected matching(open: number): number {
    let depth = 0;
    for (let i = open; i < this.close; i++) {
      if (this.tokens.kinds[i] === op["{"]) depth++;
      else if (this.tokens.kinds[i] === op["}"] && --depth === 0) return i;
    }
    return this.close;
  }
}
