/**
 * Queries as people know them from public-inbox: words, "phrases", pre*, prefix:word, prefix:(a OR b), +must, -not,
 * AND OR NOT, parentheses, d:from..to. Words that stand beside each other must all match.
 */
import { UsageError } from "../base/errors.js";
import type { Column } from "./columns.js";
import { defaultColumns, type Prefix, prefixes, type RangePrefix } from "./prefixes.js";
import { type DateRange, parseRange } from "./query-range.js";

export type Query =
  | {
      readonly kind: "words";
      readonly columns: readonly Column[];
      readonly text: string;
      readonly beginning: boolean;
    }
  | { readonly kind: "range"; readonly field: RangePrefix["field"]; readonly range: DateRange }
  | { readonly kind: "id"; readonly id: string }
  | { readonly kind: "and" | "or"; readonly parts: readonly Query[] }
  | { readonly kind: "not"; readonly part: Query };

/** More than people write; a bound on what a request can cost. */
const maxLength = 4000;
const maxTerms = 128;
const maxDepth = 16;

/**
 * Reads a query.
 * @throws UsageError that says what is wrong with it.
 */
export function parseQuery(text: string): Query {
  if (text.length > maxLength) throw new UsageError(`the query is longer than ${maxLength} characters`);
  return new Parser(tokens(text.replaceAll("\0", " "))).whole(); // SQLite's texts end at NUL
}

type Token =
  | { readonly kind: "open" | "close" | "and" | "or" | "not" | "plus" }
  | { readonly kind: "prefix"; readonly name: string }
  | { readonly kind: "word" | "phrase"; readonly text: string };

const tokenPattern =
  /\s+|(?<open>\()|(?<close>\))|(?<prefix>[A-Za-z]+):(?=\S)|["“”](?<phrase>[^"“”]*)["“”]?|(?<operator>AND|OR|NOT|XOR)(?=[\s()]|$)|(?<sign>[+-])(?=[^\s+-])|(?<word>[^\s()"“”]+)/gy;

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let afterBlank = true;
  for (const match of text.matchAll(tokenPattern)) {
    const { open, close, prefix, phrase, operator, sign, word } = match.groups!;
    if (open) found.push({ kind: "open" });
    else if (close) found.push({ kind: "close" });
    else if (prefix !== undefined) {
      if (prefixes[prefix]) found.push({ kind: "prefix", name: prefix });
      else found.push({ kind: "word", text: `${prefix}:` });
    } else if (phrase !== undefined) found.push({ kind: "phrase", text: phrase });
    else if (operator) found.push({ kind: operator === "AND" ? "and" : operator === "NOT" ? "not" : "or" });
    else if (sign && afterBlank) found.push({ kind: sign === "-" ? "not" : "plus" });
    else if (word) found.push({ kind: "word", text: word });
    afterBlank = /^[\s(]/.test(match[0]);
  }
  if (found.length > maxTerms) throw new UsageError(`the query has more than ${maxTerms} terms`);
  return joinValues(found);
}

/** An unknown `name:` belongs to the word after it, as in `foo:bar` or `struct::field`. */
function joinValues(found: readonly Token[]): Token[] {
  const joined: Token[] = [];
  for (const token of found) {
    const last = joined.at(-1);
    if (token.kind === "word" && last?.kind === "word" && last.text.endsWith(":") && last.text.length > 1)
      joined[joined.length - 1] = { kind: "word", text: last.text + token.text };
    else joined.push(token);
  }
  return joined;
}

class Parser {
  private at = 0;
  private depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Query {
    const parts: Query[] = [];
    while (this.at < this.tokens.length) {
      const part = this.either(undefined);
      if (part) parts.push(part);
      if (this.peek()?.kind === "close") this.at++; // one too many: ignored, as public-inbox does
    }
    const query = parts.length === 1 ? parts[0] : all(parts);
    if (!query)
      throw new UsageError(
        "the query has no words to look for",
        "`treewide search --help` lists the prefixes",
      );
    return query;
  }

  private peek(): Token | undefined {
    return this.tokens[this.at];
  }

  private either(prefix: Prefix | undefined): Query | undefined {
    if (++this.depth > maxDepth) throw new UsageError(`the query nests deeper than ${maxDepth} parentheses`);
    const parts: Query[] = [];
    for (;;) {
      const part = this.both(prefix);
      if (part) parts.push(part);
      if (this.peek()?.kind !== "or") break;
      this.at++;
    }
    this.depth--;
    return parts.length > 1 ? { kind: "or", parts } : parts[0];
  }

  private both(prefix: Prefix | undefined): Query | undefined {
    const parts: Query[] = [];
    const filters = new Map<Prefix, Query[]>();
    for (
      let token = this.peek();
      token && token.kind !== "or" && token.kind !== "close";
      token = this.peek()
    ) {
      if (token.kind === "and" || token.kind === "plus") {
        this.at++;
        continue;
      }
      const filter = token.kind === "prefix" ? prefixes[token.name] : undefined;
      const part = this.one(prefix);
      if (!part) continue;
      if (filter?.kind === "id" || (filter?.kind === "words" && filter.exact)) {
        const same = filters.get(filter);
        if (same) same.push(part);
        else filters.set(filter, [part]);
      } else parts.push(part);
    }
    for (const same of filters.values()) parts.push(same.length > 1 ? { kind: "or", parts: same } : same[0]!);
    return all(parts);
  }

  private one(prefix: Prefix | undefined): Query | undefined {
    const token = this.tokens[this.at++]!;
    switch (token.kind) {
      case "not": {
        if (this.at >= this.tokens.length) return undefined;
        const part = this.one(prefix);
        return part && { kind: "not", part };
      }
      case "open": {
        const inner = this.either(prefix);
        if (this.peek()?.kind === "close") this.at++;
        return inner;
      }
      case "prefix":
        return this.at < this.tokens.length ? this.one(prefixes[token.name]) : undefined;
      case "word":
      case "phrase":
        return leaf(prefix, token);
      default:
        return undefined;
    }
  }
}

function all(parts: readonly Query[]): Query | undefined {
  return parts.length > 1 ? { kind: "and", parts } : parts[0];
}

/** A character that the index's tokenizer keeps; what has none matches nothing and is left out. */
const searchable = /[\p{L}\p{N}\p{Co}_]/u;

function leaf(
  prefix: Prefix | undefined,
  token: { readonly kind: "word" | "phrase"; readonly text: string },
): Query | undefined {
  const { text } = token;
  if (prefix?.kind === "range")
    return { kind: "range", field: prefix.field, range: parseRange(prefix.field, text) };
  if (prefix?.kind === "id") return { kind: "id", id: text.replace(/^<(.*)>$/, "$1") };
  if (!searchable.test(text)) return undefined;
  const beginning =
    prefix?.exact === "beginning" || (token.kind === "word" && /[\p{L}\p{N}_]\*$/u.test(text));
  return {
    kind: "words",
    columns: prefix?.columns ?? defaultColumns,
    text: text.replace(/\*$/, ""),
    beginning,
  };
}
