/**
 * Parses function bodies and initialisers without a preprocessor. Macros are told apart by their use, not by a list
 * of names: `name(…) {` begins a block that a macro governs, `name(…)` before another statement is a statement of
 * its own. An #if around whole statements becomes an `either`; one that cuts a statement in two makes the whole body
 * be read twice, once with each side.
 */
import { op, T, type Tokens, tokenize } from "./lexer.js";
import type { CType, Declaration, Expression, InitializerItem, Statement, SyntaxProblem } from "./syntax.js";

const typeKeywords = new Set(
  "struct union enum const volatile static register extern inline unsigned signed void char short int long float double bool _Bool auto __auto_type typeof __typeof__ typeof_member u8 u16 u32 u64 s8 s16 s32 s64 __u8 __u16 __u32 __u64 __le16 __le32 __le64 __be16 __be32 __be64 size_t ssize_t dma_addr_t resource_size_t irqreturn_t pm_message_t pci_power_t gfp_t phys_addr_t uintptr_t acpi_status acpi_handle".split(
    " ",
  ),
);
const qualifiers = new Set(
  "const volatile static register extern inline __inline __always_inline __maybe_unused __always_unused __unused __iomem __user __percpu __rcu __force __kernel __bitwise __restrict restrict __init __exit __initdata __initconst __refdata __read_mostly __ro_after_init __cacheline_aligned __must_check __cold __hot __packed __attribute_const__ noinline asmlinkage notrace __visible __weak __pure __private __nocast __safe __nonstring __deprecated __nocfi".split(
    " ",
  ),
);
const statementKeywords = new Set(
  "if else while for do switch case default return break continue goto sizeof".split(" "),
);

// biome-ignore format: a table reads better than a column
const binaryPrecedence: Readonly<Record<number, number>> = {
  [op["*"]]: 10, [op["/"]]: 10, [op["%"]]: 10,
  [op["+"]]: 9, [op["-"]]: 9,
  [op["<<"]]: 8, [op[">>"]]: 8,
  [op["<"]]: 7, [op[">"]]: 7, [op["<="]]: 7, [op[">="]]: 7,
  [op["=="]]: 6, [op["!="]]: 6,
  [op["&"]]: 5, [op["^"]]: 4, [op["|"]]: 3,
  [op["&&"]]: 2, [op["||"]]: 1,
};

const assignments = new Set<number>(
  (["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="] as const).map((text) => op[text]),
);

/** Macros that govern a block which runs once, not a loop: include/linux/cleanup.h and the `with_…` families. */
const runsOnce = /^(scoped_|with_|guarded_)/;
/** A macro that governs the single statement after it is named after what it does. */
const governsStatement = /each|^for_|_for$|scoped_|^with_|_loop\b/;

