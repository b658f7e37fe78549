/**
 * The table's rows. Each is made once; a filter takes out and puts back what is there, which costs a tenth of making
 * a thousand anew. What a filter finds is said by the server alone.
 */

/** The table that a filter asks for, as `/tree/NAME/rows` answers. */
export interface Answer {
  /** The audit that it is about. */
  readonly at: string;
  readonly found: string;
  readonly head: string;
  /** Key and HTML, in order. */
  readonly rows: readonly (readonly [key: string, html: string])[];
}

/** Rows that are made or moved before the next picture: a thousand at once would be felt. */
const atOnce = 50;
/** Rows that are remembered: more than a page has, less than would be felt in memory. */
const maxKept = 5000;

const kept = new Map<string, Element>();
let audit: string | undefined;

/** @param isLatest whether nothing else was asked for meanwhile */
export async function showTable(results: Element, answer: Answer, isLatest: () => boolean): Promise<void> {
  const table = results.querySelector<HTMLTableElement>("table");
  const body = table?.tBodies[0];
  if (!table?.tHead || !body) return;
  remember(table, body, answer);
  results.querySelector(".found")!.innerHTML = answer.found;
  showHead(table.tHead, answer.head);
  const stays = new Set(answer.rows.map(([key]) => kept.get(key)));
  for (const row of [...body.children]) if (!stays.has(row)) row.remove();
  let done = place(body, answer.rows, 0);
  while (done < answer.rows.length) {
    await new Promise(requestAnimationFrame);
    if (!isLatest()) return;
    done = place(body, answer.rows, done);
  }
}

/** Rows that the page came with are known, those of an older audit are not known any more. */
function remember(table: HTMLTableElement, body: Element, { at }: Answer): void {
  if (audit !== at || kept.size > maxKept) kept.clear();
  audit = at;
  if (table.dataset.at === at) for (const row of body.children) kept.set(keyOf(row), row);
  else body.replaceChildren();
  table.dataset.at = at;
}

const keyOf = (row: Element) => row.querySelector("a")?.getAttribute("href") ?? "";

/**
 * Puts rows where they belong, from the given one on; what is in its place stays untouched.
 * @returns how many are in their places now
 */
function place(body: Element, rows: Answer["rows"], from: number): number {
  let next = body.children[from] ?? null;
  let moved = 0;
  for (let i = from; i < rows.length; i++) {
    const row = rowOf(rows[i]!);
    if (row === next) {
      next = next.nextElementSibling;
      continue;
    }
    body.insertBefore(row, next);
    if (++moved === atOnce) return i + 1;
  }
  return rows.length;
}

function rowOf([key, html]: Answer["rows"][number]): Element {
  const known = kept.get(key);
  if (known) return known;
  const template = document.createElement("template");
  template.innerHTML = html;
  const row = template.content.firstElementChild!;
  kept.set(key, row);
  return row;
}

/** Its links lead on from the new address. Who sorts by keys stays on the column. */
function showHead(head: Element, html: string): void {
  const links = () => [...head.querySelectorAll("a")];
  const at = links().indexOf(document.activeElement as HTMLAnchorElement);
  head.innerHTML = html;
  links()[at]?.focus({ preventScroll: true });
}
