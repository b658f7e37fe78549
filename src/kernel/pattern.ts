/**
 * Regular expressions from a tree that may be anybody's, on texts that may be anybody's: whether they match, in time
 * that grows with the text's length alone. JavaScript's own engine is the fastest while it cannot go astray; where
 * it could, a machine that tries all ways at once takes over.
 */
import { parse } from "oniguruma-parser/parser";
import { costOf, type PatternCost } from "./pattern-cost.js";
import { Machine } from "./pattern-machine.js";
import { MOST_INSTRUCTIONS, programOf } from "./pattern-program.js";

/** Tries for each character of the text that JavaScript's engine is trusted with. */
const MOST_WAYS = 200;

export interface Pattern {
  /** Whether it matches anywhere in a text without line ends. */
  test(text: string): boolean;
}

/** An expression in Oniguruma's words, which are Perl's but for a few, taken apart. */
export interface Expression {
  readonly source: string;
  /** `x`, or none. */
  readonly flags: string;
  readonly cost: PatternCost;
}

export function expressionOf(source: string, flags: "x" | ""): Expression {
  return { source, flags, cost: costOf(syntaxOf(source, flags)) };
}

/**
 * @param native the same for JavaScript's engine.
 * @throws Error when the expression could take for ever and the machine cannot do it either.
 */
export function boundedPattern(native: RegExp, { source, flags, cost }: Expression): Pattern {
  const { ways, degree, size } = cost;
  if (degree === 0 && ways <= MOST_WAYS && size <= MOST_INSTRUCTIONS) return native;
  const program = programOf(syntaxOf(source, flags));
  let machine: Machine | undefined;
  return {
    test: (text) => {
      if (ways * text.length ** degree <= MOST_WAYS) return native.test(text);
      machine ??= new Machine(program);
      return machine.test(text);
    },
  };
}

/** Names of Unicode's properties are checked where the expression is translated for JavaScript. */
function syntaxOf(source: string, flags: string) {
  return parse(source, { flags, normalizeUnknownPropertyNames: true, skipPropertyNameValidation: true });
}