class Unexpected extends Error {
  constructor(
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

/** An #if stands where only part of a statement can. */
class SplitStatement extends Error {
  constructor(readonly conditional: number) {
    super("an #if splits a statement");
  }
}

/** The parts of one #if … #endif, as token indices. */
interface Conditional {
  /** Where each branch's directive stands. */
  readonly branches: number[];
  readonly endif: number;
  readonly hasElse: boolean;
}

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

function findConditionals(tokens: Tokens, from: number, to: number): Map<number, Conditional> {
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

/** Which branch of a conditional is read: an index, -1 for the last (nothing when there is no #else), or all in turn. */
type Choice = number | "all";

class Parser {
  private position: number;
  private readonly problems: SyntaxProblem[] = [];
  /** Where to jump from a directive of a decided conditional. */
  private readonly jumps = new Map<number, number>();

  constructor(
    private readonly tokens: Tokens,
    open: number,
    private readonly close: number,
    private readonly conditionals: ReadonlyMap<number, Conditional>,
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

  parse(): ParsedBody {
    const at = this.tokens.starts[this.position - 1]!;
    const body = this.statements(this.close);
    return { body: { kind: "block", at, body }, problems: this.problems };
  }

  // ---- tokens

  /** The kind of the next token, after directives whose branch is decided. */
  private peek(): number {
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

  private closesConditional(index: number): boolean {
    for (const conditional of this.conditionals.values()) if (conditional.endif === index) return true;
    return false;
  }

  private conditionalOf(index: number): number {
    for (const [first, { branches, endif }] of this.conditionals)
      if (endif === index || branches.includes(index)) return first;
    throw new Unexpected(this.tokens.starts[index]!, "#else without #if");
  }

  private at(): number {
    return this.tokens.starts[this.position]!;
  }

  private text(index = this.position): string {
    return this.tokens.text.slice(this.tokens.starts[index], this.tokens.ends[index]);
  }

  private accept(kind: number): boolean {
    if (this.peek() !== kind) return false;
    this.position++;
    return true;
  }

  private expect(kind: number, what: string): void {
    if (!this.accept(kind)) throw new Unexpected(this.at(), `expected ${what}, found '${this.text()}'`);
  }

  private identifier(): string {
    if (this.peek() !== T.identifier)
      throw new Unexpected(this.at(), `expected a name, found '${this.text()}'`);
    return this.text(this.position++);
  }

  private kindAfter(offset: number): number {
    return this.position + offset < this.close ? this.tokens.kinds[this.position + offset]! : T.end;
  }

  /** The token after the `)` that closes the `(` at `open`. */
  private afterParentheses(open: number): number {
    let depth = 0;
    for (let i = open; i < this.close; i++) {
      const kind = this.tokens.kinds[i]!;
      if (kind === op["("]) depth++;
      else if (kind === op[")"] && --depth === 0) return i + 1;
    }
    return this.close;
  }

  // ---- statements

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
    return { kind: "expression", at, expression };
  }

  private block(): Statement {
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
        const value = this.parenthesized();
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

  private parenthesized(): Expression {
    this.expect(op["("], "'('");
    const inner = this.expression();
    this.expect(op[")"], "')'");
    return inner;
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

  // ---- declarations

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

  /** A type up to its declarator: `const struct foo *` leaves the `*` to the caller. */
  private typeSpecifier(): CType {
    let name = "";
    let isStruct = false;
    for (;;) {
      if (this.peek() !== T.identifier) break;
      const word = this.text();
      if (word === "struct" || word === "union" || word === "enum") {
        this.position++;
        isStruct = word !== "enum";
        while (this.peek() === T.identifier && qualifiers.has(this.text())) this.position++;
        if (this.peek() === T.identifier) name = this.text(this.position++);
        if (this.peek() === op["{"]) this.position = this.matching(this.position) + 1;
        continue;
      }
      if (/^(__)?typeof/.test(word)) {
        this.position++;
        if (this.peek() === op["("]) this.position = this.afterParentheses(this.position);
        name = "typeof";
        continue;
      }
      if (qualifiers.has(word)) {
        this.position++;
        if (this.peek() === op["("]) this.position = this.afterParentheses(this.position);
        continue;
      }
      if (word.startsWith("__attribute") && this.kindAfter(1) === op["("]) {
        this.position = this.afterParentheses(this.position + 1);
        continue;
      }
      if (name !== "" && !typeKeywords.has(word)) break;
      name = word;
      this.position++;
    }
    return { name, pointers: 0, isStruct };
  }

  private matching(open: number): number {
    let depth = 0;
    for (let i = open; i < this.close; i++) {
      if (this.tokens.kinds[i] === op["{"]) depth++;
      else if (this.tokens.kinds[i] === op["}"] && --depth === 0) return i;
    }
    return this.close;
  }

  /** A type with its `*`s and array brackets, as in a cast or a type argument. */
  private typeName(): CType {
    const base = this.typeSpecifier();
    let pointers = 0;
    for (;;) {
      const kind = this.peek();
      if (kind === op["*"]) {
        pointers++;
        this.position++;
      } else if (kind === T.identifier && qualifiers.has(this.text())) this.position++;
      else if (kind === op["("]) this.position = this.afterParentheses(this.position);
      else if (kind === op["["]) {
        while (this.peek() !== op["]"] && this.peek() !== T.end) this.position++;
        this.expect(op["]"], "']'");
      } else break;
    }
    return { ...base, pointers };
  }

  // ---- expressions

  initializerOrExpression(): Expression {
    return this.peek() === op["{"] ? this.initializer() : this.assignment();
  }

  private initializer(): Expression {
    const at = this.at();
    this.expect(op["{"], "'{'");
    const items: InitializerItem[] = [];
    while (this.peek() !== op["}"]) {
      if (this.peek() === T.end) throw new Unexpected(at, "initialiser without '}'");
      const path: string[] = [];
      for (;;) {
        if (this.peek() === op["."]) {
          this.position++;
          path.push(this.identifier());
        } else if (this.peek() === op["["]) {
          this.position++;
          this.conditional();
          if (this.accept(op["..."])) this.conditional();
          this.expect(op["]"], "']'");
        } else break;
      }
      if (path.length === 0 && this.peek() === T.identifier && this.kindAfter(1) === op[":"]) {
        path.push(this.identifier()); // GNU's old `field: value`
        this.position++;
      } else if (path.length > 0 || this.peek() === op["="]) this.accept(op["="]);
      items.push({ path, value: this.initializerOrExpression() });
      // Macros that expand to several items, such as SET_SYSTEM_SLEEP_PM_OPS(a, b), may carry their own comma.
      if (
        !this.accept(op[","]) &&
        this.peek() !== op["}"] &&
        !(this.peek() === T.identifier || this.peek() === op["."])
      )
        throw new Unexpected(this.at(), `expected ',' or '}', found '${this.text()}'`);
    }
    this.position++;
    return { kind: "initializer", at, items };
  }

  private expression(): Expression {
    const first = this.assignment();
    if (this.peek() !== op[","]) return first;
    const items = [first];
    while (this.accept(op[","])) items.push(this.assignment());
    return { kind: "comma", at: first.at, items };
  }

  private assignment(): Expression {
    const target = this.conditional();
    const kind = this.peek();
    if (!assignments.has(kind)) return target;
    const operator = this.text(this.position++);
    const value = this.initializerOrExpression();
    return { kind: "assign", at: target.at, operator, target, value };
  }

  private conditional(): Expression {
    const condition = this.binary(1);
    if (this.peek() !== op["?"]) return condition;
    this.position++;
    const then = this.peek() === op[":"] ? undefined : this.expression();
    this.expect(op[":"], "':'");
    const otherwise = this.conditionalOrAssign();
    return { kind: "conditional", at: condition.at, condition, then, otherwise };
  }

  private conditionalOrAssign(): Expression {
    return this.peek() === op["{"] ? this.initializer() : this.conditional();
  }

  private binary(least: number): Expression {
    let left = this.unary();
    for (;;) {
      const precedence = binaryPrecedence[this.peek()];
      if (precedence === undefined || precedence < least) return left;
      const operator = this.text(this.position++);
      const right = this.binary(precedence + 1);
      left = { kind: "binary", at: left.at, operator, left, right };
    }
  }

  private unary(): Expression {
    const kind = this.peek();
    const at = this.at();
    switch (kind) {
      case op["!"]:
      case op["-"]:
      case op["+"]:
      case op["~"]:
      case op["*"]:
      case op["&"]:
      case op["++"]:
      case op["--"]: {
        const operator = this.text(this.position++) as "!";
        return { kind: "unary", at, operator, operand: this.unary() };
      }
      case op["&&"]: // the address of a label
        this.position++;
        return { kind: "name", at, name: this.identifier() };
      case op["("]:
        if (this.beginsCast()) {
          this.position++;
          const type = this.typeName();
          this.expect(op[")"], "')'");
          if (this.peek() === op["{"])
            return this.postfix({ kind: "cast", at, type, operand: this.initializer() });
          return { kind: "cast", at, type, operand: this.unary() };
        }
        break;
      case T.identifier: {
        const word = this.text();
        if (word === "sizeof" || word === "__alignof__" || word === "_Alignof") {
          this.position++;
          if (this.peek() === op["("]) {
            this.position = this.afterParentheses(this.position);
            while (this.peek() === op["."] || this.peek() === op["->"] || this.peek() === op["["])
              this.skipPostfix();
          } else this.unary();
          return { kind: "name", at, name: "sizeof" };
        }
        if (word === "__extension__") {
          this.position++;
          return this.unary();
        }
      }
    }
    return this.postfix(this.primary());
  }

  private skipPostfix(): void {
    if (this.peek() === op["["]) {
      while (this.peek() !== op["]"] && this.peek() !== T.end) this.position++;
      this.position++;
    } else this.position += 2;
  }

  private beginsCast(): boolean {
    const first = this.kindAfter(1);
    if (first !== T.identifier) return false;
    const word = this.text(this.position + 1);
    if (typeKeywords.has(word) || qualifiers.has(word)) return true;
    let i = 2;
    while (this.kindAfter(i) === T.identifier && qualifiers.has(this.text(this.position + i))) i++;
    if (this.kindAfter(i) === op["*"]) {
      while (
        this.kindAfter(i) === op["*"] ||
        (this.kindAfter(i) === T.identifier && qualifiers.has(this.text(this.position + i)))
      )
        i++;
      return this.kindAfter(i) === op[")"];
    }
    if (this.kindAfter(i) !== op[")"]) return false;
    const after = this.kindAfter(i + 1);
    if (after === T.identifier)
      return (
        !statementKeywords.has(this.text(this.position + i + 1)) ||
        this.text(this.position + i + 1) === "sizeof"
      );
    if (
      after === T.number ||
      after === T.string ||
      after === T.char ||
      after === op["!"] ||
      after === op["~"] ||
      after === op["{"]
    )
      return true;
    return after === op["("] && /_t$|^[usb]\d+$|^(ulong|uint|ushort|uchar)$/.test(word);
  }

  private primary(): Expression {
    const kind = this.peek();
    const at = this.at();
    if (kind === T.identifier) {
      const word = this.text();
      if (statementKeywords.has(word)) throw new Unexpected(at, `unexpected '${word}'`);
      this.position++;
      if (this.peek() === T.string) return this.strings(at);
      if (
        typeKeywords.has(word) &&
        this.peek() !== op["("] &&
        this.peek() !== op["."] &&
        this.peek() !== op["->"] &&
        this.peek() !== op["["]
      ) {
        this.position--;
        if (
          typeKeywords.has(word) &&
          (word === "struct" ||
            word === "union" ||
            word === "enum" ||
            this.kindAfter(1) === op["*"] ||
            this.kindAfter(1) === T.identifier)
        )
          return { kind: "type", at, type: this.typeName() };
        this.position++;
      }
      return { kind: "name", at, name: word };
    }
    if (kind === T.number || kind === T.char) {
      this.position++;
      return {
        kind: "number",
        at,
        value: kind === T.char ? Number.NaN : numberValue(this.text(this.position - 1)),
      };
    }
    if (kind === T.string) return this.strings(at);
    if (kind === op["("]) {
      this.position++;
      if (this.peek() === op["{"]) {
        const body = this.block();
        this.expect(op[")"], "')'");
        return { kind: "block", at, body };
      }
      const inner = this.expression();
      this.expect(op[")"], "')'");
      return inner;
    }
    throw new Unexpected(at, `unexpected '${this.text()}'`);
  }

  /** Adjacent literals, with the macros that stand between them. */
  private strings(at: number): Expression {
    for (;;) {
      const kind = this.peek();
      if (kind === T.string) this.position++;
      else if (kind === T.identifier && !statementKeywords.has(this.text())) {
        this.position++;
        if (this.peek() === op["("]) this.position = this.afterParentheses(this.position);
      } else if (kind === op["#"] && this.kindAfter(1) === T.identifier) this.position += 2;
      else return { kind: "string", at };
    }
  }

  private postfix(start: Expression): Expression {
    let expression = start;
    for (;;) {
      switch (this.peek()) {
        case op["("]: {
          const list = this.callArguments();
          const end = this.tokens.ends[this.position - 1]!;
          expression = { kind: "call", at: expression.at, callee: expression, arguments: list, end };
          break;
        }
        case op["["]: {
          this.position++;
          const index = this.expression();
          this.expect(op["]"], "']'");
          expression = { kind: "index", at: expression.at, object: expression, index };
          break;
        }
        case op["."]:
        case op["->"]: {
          const arrow = this.peek() === op["->"];
          this.position++;
          expression = {
            kind: "member",
            at: expression.at,
            object: expression,
            field: this.identifier(),
            arrow,
          };
          break;
        }
        case op["++"]:
        case op["--"]: {
          const operator = this.text(this.position++) as "++";
          expression = { kind: "postfix", at: expression.at, operator, operand: expression };
          break;
        }
        case T.string:
          // A macro call in the middle of a literal.
          if (expression.kind !== "call" && expression.kind !== "string") return expression;
          this.strings(expression.at);
          expression = { kind: "string", at: expression.at };
          break;
        default:
          return expression;
      }
    }
  }

  /** Arguments of a call or a macro. What is no expression (a type, an operator, a statement) is kept as a nameless name. */
  private callArguments(): Expression[] {
    this.expect(op["("], "'('");
    const list: Expression[] = [];
    if (this.accept(op[")"])) return list;
    do {
      list.push(this.argument());
    } while (this.accept(op[","]));
    this.expect(op[")"], "')'");
    return list;
  }

  private argument(): Expression {
    const from = this.position;
    const at = this.at();
    try {
      const argument = this.peek() === op["{"] ? this.initializer() : this.assignment();
      if (this.peek() === op[","] || this.peek() === op[")"]) return argument;
    } catch (error) {
      if (!(error instanceof Unexpected)) throw error;
    }
    this.position = from;
    let depth = 0;
    for (; this.position < this.close; this.position++) {
      const kind = this.peek();
      if (depth === 0 && (kind === op[","] || kind === op[")"])) break;
      if (kind === op["("] || kind === op["{"] || kind === op["["]) depth++;
      else if (kind === op[")"] || kind === op["}"] || kind === op["]"]) depth--;
      else if (kind === op[";"] && depth === 0) throw new Unexpected(this.at(), "';' in arguments");
    }
    return { kind: "name", at, name: "" };
  }
}

function numberValue(text: string): number {
  const digits = text.replace(/[uUlL]+$/, "");
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8);
  return Number(digits);
}
