/**
 * Dependency expressions of Kconfig, as Documentation/kbuild/kconfig-language.rst has them ("Menu dependencies").
 */

export type KconfigExpression =
  | { readonly kind: "symbol"; readonly name: string }
  /** A quoted string, a number, `y`, `m`, `n`, or a macro such as `$(cc-option,…)`, which only make can expand. */
  | { readonly kind: "constant"; readonly value: string }
  | { readonly kind: "not"; readonly of: KconfigExpression }
  | {
      readonly kind: "and" | "or";
      readonly left: KconfigExpression;
      readonly right: KconfigExpression;
    }
  | {
      readonly kind: "compare";
      readonly operator: "=" | "!=" | "<" | "<=" | ">" | ">=";
      readonly left: KconfigExpression;
      readonly right: KconfigExpression;
    };

/** A macro may nest: `$(shell,test -n "$(CC)")`. */
const TOKEN = /\s+|&&|\|\||!=|<=|>=|[()!=<>]|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\$\(|[A-Za-z0-9_./-]+/y;

type Comparison = Extract<KconfigExpression, { kind: "compare" }>["operator"];
const COMPARISONS: ReadonlySet<string> = new Set<Comparison>(["=", "!=", "<", "<=", ">", ">="]);

function tokens(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; ) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match || text[at] === "#") break; // a comment, or what only a newer Kconfig knows: the rest is not read
    let end = at + match[0].length;
    if (match[0] === "$(") {
      for (let open = 1; open > 0 && end < text.length; end++)
        open += text[end] === "(" ? 1 : text[end] === ")" ? -1 : 0;
    }
    if (match[0].trim()) found.push(text.slice(at, end));
    at = end;
  }
  return found;
}

/**
 * Parses what follows `depends on`, `if` or `select X if`.
 * @returns undefined when `text` is no expression.
 */
export function parseKconfigExpression(text: string): KconfigExpression | undefined {
  const list = tokens(text);
  let at = 0;

  function primary(): KconfigExpression | undefined {
    const token = list[at++];
    if (token === undefined) return undefined;
    if (token === "!") {
      const of = primary();
      return of && { kind: "not", of };
    }
    if (token === "(") {
      const inner = or();
      return list[at++] === ")" ? inner : undefined;
    }
    const left = operand(token);
    if (!left || !COMPARISONS.has(list[at] ?? "")) return left;
    const operator = list[at++] as Comparison;
    const right = operand(list[at++] ?? "");
    return right && { kind: "compare", operator, left, right };
  }
  function chain(
    kind: "and" | "or",
    operator: string,
    next: () => KconfigExpression | undefined,
  ): KconfigExpression | undefined {
    let left = next();
    while (left && list[at] === operator) {
      at++;
      const right = next();
      left = right && { kind, left, right };
    }
    return left;
  }
  const and = () => chain("and", "&&", primary);
  const or = (): KconfigExpression | undefined => chain("or", "||", and);

  const whole = or();
  return at >= list.length ? whole : undefined;
}

function operand(token: string): KconfigExpression | undefined {
  if (/^["']/.test(token)) return { kind: "constant", value: token.slice(1, -1) };
  if (token.startsWith("$(") || /^([ymn]|-?\d+|0x[0-9a-fA-F]+)$/.test(token))
    return { kind: "constant", value: token };
  return /^[A-Za-z0-9_]+$/.test(token) ? { kind: "symbol", name: token } : undefined;
}
