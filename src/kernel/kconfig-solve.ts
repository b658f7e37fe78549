/**
 * Which symbols to set so that wanted ones can be set: a depth-first search over `depends on`, `select` and
 * defaults. It proposes; the caller runs the tree's own `make olddefconfig` and reads what came of it.
 */
import type { KconfigExpression } from "./kconfig-expression.js";
import type { KconfigDefinition, KconfigSymbols } from "./kconfig-parse.js";

/** `y` or `n` by symbol, without `CONFIG_`. */
export type KconfigValues = ReadonlyMap<string, "y" | "n">;

export type KconfigSolution =
  | { readonly solved: true; readonly set: KconfigValues }
  | { readonly solved: false; readonly why: string };

/**
 * Longest chain of dependencies followed. The deepest chains of 7.3's PCI drivers have 9 links; beyond 40 a
 * chain runs in a circle through selects.
 */
const MAX_DEPTH = 40;

/**
 * Finds values for `wanted` and what they need, all built in (`y`).
 * @param known what the configuration that the result is added to says already.
 */
export function solveKconfig(
  symbols: KconfigSymbols,
  wanted: readonly string[],
  known: KconfigValues,
): KconfigSolution {
  const solver = new Solver(symbols, known);
  let set: KconfigValues = new Map();
  for (const name of wanted) {
    const next = solver.want(name, set, []);
    if (typeof next === "string") return { solved: false, why: next };
    set = next;
  }
  return { solved: true, set };
}

/** New values, or why there are none. */
type Attempt = KconfigValues | string;

class Solver {
  private selectors:
    | ReadonlyMap<string, readonly { name: string; definition: KconfigDefinition }[]>
    | undefined;

  constructor(
    private readonly symbols: KconfigSymbols,
    private readonly known: KconfigValues,
  ) {}

  want(name: string, set: KconfigValues, chain: readonly string[]): Attempt {
    const value = this.value(name, set);
    if (value === "y") return set;
    if (value === "n" && set.has(name)) return `CONFIG_${name} is needed both set and not set`;
    if (chain.includes(name)) return `CONFIG_${name} depends on itself`;
    if (chain.length > MAX_DEPTH) return `CONFIG_${chain[0]}: more than ${MAX_DEPTH} dependencies deep`;
    const definitions = this.symbols.get(name);
    if (!definitions) return `CONFIG_${name} is not in this tree for this architecture`;
    const below = [...chain, name];
    const attempts = [
      ...definitions
        .filter((definition) => definition.prompt)
        .map((definition) => () => this.byPrompt(name, definition, set, below)),
      ...definitions
        .filter((definition) => !definition.prompt) // a prompted symbol's default does not touch a base that has it unset
        .flatMap((definition) =>
          definition.defaults.map((own) => () => this.byDefault(definition, own, set, below)),
        ),
      ...this.selecting(name).map(
        (selector) => () => this.bySelect(name, selector.name, selector.definition, set, below),
      ),
    ];
    return best(attempts, set, `CONFIG_${name} cannot be set`);
  }

  private byPrompt(
    name: string,
    definition: KconfigDefinition,
    set: KconfigValues,
    chain: readonly string[],
  ): Attempt {
    const conditions = [
      ...definition.depends,
      ...(definition.prompt?.condition ? [definition.prompt.condition] : []),
    ];
    const met = this.all(conditions, set, chain);
    return typeof met === "string" ? met : new Map([...met, [name, "y"]]);
  }

  private byDefault(
    definition: KconfigDefinition,
    own: KconfigDefinition["defaults"][number],
    set: KconfigValues,
    chain: readonly string[],
  ): Attempt {
    if (own.value.kind === "constant" && own.value.value !== "y") return "its default is not y";
    return this.all(
      [...definition.depends, ...(own.condition ? [own.condition] : []), own.value],
      set,
      chain,
    );
  }

