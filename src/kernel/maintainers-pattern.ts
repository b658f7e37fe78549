/** The patterns of MAINTAINERS: F and X (paths with wildcards), N and K (Perl's extended regular expressions). */
import { toRegExp } from "oniguruma-to-es";
import type { IsFolder } from "./maintainers.js";
import { boundedPattern, expressionOf, type Pattern } from "./pattern.js";

export interface PathPattern {
  /** How precise it is: the number of path components that it fixes; -1 when it starts with `*`. */
  readonly depth: number;
  /** The folder, with its slash, that every matching path lies in, as far as no wildcard hides it. */
  readonly folder: string;
  matches(path: string): boolean;
}

const slashes = (text: string) => text.split("/").length - 1;

/**
 * Compiles the value of an F or X entry, as get_maintainer.pl does (read_maintainer_file, file_match_pattern):
 * - `*` and `?` match slashes too, but a pattern without a trailing slash and without `**` matches only paths
 *   with as many slashes as it has itself;
 * - it must match the beginning of the path, not all of it;
 * - one that names a folder of the tree stands for all below it, with or without a trailing slash; not when its
 *   name has a dot, because the script asks for the name with its dots escaped.
 * @throws Error when what remains is no regular expression.
 */
export function pathPattern(value: string, isFolder: IsFolder): PathPattern {
  const named = !/[*?[.]|\/$/.test(value) && isFolder(value) ? `${value}/` : value;
  const source = named
    .replaceAll(".", "\\.")
    .replaceAll("**", "\0")
    .replaceAll("*", ".*")
    .replaceAll("?", ".")
    .replaceAll("\0", "(?:.*)");
  const below = source.endsWith("/");
  const anyDepth = below || source.includes("(?:");
  const level = slashes(source);
  const literal = named.replace(/[*?[\](){}+|^$\\].*$/s, "");
  const regexp = literal === named ? undefined : pathExpression(`^${source}`);
  return {
    depth: /^(\.\*|\(\?:\.\*\))/.test(source) ? -1 : level + (below ? 0 : 1),
    folder: literal.slice(0, literal.lastIndexOf("/") + 1),
    matches: (path) =>
      (anyDepth || slashes(path) === level) && (regexp ? regexp.test(path) : path.startsWith(named)),
  };
}

/** It can begin to match at one place only, which is one repetition less to try. */
function pathExpression(source: string): Pattern {
  const expression = expressionOf(source, "");
  const cost = { ...expression.cost, degree: Math.max(0, expression.cost.degree - 1) };
  return boundedPattern(new RegExp(source), { ...expression, cost });
}

export interface ContentPattern extends Pattern {
  /**
   * The same for a line of a diff: it must be added or removed. As in get_maintainer.pl the prefix is only put before
   * the expression, so the second half of `a|b` matches context lines too.
   */
  readonly inDiff: Pattern;
}

/**
 * Compiles the value of an N or K entry: Perl's regular expressions with the x flag, translated through
 * Oniguruma's, which has Perl's inline flags and Unicode word boundaries.
 * @throws Error when it is no regular expression, or one that could take for ever (docs/ROUTE.md).
 */
export function perlPattern(value: string): ContentPattern {
  const native = toRegExp(value, { flags: "x", target: "ES2024" });
  const expression = expressionOf(value, "x");
  const prefix = "^[+\\-].*"; // anchored, and then anywhere: no more places to begin at than without it
  const pattern = boundedPattern(native, expression);
  const inDiff = boundedPattern(new RegExp(`${prefix}${native.source}`, native.flags), {
    ...expression,
    source: `${prefix}${value}`,
  });
  return { test: (text) => pattern.test(text), inDiff };
}
