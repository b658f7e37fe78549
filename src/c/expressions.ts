/** Parses expressions, initialisers and the types in them. */
import { plainStore } from "./atomics.js";
import { takenPointer } from "./cleanup.js";
import { compound } from "./compound.js";
import { Cursor, Unexpected } from "./cursor.js";
import { qualifiers, statementKeywords, typeKeywords } from "./keywords.js";
import { op, T } from "./lexer.js";
import { separated } from "./own-comma.js";
import type { CType, Expression, InitializerItem, Statement } from "./syntax.js";

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

export abstract class ExpressionParser extends Cursor {
  /** The block that begins here, for GNU's `({ … })`. */
  protected abstract block(): Statement;

  initializerOrExpression(): Expression {
    return this.peek() === op["{"] ? this.initializer() : this.assignment();
  }

  protected initializer(): Expression {
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
      items.push(...separated({ path, value: this.initializerOrExpression() }));
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

  protected expression(): Expression {
    const first = this.assignment();
    if (this.peek() !== op[","]) return first;
    const items = [first];
    while (this.accept(op[","])) items.push(this.assignment());
    return { kind: "comma", at: first.at, items };
  }

  protected assignment(): Expression {
    const target = this.conditional();
    const kind = this.peek();
    if (!assignments.has(kind)) return target;
    const operator = this.text(this.position++);
    const value = this.initializerOrExpression();
    return compound({ kind: "assign", at: target.at, operator, target, value });
  }

  protected conditional(): Expression {
    const condition = this.binary(1);
    if (this.peek() !== op["?"]) return condition;
    this.position++;
    const then = this.peek() === op[":"] ? undefined : this.expression();
    this.expect(op[":"], "':'");
    const otherwise = this.conditionalOrAssign();
    return { kind: "conditional", at: condition.at, condition, then, otherwise };
  }

  protected conditionalOrAssign(): Expression {
    return this.peek() === op["{"] ? this.initializer() : this.conditional();
  }

  protected binary(least: number): Expression {
    let left = this.unary();
    for (;;) {
      const precedence = binaryPrecedence[this.peek()];
      if (precedence === undefined || precedence < least) return left;
      const operator = this.text(this.position++);
      const right = this.binary(precedence + 1);
      left = { kind: "binary", at: left.at, operator, left, right };
    }
  }

  protected unary(): Expression {
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

  protected skipPostfix(): void {
    if (this.peek() === op["["]) {
      while (this.peek() !== op["]"] && this.peek() !== T.end) this.position++;
      this.position++;
    } else this.position += 2;
  }

  protected beginsCast(): boolean {
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

  protected primary(): Expression {
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
  protected strings(at: number): Expression {
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

  protected postfix(start: Expression): Expression {
    let expression = start;
    for (;;) {
      switch (this.peek()) {
        case op["("]: {
          const list = this.callArguments();
          const end = this.tokens.ends[this.position - 1]!;
          const call = { kind: "call", at: expression.at, callee: expression, arguments: list, end } as const;
          const plain = plainStore(call);
          expression = plain === call ? takenPointer(call) : plain;
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
  protected callArguments(): Expression[] {
    this.expect(op["("], "'('");
    const list: Expression[] = [];
    if (this.accept(op[")"])) return list;
    do {
      list.push(this.argument());
    } while (this.accept(op[","]));
    this.expect(op[")"], "')'");
    return list;
  }

  protected argument(): Expression {
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

  protected parenthesized(): Expression {
    this.expect(op["("], "'('");
    const inner = this.expression();
    this.expect(op[")"], "')'");
    return inner;
  }

  /** A type up to its declarator: `const struct foo *` leaves the `*` to the caller. */
  protected typeSpecifier(): CType {
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

  /** A type with its `*`s and array brackets, as in a cast or a type argument. */
  protected typeName(): CType {
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
}

function numberValue(text: string): number {
  const digits = text.replace(/[uUlL]+$/, "");
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8);
  return Number(digits);
}
