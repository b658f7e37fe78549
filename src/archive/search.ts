/** Runs queries on an index. */
import type { Database, Value } from "../base/database.js";
import type { Query } from "./query.js";
import type { TimeRange, Times } from "./times.js";

export type Order = "time" | "relevance";

export interface Hits {
  /** How many messages match. */
  readonly total: number;
  /** Rows of the asked page, best or newest first. */
  readonly ids: readonly number[];
}

/** The messages that match, `count` of them from `offset` on. @param times up to date */
export function search(
  database: Database,
  times: Times,
  query: Query,
  order: Order,
  offset: number,
  count: number,
): Hits {
  const page = (newestFirst: readonly number[]) => ({
    total: newestFirst.length,
    ids: newestFirst.slice(offset, offset + count),
  });
  const ranges = order === "time" ? wordsAndRanges(query) : undefined;
  if (ranges) return page(newestOf(database, times, ranges));
  const plan = planOf(query);
  const from = plan.match === undefined ? "message m" : "words JOIN message m ON m.id = words.rowid";
  const where = plan.match === undefined ? plan.where : `words MATCH ? AND ${plan.where}`;
  const values: Value[] = [...(plan.match === undefined ? [] : [plan.match]), ...plan.values];
  if (order === "relevance" && plan.match !== undefined) {
    const total = database.row(`SELECT count(*) AS n FROM ${from} WHERE ${where}`, ...values)!.n as number;
    const sql = `SELECT m.id FROM ${from} WHERE ${where} ORDER BY rank, m.received DESC LIMIT ? OFFSET ?`;
    return { total, ids: database.rows(sql, ...values, count, offset).map(({ id }) => id as number) };
  }
  return page(
    newestFirst(
      idsOf(database, times, `SELECT group_concat(m.id) FROM ${from} WHERE ${where}`, values),
      times,
    ),
  );
}

/** One text with all of them: a row for each would cost more than the search. */
function idsOf(database: Database, times: Times, sql: string, values: readonly Value[]): number[] {
  const text = (database.tuples(sql, ...values)[0]?.[0] as string | null) ?? "";
  const ids: number[] = [];
  let id = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit >= 0) id = 10 * id + digit;
    else {
      ids.push(id);
      id = 0;
    }
  }
  if (text !== "") ids.push(id);
  const { last } = times;
  return ids.some((each) => each > last) ? ids.filter((each) => each <= last) : ids; // added meanwhile
}

/** Found in the order of their ids, they are nearly in the order of time, too: sorting costs little. */
function newestFirst(ids: number[], times: Times): number[] {
  const received = times.of("received");
  return ids.sort((a, b) => received[a]! - received[b]! || a - b).reverse();
}

interface WordsAndRanges {
  readonly match: string;
  readonly ranges: readonly TimeRange[];
}

/** A query that the full-text index and the times decide; undefined for others. */
function wordsAndRanges(query: Query): WordsAndRanges | undefined {
  const parts = query.kind === "and" ? query.parts : [query];
  const isRange = (part: Query): part is Extract<Query, { kind: "range" }> & TimeRange =>
    part.kind === "range" && part.field !== "bytes";
  const words = parts.filter((part) => !isRange(part));
  const match = words.length > 0 ? matchText({ kind: "and", parts: words }) : undefined;
  return match === undefined ? undefined : { match, ranges: parts.filter(isRange) };
}

function newestOf(database: Database, times: Times, { match, ranges }: WordsAndRanges): readonly number[] {
  const sql = "SELECT group_concat(rowid) FROM words WHERE words MATCH ?";
  const spans = ranges.length > 0 ? times.spans(ranges) : undefined;
  let ids = spans
    ? spans.flatMap((span) => idsOf(database, times, `${sql} AND rowid BETWEEN ? AND ?`, [match, ...span]))
    : idsOf(database, times, sql, [match]);
  for (const range of ranges) ids = times.within(ids, range);
  return newestFirst(ids, times);
}

interface Plan {
  /** What the full-text index decides; undefined when it decides nothing. */
  readonly match: string | undefined;
  readonly where: string;
  readonly values: readonly Value[];
}

/** All words that must match go to the full-text index in one expression; what is left becomes SQL. */
function planOf(query: Query): Plan {
  const parts = query.kind === "and" ? query.parts : [query];
  const words: string[] = [];
  const unwanted: string[] = [];
  const conditions: string[] = [];
  const values: Value[] = [];
  for (const part of parts) {
    const text = part.kind === "not" ? matchText(part.part) : matchText(part);
    if (text !== undefined) (part.kind === "not" ? unwanted : words).push(text);
    else conditions.push(condition(part, values));
  }
  if (words.length === 0)
    for (const text of unwanted) {
      conditions.push("m.id NOT IN (SELECT rowid FROM words WHERE words MATCH ?)");
      values.push(text);
    }
  const positive = words.map((text) => `(${text})`).join(" AND ");
  return {
    match:
      words.length === 0
        ? undefined
        : [positive, ...unwanted.map((text) => `(${text})`)].reduce((a, b) => `(${a}) NOT ${b}`),
    where: conditions.length > 0 ? conditions.join(" AND ") : "1",
    values,
  };
}

/** A query as an FTS5 expression (https://sqlite.org/fts5.html §3), or undefined when it asks for more than words. */
function matchText(query: Query): string | undefined {
  switch (query.kind) {
    case "words":
      return `{${query.columns.join(" ")}} : "${query.text.replaceAll('"', '""')}"${query.beginning ? " *" : ""}`;
    case "and":
    case "or": {
      const wanted: string[] = [];
      const unwanted: string[] = [];
      for (const part of query.parts) {
        const text = part.kind === "not" ? matchText(part.part) : matchText(part);
        if (text === undefined || (part.kind === "not" && query.kind === "or")) return undefined;
        (part.kind === "not" ? unwanted : wanted).push(`(${text})`);
      }
      if (wanted.length === 0) return undefined;
      const positive = wanted.join(query.kind === "and" ? " AND " : " OR ");
      return unwanted.reduce((a, b) => `(${a}) NOT ${b}`, positive);
    }
    default:
      return undefined;
  }
}

function condition(query: Query, values: Value[]): string {
  switch (query.kind) {
    case "words":
      values.push(matchText(query)!);
      return "m.id IN (SELECT rowid FROM words WHERE words MATCH ?)";
    case "range": {
      const { from, to } = query.range;
      values.push(from ?? Number.MIN_SAFE_INTEGER, to ?? Number.MAX_SAFE_INTEGER);
      return `m.${query.field} BETWEEN ? AND ?`;
    }
    case "id":
      values.push(query.id, query.id);
      return `(m.node = (SELECT id FROM node WHERE mid = ?)
        OR m.id IN (SELECT message FROM alias JOIN node ON node.id = alias.node WHERE mid = ?))`;
    case "not":
      return `NOT (${condition(query.part, values)})`;
    default: {
      const text = matchText(query);
      if (text === undefined)
        return `(${query.parts.map((part) => condition(part, values)).join(query.kind === "and" ? " AND " : " OR ")})`;
      values.push(text);
      return "m.id IN (SELECT rowid FROM words WHERE words MATCH ?)";
    }
  }
}
