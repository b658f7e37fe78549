/**
 * Parses function bodies and initialisers without a preprocessor. Macros are told apart by their use, not by a list
 * of names: `name(…) {` begins a block that a macro governs, `name(…)` before another statement is a statement of
 * its own. An #if around whole statements becomes an `either`; one that cuts a statement in two makes the whole body
 * be read twice, once with each side.
 */
import { plainLoad } from "./atomics.js";
import { plainReturn } from "./cleanup.js";
import { type Conditional, findConditionals, SplitStatement, Unexpected } from "./cursor.js";
import { ExpressionParser } from "./expressions.js";
import { qualifiers, statementKeywords, typeKeywords } from "./keywords.js";
import { op, T, type Tokens, tokenize } from "./lexer.js";
import type { CType, Declaration, Expression, Statement, SyntaxProblem } from "./syntax.js";

/** Macros that govern a block which runs once, not a loop: include/linux/cleanup.h and the `with_…` families. */
const runsOnce = /^(scoped_|with_|guarded_)/;
/** A macro that governs the single statement after it is named after what it does. */
const governsStatement = /each|^for_|_for$|scoped_|^with_|_loop\b/;

export interface ParsedBody {
  readonly body: Statement;
  readonly problems: readonly SyntaxProblem[];
}

/** Parses the block whose `{` is token `open` and whose `}` is token `close`. */
export function parseBody(tokens: Tokens, open: number, close: number): ParsedBody {
  const conditionals = findConditionals(tokens, open, close);
  const split = new Set<number>();
  for (;;) {
    try {
      if (split.size === 0) return new Parser(tokens, open, close, conditionals, new Map()).parse();
      const readings = [0, -1].map((which) => {
        const chosen = new Map([...split].map((k) => [k, which] as const));
        return new Parser(tokens, open, close, conditionals, chosen).parse();
      });
      const at = tokens.starts[open]!;
      return {
        body: {
          kind: "either",
          at,
          branches: readings.map((reading) => [reading.body]),
          condition: split.size === 1 ? conditionOf(tokens, conditionals, [...split][0]!) : undefined,
        },
        problems:
          readings[0]!.problems.length > 0 && readings[1]!.problems.length > 0 ? readings[0]!.problems : [],
      };
    } catch (error) {
      if (!(error instanceof SplitStatement) || split.has(error.conditional)) throw error;
      split.add(error.conditional);
    }
  }
}

/** Parses one expression or initialiser that stands in tokens `from` to `to` (exclusive). */
export function parseExpression(tokens: Tokens, from: number, to: number): Expression | undefined {
  const conditionals = findConditionals(tokens, from, to);
  // An initialiser with an #if in it: every branch's items count.
  const all = new Map([...conditionals.keys()].map((k) => [k, "all"] as const));
  try {
    return new Parser(tokens, from - 1, to, conditionals, all).initializerOrExpression();
  } catch (error) {
    if (error instanceof Unexpected || error instanceof SplitStatement) return undefined;
    throw error;
  }
}

/** What an #if with at most an #else asks, with IS_ENABLED() for what is defined or not. */
function conditionOf(
  tokens: Tokens,
  conditionals: ReadonlyMap<number, Conditional>,
  first: number,
): Expression | undefined {
  const { branches, hasElse } = conditionals.get(first)!;
  if (branches.length !== (hasElse ? 2 : 1)) return undefined;
  const directive = tokens.text.slice(tokens.starts[first], tokens.ends[first]);
  const [, word, rest] = /^#\s*(ifdef|ifndef|if)\b(.*)$/s.exec(directive) ?? [];
  if (rest === undefined) return undefined;
  const asked = word === "if" ? rest : `${word === "ifdef" ? "" : "!"}defined(${rest})`;
  const text = asked.replace(/\bdefined\s*(?:\(\s*(\w+)[^)]*\)|(\w+))/g, "IS_ENABLED($1$2)");
  const condition = tokenize(text);
  return parseExpression(condition, 0, condition.count);
}

