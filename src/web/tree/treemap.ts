/** The tree as a picture: one box a subsystem, its area the number of drivers, in it one field a class. */
import { type HierarchyRectangularNode, hierarchy, treemap } from "d3-hierarchy";
import { type DriverClass, driverClasses } from "../../ownership/classify.js";
import { type Html, html } from "../shell.js";
import type { DriverRow } from "./audited.js";

interface Field {
  readonly name: string;
  readonly subsystem: string;
  readonly count: number;
  readonly children?: readonly Field[];
}

/** Units of the picture, which scales. A letter of a label is about 6 of them wide. */
const width = 1000;
const height = 240;
const letter = 6.1;

/** @param link the address that shows the drivers of a field; without a class, those of a subsystem */
export function treemapSvg(
  rows: readonly DriverRow[],
  link: (subsystem: string, name?: DriverClass) => string,
): Html {
  const root = treemap<Field>()
    .size([width, height])
    .paddingInner((node) => (node.depth === 0 ? 3 : 1))
    .round(true)(hierarchy(fieldsOf(rows), ({ children }) => children && [...children]).sum(leafCount));
  return html`<svg class="treemap" viewBox="0 0 ${width} ${height}" role="group" aria-label="Drivers by subsystem and class">${(
    root.children ?? []
  ).map(
    (node) =>
      html`<g>${(node.children ?? []).map((leaf) => field(leaf, link(leaf.data.subsystem, leaf.data.name as DriverClass)))}${label(node)}</g>`,
  )}</svg>`;
}

const leafCount = ({ children, count }: Field) => (children ? 0 : count);

function fieldsOf(rows: readonly DriverRow[]): Field {
  const bySubsystem = new Map<string, DriverRow[]>();
  for (const row of rows) {
    const list = bySubsystem.get(row.subsystem);
    if (list) list.push(row);
    else bySubsystem.set(row.subsystem, [row]);
  }
  const children = [...bySubsystem]
    .sort(([a, some], [b, others]) => others.length - some.length || (a < b ? -1 : 1))
    .map(([subsystem, inside]) => ({
      name: subsystem,
      subsystem,
      count: inside.length,
      children: driverClasses.flatMap((name) => {
        const count = inside.filter(({ driver }) => driver.class === name).length;
        return count > 0 ? [{ name, subsystem, count }] : [];
      }),
    }));
  return { name: "", subsystem: "", count: rows.length, children };
}

type Box = HierarchyRectangularNode<Field>;

function field({ x0, y0, x1, y1, data }: Box, href: string): Html {
  const words = `${data.subsystem}: ${data.count} ${data.name}`;
  return html`<a href="${href}" tabindex="-1"><title>${words}</title><rect class="${data.name}" x="${x0}" y="${y0}" width="${x1 - x0}" height="${y1 - y0}"/></a>`;
}

/** The subsystem's name, as much of its end as fits; none in a box too small for four letters. */
function label({ x0, y0, x1, y1, data }: Box): Html | string {
  const room = Math.floor((x1 - x0 - 6) / letter);
  const short = data.name.replace(/^drivers\//, "");
  if (y1 - y0 < 14 || room < 4) return "";
  const text = short.length <= room ? short : `…${short.slice(short.length - room + 1)}`;
  return html`<text x="${x0 + 4}" y="${y0 + 11}">${text}</text>`;
}
