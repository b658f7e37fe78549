/** A file of the tree, a thousand lines at a time; fewer where they are long. */
import { type Html, html, page } from "../shell.js";
import { type DriverRow, pathSegments } from "./audited.js";
import type { SourceText } from "./source-files.js";
import { maxLine, plainSource } from "./source-view.js";

/** Lines on one page; and bytes of them, so that a page in colours stays below 300 kB. */
const perPage = 1000;
const bytesPerPage = 100_000;
/** Bytes around each line: its number, its link. */
const frame = 60;

/** @param line the line that is asked for; the page that holds it is shown */
export function sourcePage(
  tree: string,
  file: SourceText,
  line: number,
  drivers: readonly DriverRow[],
): Html {
  const root = `/tree/${tree}/`;
  const whole = `${root}source/${pathSegments(file.path)}`;
  const last = file.lines.length;
  const starts = pageStarts(file.lines);
  const at = starts.findLastIndex((start) => start <= Math.min(line, last));
  const from = starts[at]!;
  const to = (starts[at + 1] ?? last + 1) - 1;
  const turn = (start: number | undefined, text: string, rel: string) =>
    start === undefined ? "" : html` <a rel="${rel}" href="?line=${start}">${text}</a>`;
  const pager = html`<p class="noprint">lines ${from} to ${to} of ${last}${turn(starts[at - 1], "previous", "prev")}${turn(starts[at + 1], "next", "next")}</p>`;
  return page(
    {
      title: file.path,
      look: "bench",
      part: "Drivers",
      scripts: ["line"],
      navigation: [
        [tree, root],
        [file.path, whole],
      ],
    },
    html`<h1>${file.path}</h1>${drivers.map(
      (row) =>
        html`<p><a href="${root}${row.href}">${row.driver.pciDriver.name}</a> <span class="class ${row.driver.class}">${row.driver.class}</span></p>`,
    )}${starts.length > 1 ? pager : ""}${plainSource(file, { from, to }, line > 1 ? line : 0, whole)}${starts.length > 1 ? pager : ""}`,
  );
}

/** The first line of each page. */
function pageStarts(lines: readonly string[]): number[] {
  const starts: number[] = [];
  let bytes = 0;
  lines.forEach((line, i) => {
    const weight = frame + weightOf(line.slice(0, maxLine));
    if (i === 0 || bytes + weight > bytesPerPage || i + 1 - starts.at(-1)! >= perPage) {
      starts.push(i + 1);
      bytes = 0;
    }
    bytes += weight;
  });
  return starts;
}

/** Bytes of a line in HTML, without colours. */
const weightOf = (line: string) => Buffer.byteLength(line) + 5 * (line.match(/[&<>"']/g)?.length ?? 0);