class Parser extends ExpressionParser {
  private readonly problems: SyntaxProblem[] = [];

  parse(): ParsedBody {
    const at = this.tokens.starts[this.position - 1]!;
    const body = this.statements(this.close);
    return { body: { kind: "block", at, body }, problems: this.problems };
  }

  private statements(until: number): Statement[] {
    const list: Statement[] = [];
    while (this.position < until) {
      const kind = this.tokens.kinds[this.position]!;
      if (kind === op["}"]) break;
      if ((kind === T.ppElse || kind === T.ppEndif) && !this.jumps.has(this.position)) {
        if (kind === T.ppEndif && !this.closesConditional(this.position)) {
          this.position++;
          continue;
        }
        break;
      }
      list.push(this.guarded());
    }
    return list;
  }

  /** One statement; after an error, what remains of it is skipped and said. */
  private guarded(): Statement {
    const from = this.position;
    try {
      return this.statement();
    } catch (error) {
      if (!(error instanceof Unexpected)) throw error;
      this.problems.push({ at: error.at, message: error.message });
      this.recover(from);
      return { kind: "empty", at: this.tokens.starts[from]! };
    }
  }

  private recover(from: number): void {
    let depth = 0;
    this.position = Math.max(this.position, from);
    while (this.position < this.close) {
      const kind = this.tokens.kinds[this.position]!;
      if (kind >= T.ppIf && kind <= T.ppEndif && depth === 0 && this.position > from) return;
      this.position++;
      if (kind === op["{"]) depth++;
      else if (kind === op["}"] && --depth < 0) {
        this.position--;
        break;
      } else if (kind === op[";"] && depth === 0) break;
    }
    if (this.position === from) this.position++;
  }

  private statement(): Statement {
    if (
      this.tokens.kinds[this.position] === T.ppIf &&
      !this.jumps.has(this.position) &&
      this.conditionals.has(this.position)
    )
      return this.either();
    const kind = this.peek();
    const at = this.at();
    if (kind === op["{"]) return this.block();
    if (this.accept(op[";"])) return { kind: "empty", at };
    if (kind === T.identifier) {
      const word = this.text();
      if (statementKeywords.has(word)) {
        const statement = this.keywordStatement(word, at);
        if (statement) return statement;
      }
      if (word === "asm" || word === "__asm__") return this.assembler(at);
      if (this.kindAfter(1) === op[":"] && this.kindAfter(2) !== op[":"]) {
        this.position += 2;
        return { kind: "label", at, name: word };
      }
      if (this.beginsDeclaration()) return this.declaration();
      if (this.kindAfter(1) === op["("]) {
        const governed = this.macroStatement(word, at);
        if (governed) return governed;
      }
    }
    const expression = this.expression();
    if (!this.accept(op[";"])) {
      // A macro that carries its own semicolon.
      const next = this.peek();
      const standsAlone =
        expression.kind === "call" || (expression.kind === "name" && /^[A-Z_0-9]+$/.test(expression.name));
      if (!(standsAlone && (next === T.identifier || next === op["}"] || next === T.end)))
        throw new Unexpected(this.at(), `expected ';', found '${this.text()}'`);
    }
    return plainReturn(at, expression);
  }

  protected block(): Statement {
    const at = this.at();
    this.expect(op["{"], "'{'");
    const body = this.statements(this.close);
    // An #else or #endif here cuts the block in two.
    this.peek();
    this.expect(op["}"], "'}'");
    return { kind: "block", at, body };
  }

  private either(): Statement {
    const first = this.position;
    const at = this.at();
    const { branches, endif, hasElse } = this.conditionals.get(first)!;
    const readings: Statement[][] = [];
    for (let i = 0; i < branches.length; i++) {
      const stop = branches[i + 1] ?? endif;
      this.position = branches[i]! + 1;
      const problemsBefore = this.problems.length;
      readings.push(this.statements(stop));
      if (this.position !== stop || this.problems.length > problemsBefore) throw new SplitStatement(first);
    }
    this.position = endif + 1;
    if (!hasElse) readings.push([]);
    return {
      kind: "either",
      at,
      branches: readings,
      condition: conditionOf(this.tokens, this.conditionals, first),
    };
  }

