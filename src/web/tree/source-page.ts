/** A file of the tree, a thousand lines at a time. */
import { type Html, html, page } from "../shell.js";
import { type DriverRow, pathSegments } from "./audited.js";
import type { SourceText } from "./source-files.js";
import { plainSource } from "./source-view.js";

/** Lines on one page. */
const perPage = 1000;

/** @param line the line that is asked for; the page that holds it is shown */
export function sourcePage(
  tree: string,
  file: SourceText,
  line: number,
  drivers: readonly DriverRow[],
): Html {
  const root = `/tree/${tree}/`;
  const last = file.lines.length;
  const from = Math.floor((Math.min(line, last) - 1) / perPage) * perPage + 1;
  const to = Math.min(from + perPage - 1, last);
  const turn = (at: number, text: string, rel: string) =>
    at < 1 || at > last ? "" : html` <a rel="${rel}" href="?line=${at}">${text}</a>`;
  const pager = html`<p class="noprint">lines ${from} to ${to} of ${last}${turn(from - perPage, "previous", "prev")}${turn(to + 1, "next", "next")}</p>`;
  return page(
    {
      title: file.path,
      look: "bench",
      navigation: [
        [tree, root],
        [file.path, `${root}source/${pathSegments(file.path)}`],
      ],
    },
    html`<h1>${file.path}</h1>${drivers.map(
      (row) =>
        html`<p><a href="${root}${row.href}">${row.driver.pciDriver.name}</a> <span class="class ${row.driver.class}">${row.driver.class}</span></p>`,
    )}${last > perPage ? pager : ""}${plainSource(file, { from, to }, line > 1 ? line : 0)}${last > perPage ? pager : ""}`,
  );
}
