/**
 * How long a backtracking engine may look for a regular expression. MAINTAINERS comes with the tree at hand, which
 * may be anybody's, and `(a+)+$` on forty letters takes hours.
 */
import type { AlternativeElementNode, AlternativeNode, RegexNode } from "oniguruma-parser/parser";

/** At most `ways * length ** degree` tries from each place at which a match may begin, of `size` steps each. */
export interface PatternCost {
  /** Different ways through the expression; Infinity when they double with each character. */
  readonly ways: number;
  /** How many repetitions without an end follow each other. */
  readonly degree: number;
  /** Characters and assertions, each as often as it is repeated at least. */
  readonly size: number;
}

const EMPTY: PatternCost = { ways: 1, degree: 0, size: 0 };
const ONE: PatternCost = { ways: 1, degree: 0, size: 1 };
const HOPELESS: PatternCost = { ways: Number.POSITIVE_INFINITY, degree: 0, size: 1 };

export function costOf({ body }: RegexNode): PatternCost {
  return ofAlternatives(body);
}

function ofAlternatives(alternatives: readonly AlternativeNode[]): PatternCost {
  const costs = alternatives.map(({ body }) => body.map(ofNode).reduce(both, EMPTY));
  return {
    ways: costs.reduce((sum, { ways }) => sum + ways, 0),
    degree: Math.max(...costs.map(({ degree }) => degree)),
    size: costs.reduce((sum, { size }) => sum + size, 0),
  };
}

function both(a: PatternCost, b: PatternCost): PatternCost {
  return { ways: a.ways * b.ways, degree: a.degree + b.degree, size: a.size + b.size };
}

function ofNode(node: AlternativeElementNode): PatternCost {
  switch (node.type) {
    case "Assertion":
    case "Character":
    case "CharacterClass":
    case "Directive":
      return ONE;
    case "CharacterSet":
      return node.variableLength ? HOPELESS : ONE;
    case "CapturingGroup":
    case "Group":
    case "LookaroundAssertion":
      return ofAlternatives(node.body);
    case "Quantifier":
      return repeated(ofNode(node.body), node.min, node.max);
    default:
      return HOPELESS; // references to what was matched, calls of groups: as many steps as they like
  }
}

function repeated(once: PatternCost, min: number, max: number): PatternCost {
  if (max === 0) return EMPTY;
  if (max === Number.POSITIVE_INFINITY)
    return once.ways === 1 && once.degree === 0
      ? { ways: 1, degree: 1, size: once.size * Math.max(1, min) }
      : HOPELESS;
  const ways = once.ways === 1 ? max - min + 1 : waysOf(once.ways, min, max);
  return { ways, degree: once.degree * max, size: once.size * max };
}

/** `ways` to the power of each count, added up. */
function waysOf(ways: number, min: number, max: number): number {
  return max === min ? ways ** max : (ways ** (max + 1) - ways ** min) / (ways - 1);
}