  private keywordStatement(word: string, at: number): Statement | undefined {
    switch (word) {
      case "if": {
        this.position++;
        const condition = this.parenthesized();
        const then = this.guarded();
        // `} #endif else {` cuts here; peek() tells.
        let otherwise: Statement | undefined;
        const next = this.tokens.kinds[this.position];
        const directive =
          next !== undefined && next >= T.ppIf && next <= T.ppEndif && !this.jumps.has(this.position);
        if (directive) {
          if (this.elseFollowsDirective())
            throw new SplitStatement(next === T.ppIf ? this.position : this.conditionalOf(this.position));
        } else if (this.peek() === T.identifier && this.text() === "else") {
          this.position++;
          otherwise = this.guarded();
        }
        return { kind: "if", at, condition, then, otherwise };
      }
      case "while": {
        this.position++;
        const condition = this.parenthesized();
        return { kind: "while", at, condition, body: this.guarded() };
      }
      case "do": {
        this.position++;
        const body = this.guarded();
        if (this.peek() !== T.identifier || this.text() !== "while")
          throw new Unexpected(this.at(), "expected 'while' after 'do'");
        this.position++;
        const condition = this.parenthesized();
        this.accept(op[";"]);
        return { kind: "do", at, condition, body };
      }
      case "for":
        this.position++;
        return this.forLoop(at);
      case "switch": {
        this.position++;
        const value = plainLoad(this.parenthesized());
        return { kind: "switch", at, value, body: this.guarded() };
      }
      case "case": {
        this.position++;
        const value = this.conditional();
        const to = this.accept(op["..."]) ? this.conditional() : undefined;
        this.expect(op[":"], "':'");
        return { kind: "case", at, value, to };
      }
      case "default":
        this.position++;
        this.expect(op[":"], "':'");
        return { kind: "case", at, value: undefined, to: undefined };
      case "return": {
        this.position++;
        const value = this.peek() === op[";"] ? undefined : this.expression();
        this.expect(op[";"], "';'");
        return { kind: "return", at, value };
      }
      case "break":
      case "continue":
        this.position++;
        this.expect(op[";"], "';'");
        return { kind: word, at };
      case "goto": {
        this.position++;
        const computed = this.accept(op["*"]);
        const label = computed ? undefined : this.identifier();
        if (computed) this.expression();
        this.expect(op[";"], "';'");
        return { kind: "goto", at, label };
      }
      case "else":
        throw new Unexpected(at, "'else' without 'if'");
      default:
        return undefined;
    }
  }

  private elseFollowsDirective(): boolean {
    let i = this.position;
    while (i < this.close && this.tokens.kinds[i]! >= T.ppIf && this.tokens.kinds[i]! <= T.ppEndif) i++;
    return this.tokens.kinds[i] === T.identifier && this.text(i) === "else";
  }

  private forLoop(at: number): Statement {
    this.expect(op["("], "'('");
    let start: Statement | undefined;
    if (!this.accept(op[";"])) {
      if (this.peek() === T.identifier && this.beginsDeclaration()) start = this.declaration();
      else {
        start = { kind: "expression", at: this.at(), expression: this.expression() };
        this.expect(op[";"], "';'");
      }
    }
    const condition = this.peek() === op[";"] ? undefined : this.expression();
    this.expect(op[";"], "';'");
    const step = this.peek() === op[")"] ? undefined : this.expression();
    this.expect(op[")"], "')'");
    return { kind: "for", at, start, condition, step, body: this.guarded() };
  }

  private assembler(at: number): Statement {
    while (this.peek() === T.identifier) this.position++;
    if (this.peek() === op["("]) this.position = this.afterParentheses(this.position);
    this.accept(op[";"]);
    return { kind: "empty", at };
  }

