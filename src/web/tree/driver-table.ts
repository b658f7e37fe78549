/** Drivers as a table: sorted by links, filtered by a form. In pieces, too, for a page that has most of them already. */
import type { HazardKind } from "../../ownership/observer.js";
import { hazardWords } from "../../report/words.js";
import { type Html, html } from "../shell.js";
import type { Audited, DriverRow } from "./audited.js";
import { type Filter, filterHref, filterRows, isFiltered, type SortKey } from "./filter.js";

/** Rows on one page. */
export const perPage = 1000;

/** What of a table a filter changes, as HTML. */
export interface TableParts {
  /** How many were found, and the way to the rest. */
  readonly found: Html;
  readonly head: Html;
  /** By the address that the row leads to, which no other row has. */
  readonly rows: readonly { readonly key: string; readonly html: Html }[];
}

export function tableParts({ rows, kinds }: Audited, filter: Filter): TableParts {
  const asked = filterRows(rows, filter);
  const from = (filter.page - 1) * perPage;
  return {
    found: countWords(asked.length, rows.length, filter),
    head: html`<tr>${head("driver", "driver", filter)}${head("class", "class", filter)}${kinds.map((kind) =>
      head(kind, hazardWords[kind].heading.join(" "), filter),
    )}${head("maintainer", "maintainer", filter)}`,
    rows: asked.slice(from, from + perPage).map((row) => ({ key: row.href, html: line(row, kinds) })),
  };
}

/** @param at tells results apart: rows of another audit are other rows */
export function driverTable({ found, head: top, rows }: TableParts, at: Date): Html {
  return html`<p class="found" role="status">${found}</p>
<table class="drivers" data-at="${at.toISOString()}"><thead>${top}</thead>
<tbody>${rows.map((row) => row.html)}</tbody></table>`;
}

function countWords(found: number, total: number, filter: Filter): Html {
  const count =
    found === total ? html`all <b>${total}</b> drivers` : html`<b>${found}</b> of ${total} drivers`;
  return html`${count}${pager(filter, found)}${isFiltered(filter) ? html` · <a href="?#filter">all drivers</a>` : ""}`;
}

function head(key: SortKey, text: string, filter: Filter): Html {
  const sorted = filter.sort === key;
  const order = key === "driver" || key === "class" || key === "maintainer" ? "ascending" : "descending";
  const to = filterHref(filter, { sort: sorted ? "need" : key });
  return html`<th scope="col" aria-sort="${sorted ? order : "none"}"><a href="${to}">${text}</a>`;
}

/** Short, for there can be a thousand rows: end tags that HTML does not need are left out, the style sheet draws zeros. */
function line({ driver, counts, href, maintainers }: DriverRow, kinds: readonly HazardKind[]): Html {
  return html`<tr><td><a href="${href}">${driver.driver}</a> <small>${driver.pciDriver.name}</small><td class="class ${driver.class}">${driver.class}${kinds.map(
    (kind) => (counts[kind] === 0 ? html`<td>` : html`<td class="${kind}">${counts[kind]}`),
  )}<td>${shortNames(maintainers)}`;
}

function shortNames(maintainers: readonly string[]): string {
  const [first, ...more] = maintainers.map((each) => each.replace(/ <.*/, ""));
  if (first === undefined) return "";
  return more.length === 0 ? first : `${first} +${more.length}`;
}

function pager(filter: Filter, count: number): Html | string {
  const pages = Math.ceil(count / perPage);
  if (pages <= 1) return "";
  const to = (page: number, text: string) =>
    page < 1 || page > pages ? "" : html` <a href="${filterHref(filter, { page })}">${text}</a>`;
  return html` · page ${filter.page} of ${pages}${to(filter.page - 1, "previous")}${to(filter.page + 1, "next")}`;
}