  private bySelect(
    name: string,
    selector: string,
    definition: KconfigDefinition,
    set: KconfigValues,
    chain: readonly string[],
  ): Attempt {
    const conditions = definition.selects.filter((one) => one.symbol === name).map((one) => one.condition);
    const met = this.all(conditions[0] ? [conditions[0]] : [], set, chain);
    return typeof met === "string" ? met : this.want(selector, met, chain);
  }

  private all(
    expressions: readonly KconfigExpression[],
    set: KconfigValues,
    chain: readonly string[],
  ): Attempt {
    let met: Attempt = set;
    for (const expression of expressions) {
      if (typeof met === "string") return met;
      met = this.meet(expression, met, chain);
    }
    return met;
  }

  /** Makes `expression` true. */
  private meet(expression: KconfigExpression, set: KconfigValues, chain: readonly string[]): Attempt {
    switch (expression.kind) {
      case "symbol":
        return this.want(expression.name, set, chain);
      case "constant":
        return expression.value === "n" ? "n is never true" : set; // what only make can tell is left to make
      case "not":
        return this.avoid(expression.of, set, chain);
      case "and":
        return this.all([expression.left, expression.right], set, chain);
      case "or":
        return best(
          [expression.left, expression.right].map((side) => () => this.meet(side, set, chain)),
          set,
          "no alternative can be met",
        );
      case "compare":
        return this.compare(expression, set, chain);
    }
  }

  /** Makes `expression` false. */
  private avoid(expression: KconfigExpression, set: KconfigValues, chain: readonly string[]): Attempt {
    switch (expression.kind) {
      case "symbol": {
        if (this.value(expression.name, set) === "y")
          return `CONFIG_${expression.name} must not be set and is`;
        return this.value(expression.name, set) === "n" ? set : new Map([...set, [expression.name, "n"]]);
      }
      case "constant":
        return expression.value === "y" ? "y is always true" : set;
      case "not":
        return this.meet(expression.of, set, chain);
      case "and":
      case "or": {
        const sides = [expression.left, expression.right].map(
          (of): KconfigExpression => ({ kind: "not", of }),
        );
        return expression.kind === "or"
          ? this.all(sides, set, chain)
          : best(
              sides.map((side) => () => this.meet(side, set, chain)),
              set,
              "no alternative can be met",
            );
      }
      case "compare":
        return set; // a comparison with a number: left to make
    }
  }

  private compare(
    expression: Extract<KconfigExpression, { kind: "compare" }>,
    set: KconfigValues,
    chain: readonly string[],
  ): Attempt {
    const { left, right, operator } = expression;
    if (left.kind !== "symbol" || right.kind !== "constant" || !/^[ymn]$/.test(right.value)) return set;
    const wantsSet = (right.value !== "n") === (operator === "=");
    return wantsSet ? this.want(left.name, set, chain) : this.avoid(left, set, chain);
  }

  private value(name: string, set: KconfigValues): "y" | "n" | undefined {
    const own = set.get(name);
    if (own) return own;
    return this.known.get(name) === "y" ? "y" : undefined; // an unset symbol of the base can still be set
  }

  private selecting(name: string): readonly { name: string; definition: KconfigDefinition }[] {
    if (!this.selectors) {
      const map = new Map<string, { name: string; definition: KconfigDefinition }[]>();
      for (const [selector, definitions] of this.symbols)
        for (const definition of definitions)
          for (const { symbol } of definition.selects) {
            const list = map.get(symbol) ?? [];
            list.push({ name: selector, definition });
            map.set(symbol, list);
          }
      this.selectors = map;
    }
    return this.selectors.get(name) ?? [];
  }
}

/** The first attempt that needs nothing new, else the one that sets the fewest symbols. */
function best(attempts: readonly (() => Attempt)[], set: KconfigValues, failure: string): Attempt {
  let found: KconfigValues | undefined;
  let why: string | undefined;
  for (const attempt of attempts) {
    const result = attempt();
    if (typeof result === "string") why ??= result;
    else if (result.size === set.size) return result;
    else if (!found || result.size < found.size) found = result;
  }
  return found ?? (why ? `${failure}: ${why}` : failure);
}
