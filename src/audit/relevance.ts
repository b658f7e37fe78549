/**
 * Which fields, globals and predicates can decide whether vectors are allocated or freed: those asked in a condition
 * that guards a call that matters, or an early exit of a function that makes one; and what such a condition's locals
 * were computed from. Keeping track of any other only multiplies states.
 */

import type { CFunction, SourceFile } from "../c/source.js";
import type { Expression, Statement } from "../c/syntax.js";
import { bitCell, comparedBits } from "../exec/bits.js";
import { builtins } from "../exec/builtins.js";
import { predicateOf } from "../exec/condition.js";
import { children, statementExpressions, visit } from "../exec/function.js";

export interface Relevance {
  /** Worth keeping: asked twice, or set in one place and asked in another. */
  readonly kept: ReadonlySet<string>;
  /** Of these, what guards an allocation or a free itself: kept to the last. */
  readonly vital: ReadonlySet<string>;
  /** What decides whether a function that only frees is called, or goes on to its free. */
  readonly decisive: ReadonlySet<string>;
}

/** What is known of the functions around. */
export interface Surroundings {
  /** The names of what a function may call that matters. */
  readonly matters: ReadonlySet<string>;
  /** The calls that allocate and free: where one stands, an early exit counts as well. */
  readonly apis: ReadonlySet<string>;
  /** Names of calls that free and allocate nothing, and of fields through which such are called. */
  readonly freeing: ReadonlySet<string>;
  /** A function that only hands on what an expression says, as a file sees it. */
  trivial(name: string, from: SourceFile): CFunction | undefined;
}

/** @param functions those that matter */
export function relevantNames(functions: Iterable<CFunction>, around: Surroundings): Relevance {
  const asked = new Map<string, number>();
  const written = new Set<string>();
  const guards = new Set<string>();
  const decisive = new Set<string>();
  for (const definition of functions) {
    const { body } = definition.file.body(definition);
    new Collector(around, definition, asked, written, guards, decisive).function(
      body,
      callsDirectly(definition, around.apis),
    );
  }
  const kept = new Set<string>();
  for (const [name, times] of asked) if (times > 1 || written.has(name) || guards.has(name)) kept.add(name);
  return { kept, vital: guards, decisive };
}

function callsDirectly({ file, open, close }: CFunction, apis: ReadonlySet<string>): boolean {
  const { tokens } = file;
  const body = tokens.text.slice(tokens.starts[open], tokens.ends[close]);
  return [...apis].some((api) => body.includes(`${api}(`));
}

class Collector {
  private readonly locals = new Set<string>();
  private readonly decidingLocals = new Set<string>();
  private exitsCount = false;
  private readonly assignments: { target: string; value: Expression }[] = [];

  constructor(
    private readonly around: Surroundings,
    private readonly definition: CFunction,
    private readonly asked: Map<string, number>,
    private readonly written: Set<string>,
    private readonly guards: Set<string>,
    private readonly decisive: Set<string>,
  ) {}

  /** @param exitsCount whether a condition of an early exit counts */
  function(body: Statement, exitsCount: boolean): void {
    this.exitsCount = exitsCount;
    this.statement(body);
    // What a relevant local was computed from is relevant too.
    for (const { target, value } of this.assignments) {
      if (this.locals.has(target)) this.ask(value);
      if (this.decidingLocals.has(target)) this.decide(value);
    }
  }

  private decide(condition: Expression): void {
    for (const { name, isCall } of decidersIn(condition)) {
      this.decisive.add(name);
      this.decidingLocals.add(name);
      const behind = isCall ? this.around.trivial(name, this.definition.file) : undefined;
      if (!behind) continue;
      for (const root of statementExpressions(behind.file.body(behind).body))
        for (const inner of decidersIn(root)) this.decisive.add(inner.name);
    }
  }

  private ask(condition: Expression): void {
    for (const name of namesIn(condition)) this.asked.set(name, (this.asked.get(name) ?? 0) + 1);
    visit(condition, (e) => e.kind === "name" && this.locals.add(e.name));
  }

  private guard(condition: Expression): void {
    for (const name of namesIn(condition)) this.guards.add(name);
  }

  private calls(s: Statement | undefined, names: ReadonlySet<string>): boolean {
    return (
      s !== undefined &&
      statementExpressions(s).some((root) => {
        let found = false;
        visit(root, (e) => {
          if (e.kind !== "call") return;
          if (e.callee.kind === "name") found ||= names.has(e.callee.name);
          else if (e.callee.kind === "member") found ||= names.has(e.callee.field);
        });
        return found;
      })
    );
  }

  /** Notes what an expression sets, and what its conditional calls ask. */
  private note(e: Expression): void {
    visit(e, (inner) => {
      if (inner.kind === "assign") this.noteAssignment(inner);
      else if (inner.kind === "conditional") {
        if (this.hasCall(inner.otherwise) || (inner.then && this.hasCall(inner.then)))
          this.ask(inner.condition);
      } else if (
        inner.kind === "call" &&
        inner.callee.kind === "name" &&
        /^_{0,2}(set|clear)_bit$/.test(inner.callee.name)
      ) {
        const [nr, address] = inner.arguments;
        const word = address && wordName(address);
        if (nr && word !== undefined) this.written.add(bitCell(word, nr));
      }
    });
  }

  private noteAssignment({ target, value, operator }: Extract<Expression, { kind: "assign" }>): void {
    const word = wordName(target);
    if (word === undefined) return;
    this.written.add(word);
    if (target.kind === "name") this.assignments.push({ target: target.name, value });
    if (operator === "|=") this.written.add(bitCell(word, value));
    else if (operator === "&=" && value.kind === "unary") this.written.add(bitCell(word, value.operand));
  }

