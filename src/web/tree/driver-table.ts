/** Drivers as a table: sorted by links, filtered by a form. */
import type { HazardKind } from "../../ownership/observer.js";
import { hazardWords } from "../../report/words.js";
import { type Html, html } from "../shell.js";
import type { DriverRow } from "./audited.js";
import { type Filter, filterHref, type SortKey } from "./filter.js";

/** Rows on one page. */
export const perPage = 1000;

export function driverTable(
  rows: readonly DriverRow[],
  kinds: readonly HazardKind[],
  filter: Filter,
  total: number,
): Html {
  const from = (filter.page - 1) * perPage;
  const shown = rows.slice(from, from + perPage);
  const count =
    rows.length === total
      ? html`all <b>${total}</b> drivers`
      : html`<b>${rows.length}</b> of ${total} drivers`;
  return html`<p class="found" role="status">${count}${pager(filter, rows.length)}</p>
<div class="scroll"><table class="drivers"><thead><tr>${head("driver", "driver", filter, "path")}${head("class", "class", filter)}${kinds.map(
    (kind) => head(kind, hazardWords[kind].heading.join(" "), filter, "number"),
  )}${head("maintainer", "maintainer", filter)}</tr></thead>
<tbody>${shown.map((row) => line(row, kinds))}</tbody></table></div>`;
}

function head(key: SortKey, text: string, filter: Filter, look = ""): Html {
  const sorted = filter.sort === key;
  const order = key === "driver" || key === "class" || key === "maintainer" ? "ascending" : "descending";
  const to = filterHref(filter, { sort: sorted ? "need" : key });
  return html`<th scope="col" class="${look}" aria-sort="${sorted ? order : "none"}"><a href="${to}">${text}</a></th>`;
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