  /** `name(…) {`, or `name(…)` before a statement that it governs; undefined when it is a plain call. */
  private macroStatement(word: string, at: number): Statement | undefined {
    const after = this.afterParentheses(this.position + 1);
    const next = after < this.close ? this.tokens.kinds[after]! : T.end;
    const governs =
      next === op["{"] || ((next === T.identifier || next === T.ppIf) && governsStatement.test(word));
    if (!governs) return undefined;
    this.position++;
    const list = this.callArguments();
    const body = this.guarded();
    return runsOnce.test(word)
      ? { kind: "block", at, body: [body] }
      : { kind: "iterate", at, macro: word, arguments: list, body };
  }

  private beginsDeclaration(): boolean {
    const word = this.text();
    if (statementKeywords.has(word)) return false;
    if (typeKeywords.has(word) || qualifiers.has(word)) return this.kindAfter(1) !== op["="];
    let i = 1;
    while (this.kindAfter(i) === T.identifier && qualifiers.has(this.text(this.position + i))) i++;
    const afterQualifiers = i;
    if (this.kindAfter(i) === T.identifier)
      return !statementKeywords.has(this.text(this.position + i)) && this.endsDeclarator(i + 1);
    while (this.kindAfter(i) === op["*"]) i++;
    if (i === afterQualifiers) return false;
    while (this.kindAfter(i) === T.identifier && qualifiers.has(this.text(this.position + i))) i++;
    return this.kindAfter(i) === T.identifier && this.endsDeclarator(i + 1);
  }

  private endsDeclarator(offset: number): boolean {
    const kind = this.kindAfter(offset);
    return (
      kind === op["="] ||
      kind === op[";"] ||
      kind === op[","] ||
      kind === op["["] ||
      kind === T.identifier ||
      kind === op[":"]
    );
  }

  private declaration(): Statement {
    const at = this.at();
    const base = this.typeSpecifier();
    const declarations: Declaration[] = [];
    if (this.accept(op[";"])) return { kind: "empty", at }; // a local struct
    do {
      declarations.push(this.declarator(base));
    } while (this.accept(op[","]));
    this.expect(op[";"], "';'");
    return { kind: "declare", at, declarations };
  }

  private declarator(base: CType): Declaration {
    let pointers = base.pointers;
    let at = this.at();
    let name = "";
    let cleanup: string | undefined;
    for (;;) {
      const kind = this.peek();
      if (kind === op["*"]) {
        pointers++;
        this.position++;
      } else if (kind === T.identifier) {
        const word = this.text();
        if (this.kindAfter(1) === op["("] && (name !== "" || word.startsWith("__"))) {
          // An attribute; __free(name) is the one that matters.
          this.position++;
          const list = this.callArguments();
          if (word === "__free" && list[0]?.kind === "name") cleanup = list[0].name;
        } else {
          if (name === "" && !qualifiers.has(word)) {
            name = word;
            at = this.at();
          }
          this.position++;
        }
      } else if (kind === op["("]) {
        // (*name)(…), or a function's parameters.
        if (name === "") {
          const after = this.afterParentheses(this.position);
          for (let i = this.position; i < after; i++)
            if (this.tokens.kinds[i] === T.identifier) {
              name = this.text(i);
              at = this.tokens.starts[i]!;
              break;
            }
          this.position = after;
          pointers++;
        } else this.position = this.afterParentheses(this.position);
      } else if (kind === op["["]) {
        this.position++;
        if (this.peek() !== op["]"]) this.expression();
        this.expect(op["]"], "']'");
        pointers++;
      } else if (kind === op[":"]) {
        this.position++;
        this.conditional();
      } else break;
    }
    const initial = this.accept(op["="]) ? this.initializerOrExpression() : undefined;
    return { at, name, type: { ...base, pointers }, initial, cleanup };
  }
}