  private hasCall(e: Expression): boolean {
    let found = false;
    visit(e, (inner) => {
      if (inner.kind === "call")
        found ||=
          inner.callee.kind === "name"
            ? this.around.matters.has(inner.callee.name)
            : inner.callee.kind === "member" && this.around.matters.has(inner.callee.field);
    });
    return found;
  }

  /** Walks a statement. @returns whether it makes a call that matters, or leaves where it stands */
  private statement(s: Statement): boolean {
    switch (s.kind) {
      case "block":
        return this.all(s.body);
      case "either":
        return this.either(s);
      case "declare":
        return s.declarations
          .map(({ initial, name }) => {
            if (!initial) return false;
            this.note(initial);
            this.assignments.push({ target: name, value: initial });
            return this.hasCall(initial);
          })
          .some(Boolean);
      case "expression":
        this.note(s.expression);
        return this.hasCall(s.expression);
      case "if": {
        this.note(s.condition);
        const then = this.statement(s.then);
        const otherwise = s.otherwise ? this.statement(s.otherwise) : false;
        if (then || otherwise) this.ask(s.condition);
        const { apis, freeing } = this.around;
        if (this.calls(s.then, apis) || this.calls(s.otherwise, apis)) this.guard(s.condition);
        const frees = this.calls(s.then, freeing) || this.calls(s.otherwise, freeing);
        if (frees || (freeing.has(this.definition.name) && isExit(s.then))) this.decide(s.condition);
        return then || otherwise || this.hasCall(s.condition);
      }
      case "while":
      case "do": {
        const inside = this.statement(s.body);
        if (inside) this.ask(s.condition);
        return inside || this.hasCall(s.condition);
      }
      case "for": {
        if (s.start) this.statement(s.start);
        return this.statement(s.body);
      }
      case "iterate":
        return this.statement(s.body);
      case "switch": {
        const inside = this.statement(s.body);
        if (inside) this.ask(s.value);
        const { apis, freeing } = this.around;
        if (this.calls(s.body, apis)) this.guard(s.value);
        if (this.calls(s.body, freeing)) this.decide(s.value);
        return inside;
      }
      case "return":
        if (s.value) this.note(s.value);
        return this.exitsCount || (s.value !== undefined && this.hasCall(s.value));
      case "goto":
      case "break":
      case "continue":
        return this.exitsCount;
      default:
        return false;
    }
  }

  private either({ branches, condition }: Extract<Statement, { kind: "either" }>): boolean {
    const counts = branches.map((branch) => this.all(branch)).some(Boolean);
    if (counts && condition) this.ask(condition);
    return counts;
  }

  private all(statements: readonly Statement[]): boolean {
    return statements.map((s) => this.statement(s)).some(Boolean);
  }
}

/** Whether a statement leaves the function, or what it is in. */
function isExit(s: Statement): boolean {
  if (s.kind === "block") return s.body.length > 0 && isExit(s.body[s.body.length - 1]!);
  return s.kind === "return" || s.kind === "goto";
}

/** The fields, globals and predicates in a condition; of `x->flags & BIT` and `test_bit(BIT, &x->flags)` just that bit. */
function namesIn(condition: Expression): string[] {
  const names: string[] = [];
  const walk = (e: Expression): void => {
    const bit = bitIn(e);
    if (bit !== undefined) {
      names.push(bit);
      return;
    }
    if (e.kind === "call" && predicateOf(e).endsWith(")")) names.push(predicateOf(e)); // its name alone follows
    if (e.kind === "member") names.push(e.field);
    else if (e.kind === "name") names.push(e.name);
    for (const child of children(e)) walk(child);
  };
  walk(condition);
  return names;
}

/** What a condition asks: a field, a variable or a bit, or a predicate that is called. */
interface Decider {
  readonly name: string;
  readonly isCall: boolean;
}

/** As namesIn, but without the way to a field, and what a predicate is asked with. */
function decidersIn(condition: Expression): readonly Decider[] {
  const bit = bitIn(condition);
  if (bit !== undefined) return [{ name: bit, isCall: false }];
  switch (condition.kind) {
    case "member":
      return [{ name: condition.field, isCall: false }];
    case "name":
      return [{ name: condition.name, isCall: false }];
    case "call":
      return condition.callee.kind === "name" && builtins[condition.callee.name]
        ? condition.arguments.flatMap(decidersIn)
        : [{ name: predicateOf(condition), isCall: true }];
    case "unary":
    case "cast":
      return decidersIn(condition.operand);
    case "binary":
      return [...decidersIn(condition.left), ...decidersIn(condition.right)];
    default:
      return [];
  }
}

function bitIn(e: Expression): string | undefined {
  const compared = comparedBits(e);
  if (compared) {
    const word = wordName(compared.word);
    return word === undefined ? undefined : word + compared.suffix;
  }
  if (e.kind === "binary" && e.operator === "&") {
    const word = wordName(e.left);
    return word === undefined ? undefined : bitCell(word, e.right);
  }
  if (e.kind === "call" && e.callee.kind === "name" && /^(__)?test_(and_\w+_)?bit$/.test(e.callee.name)) {
    const [nr, address] = e.arguments;
    const word = address && wordName(address);
    return nr && word !== undefined ? bitCell(word, nr) : undefined;
  }
  return undefined;
}

/** The field or variable that holds the bits. */
function wordName(e: Expression): string | undefined {
  if (e.kind === "member") return e.field;
  if (e.kind === "name") return e.name;
  if ((e.kind === "unary" && e.operator === "&") || e.kind === "cast") return wordName(e.operand);
  return undefined;
}
