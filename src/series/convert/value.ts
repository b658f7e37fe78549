/**
 * Whether a variable is read with the value that it has at some place. The statements of the function are followed
 * along its branches, loops and jumps, with one question for each: may the value still be there? A condition goes both
 * ways, and so does an #ifdef. In doubt the answer is yes: what is refused is converted by hand, but a conversion that
 * changes what a driver does is a bug.
 */
import type { Site } from "./conversion.js";
import { literally } from "./literally.js";
import type { BodyTokens } from "./tokens.js";

/** Where a variable has the value. */
export interface Origin {
  /** A token of the statement that sets it. */
  readonly call: number;
  /** The `if` right after it that asks whether it failed, and in which branch it did not. */
  readonly check?: { readonly at: number; readonly succeedsIn: "then" | "else" };
}

/** After a call whose failure a statement handles: where it has succeeded. */
export function successOf({ body, call }: Site, onFailure: { readonly from: number }): Origin {
  return { call, check: { at: body.opening(onFailure.from - 1) - 1, succeedsIn: "else" } };
}

/** Whether a name is known outside of the function, or keeps its value from one call to the next. */
export function isSeenElsewhere(body: BodyTokens, name: string): boolean {
  const word = literally(name);
  const outside = new RegExp(
    `^(?:static\\s+|extern\\s+)?(?:unsigned\\s+)?\\w+\\s+${word}\\s*(?:[=;,]|\\[)`,
    "m",
  );
  const isStatic = body.words.some(
    (w, i) => w === "static" && body.words.slice(i, i + 4).some((next) => next === name),
  );
  return isStatic || outside.test(body.file.text);
}

/** Whether a variable may be read before it is set anew, on any way on from where it has the value. */
export function isReadAfter(body: BodyTokens, name: string, origin: Origin): boolean {
  const walk = new Walk(body, name, origin);
  // A pass for each jump backwards within another would be exact; kernel functions have one at most.
  for (let pass = 0; pass < 3; pass++) walk.statement(0, false);
  return walk.isRead;
}

/** What leaves a loop or a switch early, and whether the value is there then. */
interface Around {
  breaks: boolean;
  continues: boolean;
  /** At the head of a switch: at each case of it. */
  readonly entry: boolean;
}

class Walk {
  isRead = false;
  private readonly jumps = new Map<string, boolean>();
  private around: Around = { breaks: false, continues: false, entry: false };
  /** At each #if that is open. */
  private readonly directives: boolean[] = [];

  constructor(
    private readonly body: BodyTokens,
    private readonly name: string,
    private readonly origin: Origin,
  ) {}

  /**
   * Follows the statement that begins at a token.
   * @param there whether the value may be there before it
   * @returns the token after it, and whether the value may be there then
   */
  statement(at: number, there: boolean): { readonly next: number; readonly there: boolean } {
    const { words } = this.body;
    const word = words[at]!;
    if (word.startsWith("#")) return { next: at + 1, there: this.directive(word, there) };
    if (word === "{") return this.block(at, there);
    if (word === "if") return this.branches(at, there);
    if (word === "do") return this.doLoop(at, there);
    if (word === "case" || word === "default")
      return { next: words.indexOf(":", at) + 1, there: there || this.around.entry };
    if (words[at + 1] === ":" && this.body.isName(at))
      return { next: at + 2, there: there || this.jumps.get(word) === true };
    const next = this.body.head(at);
    if (next !== undefined) return this.loop(at, next, there);
    const end = this.body.semicolon(at);
    const still = this.expression(at, end, there);
    if (word === "goto") this.jumps.set(words[at + 1]!, still || this.jumps.get(words[at + 1]!) === true);
    if (word === "break") this.around.breaks ||= still;
    if (word === "continue") this.around.continues ||= still;
    const leaves = /^(return|goto|break|continue)$/.test(word);
    const isOrigin = at <= this.origin.call && this.origin.call < end;
    return { next: end + 1, there: isOrigin || (still && !leaves) };
  }

  private block(open: number, before: boolean) {
    const close = this.body.closing(open);
    let [at, there] = [open + 1, before];
    while (at < close) ({ next: at, there } = this.statement(at, there));
    return { next: close + 1, there };
  }

  private branches(at: number, before: boolean) {
    const { words } = this.body;
    const close = this.body.closing(at + 1);
    const { check } = this.origin;
    const isCheck = check?.at === at;
    const there = isCheck ? before : this.expression(at + 1, close, before);
    const then = this.statement(close + 1, isCheck ? there && check.succeedsIn === "then" : there);
    const otherwise = isCheck ? there && check.succeedsIn === "else" : there;
    if (words[then.next] !== "else") return { next: then.next, there: then.there || otherwise };
    const other = this.statement(then.next + 1, otherwise);
    return { next: other.next, there: then.there || other.there };
  }

  private doLoop(at: number, before: boolean) {
    const { next, there } = this.within(false, () => this.again(at + 1, before));
    const close = this.body.closing(next + 1);
    return { next: close + 2, there: this.expression(next + 1, close, there) };
  }

  /** A loop or a switch, whose statement may run or not. */
  private loop(at: number, next: number, before: boolean) {
    const there = this.expression(at, next, before);
    const isSwitch = this.body.words[at] === "switch";
    const after = this.within(isSwitch && there, () => this.again(next, isSwitch ? false : there));
    return { next: after.next, there: after.there || there };
  }

  /** A statement that comes round. */
  private again(at: number, before: boolean) {
    const first = this.statement(at, before);
    return this.statement(at, before || first.there || this.around.continues);
  }

  private within(
    entry: boolean,
    follow: () => { readonly next: number; readonly there: boolean },
  ): { readonly next: number; readonly there: boolean } {
    const outer = this.around;
    this.around = { breaks: false, continues: false, entry };
    const { next, there } = follow();
    const { breaks, continues } = this.around;
    this.around = outer;
    return { next, there: there || breaks || continues };
  }

  private directive(word: string, there: boolean): boolean {
    if (/^#\s*if/.test(word)) this.directives.push(there);
    const before = this.directives.at(-1) ?? there;
    if (/^#\s*endif/.test(word)) this.directives.pop();
    return there || before;
  }

  /** Tokens without a statement in them. @returns whether the value may be there after them */
  private expression(from: number, to: number, before: boolean): boolean {
    const { words } = this.body;
    let there = before;
    let setUntil = -1;
    for (const use of this.body.occurrences(this.name, from, to)) {
      if (words[use + 1] !== "=") {
        if (there || (before && use < setUntil)) this.isRead = true;
        continue;
      }
      setUntil = this.body.operandEnd(use + 2);
      const isCertain = !words.slice(from, use).some((word) => /^(\?|:|&&|\|\|)$/.test(word));
      if (isCertain) there = false;
    }
    return there;
  }
}
