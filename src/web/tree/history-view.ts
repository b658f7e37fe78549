/** How the counts moved: one column an audit, its parts the classes. */

import { plural } from "../../base/plural.js";
import { driverClasses } from "../../ownership/classify.js";
import { hazardKinds } from "../../ownership/observer.js";
import type { PastAudit } from "../../report/history.js";
import { type Html, html } from "../shell.js";

/** Columns of the picture; the table below it has as many rows. */
const maxShown = 24;
const height = 120;
const column = 34;

export function historyView(all: readonly PastAudit[]): Html {
  const past = all.filter((audit, i) => !isSame(audit, all[i - 1])).slice(-maxShown);
  if (past.length < 2) return html``;
  const most = Math.max(...past.map(({ summary }) => summary.drivers));
  const kinds = hazardKinds.filter((kind) => past.some(({ summary }) => summary.hazards[kind] > 0));
  return html`<section class="history"><h2>Over ${plural(past.length, "audit")}</h2>
<svg class="columns" viewBox="0 0 ${past.length * column} ${height + 14}" role="img" aria-label="Drivers by class in each audit; the table has the numbers">${past.map(
    (audit, i) => bar(audit, i, most),
  )}</svg>
<details><summary>numbers</summary><div class="scroll" tabindex="0" role="region" aria-label="Counts of past audits"><table><thead><tr><th scope="col">tree</th><th scope="col">audited</th><th scope="col" class="number">drivers</th>${driverClasses.map((name) => html`<th scope="col" class="number">${name}</th>`)}${kinds.map((kind) => html`<th scope="col" class="number">${kind}</th>`)}</tr></thead><tbody>${past.map(
    ({ version, revision, at, summary }) =>
      html`<tr><th scope="row">${version}${revision === null ? "" : ` ${revision}`}</th><td>${at.slice(0, 16).replace("T", " ")}</td><td class="number">${summary.drivers}</td>${driverClasses.map(
        (name) => html`<td class="number">${summary.byClass[name] ?? 0}</td>`,
      )}${kinds.map((kind) => html`<td class="number">${summary.hazards[kind] ?? 0}</td>`)}</tr>`,
  )}</tbody></table></div></details></section>`;
}

/** Another folder or name of the same kernel moves nothing. */
function isSame(a: PastAudit, b: PastAudit | undefined): boolean {
  return a.version === b?.version && JSON.stringify(a.summary) === JSON.stringify(b.summary);
}

function bar({ version, at, summary }: PastAudit, index: number, most: number): Html {
  let y = height;
  const parts = driverClasses.map((name) => {
    const tall = ((summary.byClass[name] ?? 0) / most) * height;
    y -= tall;
    return tall === 0
      ? ""
      : html`<rect class="${name}" x="${index * column + 4}" y="${y.toFixed(1)}" width="${column - 8}" height="${tall.toFixed(1)}"><title>${version}, ${at.slice(0, 10)}: ${summary.byClass[name]} ${name}</title></rect>`;
  });
  return html`${parts}<text x="${index * column + column / 2}" y="${height + 11}">${version.split(".").slice(0, 2).join(".")}</text>`;
}
