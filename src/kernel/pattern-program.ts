/**
 * A regular expression as a machine that is in several places at once (Thompson, "Regular expression search
 * algorithm", 1968): what it takes to look for the expression in time that grows with the text and nothing else.
 */
import { generate } from "oniguruma-parser/generator";
import type {
  AlternativeElementNode,
  AlternativeNode,
  AssertionNode,
  CharacterClassNode,
  CharacterNode,
  CharacterSetNode,
  QuantifierNode,
  RegexNode,
} from "oniguruma-parser/parser";
import { toRegExp } from "oniguruma-to-es";

export type Assertion = "start" | "end" | "word-boundary" | "no-word-boundary";

/** Places are indices of instructions. */
export type Instruction =
  /** One character of a set, an index of `Program.sets`. */
  | { readonly kind: "take"; readonly set: number; readonly next: number }
  | { readonly kind: "fork"; next: number; other: number }
  | { readonly kind: "assert"; readonly what: Assertion; readonly next: number }
  | { readonly kind: "match" };

export interface Program {
  readonly instructions: readonly Instruction[];
  readonly start: number;
  /** Each tells whether a single character belongs to the set. */
  readonly sets: readonly RegExp[];
}

/** `a{1000}{1000}` is a million; no expression that a person wrote has a thousandth of it. */
export const MOST_INSTRUCTIONS = 1000;

/**
 * @throws Error for what no such machine can do (what depends on earlier matches, on what stands around), and for
 * what would be too large.
 */
export function programOf({ body, flags }: RegexNode): Program {
  if (flags.digitIsAscii || flags.posixIsAscii || flags.spaceIsAscii || flags.wordIsAscii)
    throw new Error("flags for ASCII are not supported beside repetitions");
  const compiler = new Compiler();
  const match = compiler.add({ kind: "match" });
  const start = compiler.alternatives(body, match, { ignoreCase: flags.ignoreCase, dotAll: flags.dotAll });
  return { instructions: compiler.instructions, start, sets: compiler.sets };
}

interface Modifiers {
  readonly ignoreCase: boolean;
  readonly dotAll: boolean;
}

/** Builds from the end: each part is told where to go after it, and says where it begins. */
class Compiler {
  readonly instructions: Instruction[] = [];
  readonly sets: RegExp[] = [];
  private readonly known = new Map<string, number>();

  add(instruction: Instruction): number {
    if (this.instructions.length >= MOST_INSTRUCTIONS) throw new Error("too large");
    return this.instructions.push(instruction) - 1;
  }

  alternatives(all: readonly AlternativeNode[], next: number, modifiers: Modifiers): number {
    const starts: number[] = [];
    let current = modifiers; // `(?i)` lasts to the end of the group
    for (const { body } of all) {
      const parts = body.map((node) => {
        if (node.type === "Directive" && node.kind === "flags") current = modified(current, node.flags);
        return { node, modifiers: current };
      });
      starts.push(parts.reduceRight((place, part) => this.element(part.node, place, part.modifiers), next));
    }
    return starts.reduceRight((other, place) => this.add({ kind: "fork", next: place, other }));
  }

  private element(node: AlternativeElementNode, next: number, modifiers: Modifiers): number {
    switch (node.type) {
      case "Character":
      case "CharacterClass":
      case "CharacterSet":
        return this.add({ kind: "take", set: this.set(node, modifiers), next });
      case "Assertion":
        return this.assertion(node, next);
      case "CapturingGroup":
        return this.alternatives(node.body, next, modifiers);
      case "Group":
        if (node.atomic) throw new Error("an atomic group is not supported beside repetitions");
        return this.alternatives(node.body, next, node.flags ? modified(modifiers, node.flags) : modifiers);
      case "Directive":
        if (node.kind === "flags") return next;
        break;
      case "Quantifier":
        return this.quantifier(node, next, modifiers);
    }
    throw new Error(`${node.type} is not supported beside repetitions`);
  }

  /** Greedy or lazy is the same where only whether it matches is asked. */
  private quantifier({ kind, min, max, body }: QuantifierNode, next: number, modifiers: Modifiers): number {
    if (kind === "possessive") throw new Error("a possessive quantifier is not supported beside repetitions");
    let place = next;
    if (max === Number.POSITIVE_INFINITY) {
      const loop: Instruction = { kind: "fork", next, other: next };
      place = this.add(loop);
      loop.next = this.element(body, place, modifiers);
    } else
      for (let n = min; n < max; n++)
        place = this.add({ kind: "fork", next: this.element(body, place, modifiers), other: next });
    for (let n = 0; n < min; n++) place = this.element(body, place, modifiers);
    return place;
  }

  private assertion({ kind, negate }: AssertionNode, next: number): number {
    switch (kind) {
      case "string_start":
      case "search_start":
        return this.add({ kind: "assert", what: "start", next });
      case "string_end":
        return this.add({ kind: "assert", what: "end", next });
      case "word_boundary":
        return this.add({ kind: "assert", what: negate ? "no-word-boundary" : "word-boundary", next });
      // Texts are lines, without their ends.
      case "line_start":
        return this.add({ kind: "assert", what: "start", next });
      case "line_end":
      case "string_end_newline":
        return this.add({ kind: "assert", what: "end", next });
      default:
        throw new Error(`${kind} is not supported beside repetitions`);
    }
  }

  /** The set as an expression for one character, made by the same translation as whole expressions. */
  private set(node: CharacterNode | CharacterClassNode | CharacterSetNode, modifiers: Modifiers): number {
    if (node.type === "CharacterSet" && node.variableLength)
      throw new Error(`${node.kind} is not supported beside repetitions`);
    const { pattern } = generate({
      type: "Regex",
      body: [{ type: "Alternative", body: [node] }],
      flags: NO_FLAGS,
    });
    const flags = `${modifiers.ignoreCase ? "i" : ""}${modifiers.dotAll ? "m" : ""}`;
    const key = `${flags} ${pattern}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const set = this.sets.push(toRegExp(`\\A${pattern}\\z`, { flags, target: "ES2024" })) - 1;
    this.known.set(key, set);
    return set;
  }
}

const NO_FLAGS = {
  type: "Flags",
  ignoreCase: false,
  dotAll: false,
  extended: false,
  digitIsAscii: false,
  posixIsAscii: false,
  spaceIsAscii: false,
  wordIsAscii: false,
  textSegmentMode: null,
} as const;

type Changes = { readonly enable?: Partial<Modifiers>; readonly disable?: Partial<Modifiers> };

function modified(modifiers: Modifiers, { enable, disable }: Changes): Modifiers {
  const one = (name: keyof Modifiers) => (enable?.[name] ? true : disable?.[name] ? false : modifiers[name]);
  return { ignoreCase: one("ignoreCase"), dotAll: one("dotAll") };
}
