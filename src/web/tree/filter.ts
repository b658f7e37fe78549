/** What of a tree is shown, and in which order: all of it stands in the address, so that a link shows the same to others. */
import { type DriverClass, driverClasses } from "../../ownership/classify.js";
import { type HazardKind, hazardKinds } from "../../ownership/observer.js";
import type { DriverRow } from "./audited.js";

export type SortKey = "need" | "driver" | "class" | "maintainer" | HazardKind;

export interface Filter {
  readonly class: DriverClass | "";
  readonly hazard: HazardKind | "";
  readonly subsystem: string;
  readonly maintainer: string;
  readonly q: string;
  readonly sort: SortKey;
  /** Pages of the table, from 1. */
  readonly page: number;
}

export const sortKeys: readonly SortKey[] = ["need", "driver", "class", "maintainer", ...hazardKinds];

/** Beyond what any tree fills. */
export const maxPage = 9999;

/** Longer texts are no searches. */
const maxText = 200;

/** Reads a filter from a query; what it does not know counts as not asked for. */
export function readFilter(query: Readonly<Record<string, string | undefined>>): Filter {
  const oneOf = <T extends string>(name: string, names: readonly T[]): T | "" =>
    names.find((known) => known === query[name]) ?? "";
  const text = (name: string) => (query[name] ?? "").trim().slice(0, maxText);
  return {
    class: oneOf("class", driverClasses),
    hazard: oneOf("hazard", hazardKinds),
    subsystem: text("subsystem"),
    maintainer: text("maintainer"),
    q: text("q"),
    sort: oneOf("sort", sortKeys) || "need",
    page: /^[1-9]\d{0,3}$/.test(query.page ?? "") ? Number(query.page) : 1,
  };
}

/** The query of a filter with some of it changed: `?class=implicit&sort=driver`, or `?` for all. */
function filterQuery(filter: Filter, change: Partial<Filter> = {}): string {
  const { page, sort, ...rest } = { ...filter, page: 1, ...change };
  const query = new URLSearchParams(Object.entries(rest).filter(([, value]) => value !== ""));
  if (sort !== "need") query.set("sort", sort);
  if (page > 1) query.set("page", String(page));
  return `?${query}`;
}

/** The address of what a filter asks for: where the form and the table are, not the top of the page. */
export function filterHref(filter: Filter, change: Partial<Filter> = {}): string {
  return `${filterQuery(filter, change)}#filter`;
}

export function isFiltered(filter: Filter): boolean {
  return filterQuery({ ...filter, sort: "need" }) !== "?";
}

/** The rows that a filter asks for, in its order; rows that compare equal keep theirs. */
export function filterRows(rows: readonly DriverRow[], filter: Filter): readonly DriverRow[] {
  const words = filter.q.toLowerCase().split(/\s+/).filter(Boolean);
  const maintainer = filter.maintainer.toLowerCase();
  const found = rows.filter(
    ({ driver, subsystem, maintainers, counts, text }) =>
      (filter.class === "" || driver.class === filter.class) &&
      (filter.hazard === "" || counts[filter.hazard] > 0) &&
      (filter.subsystem === "" || isPartOf(subsystem, filter.subsystem)) &&
      (maintainer === "" || maintainers.some((each) => each.toLowerCase().includes(maintainer))) &&
      words.every((word) => text.includes(word)),
  );
  return filter.sort === "need" ? found : [...found].sort(orders(filter.sort));
}

const isPartOf = (subsystem: string, whole: string) =>
  subsystem === whole || subsystem.startsWith(`${whole}/`);

function orders(key: SortKey): (a: DriverRow, b: DriverRow) => number {
  const byText = (text: (row: DriverRow) => string) => (a: DriverRow, b: DriverRow) =>
    text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0;
  switch (key) {
    case "need":
      return () => 0;
    case "driver":
      return byText(({ driver }) => driver.driver);
    case "class":
      return (a, b) => driverClasses.indexOf(a.driver.class) - driverClasses.indexOf(b.driver.class);
    case "maintainer":
      return byText(({ maintainers }) => maintainers[0]?.toLowerCase() ?? "\uffff");
    default:
      return (a, b) => b.counts[key] - a.counts[key];
  }
}
