/** The tree at a glance: counts, the picture, how it moved, and the drivers that a filter asks for. */

import { plural } from "../../base/plural.js";
import { type DriverClass, driverClasses } from "../../ownership/classify.js";
import type { PastAudit } from "../../report/history.js";
import { classWords, hazardWords } from "../../report/words.js";
import type { BenchTree } from "../bench.js";
import { type Html, html, page } from "../shell.js";
import type { Audited } from "./audited.js";
import { driverTable, tableParts } from "./driver-table.js";
import { type Filter, filterHref } from "./filter.js";
import { historyView } from "./history-view.js";
import { otherTrees } from "./other-trees.js";
import { treemapSvg } from "./treemap.js";

export function overviewPage(
  { name, tree }: BenchTree,
  found: Audited,
  filter: Filter,
  past: readonly PastAudit[],
  trees: readonly string[],
): Html {
  const { report, rows } = found;
  const link = (subsystem: string, of?: DriverClass) =>
    filterHref(filter, { subsystem, ...(of && { class: of }) });
  return page(
    {
      title: `${name}: who owns the IRQ vectors`,
      look: "bench",
      part: "Drivers",
      scripts: ["overview"],
      navigation: [[name, `/tree/${name}/`]],
    },
    html`<h1>Linux ${tree.version} <small>${name}</small></h1>
<p class="soft">${plural(report.summary.drivers, "driver")} with IRQ vectors${report.tree.commit === null ? "" : html`, commit <code>${report.tree.commit.slice(0, 12)}</code>`}; audited ${found.at.toISOString().slice(0, 16).replace("T", " ")} UTC. <a href="/jobs/">audit again</a>${otherTrees(trees, name)}</p>
<div class="glance"><section><h2>Who owns the vectors</h2>${classCounts(found, filter)}</section><section><h2>What goes wrong</h2>${hazardCounts(found, filter)}${coreFacts(found)}</section></div>
${treemapSvg(rows, link)}
${historyView(past)}
${filterForm(found, filter)}
<section id="results" aria-label="Drivers">${driverTable(tableParts(found, filter), found.at)}</section>
${gaps(found)}`,
  );
}

function classCounts({ report: { summary } }: Audited, filter: Filter): Html {
  return html`<table class="counts"><tbody>${driverClasses
    .filter((name) => summary.byClass[name] > 0)
    .map(
      (name) =>
        html`<tr><td class="number">${summary.byClass[name]}</td><th scope="row"><a class="class ${name}" href="${filterHref(filter, { class: name })}"${filter.class === name ? html` aria-current="true"` : ""}>${name}</a></th><td>${classWords[name]}</td></tr>`,
    )}</tbody></table>`;
}

function hazardCounts({ report: { summary }, kinds }: Audited, filter: Filter): Html {
  return html`<table class="counts"><tbody>${kinds.map(
    (kind) =>
      html`<tr><td class="number">${summary.hazards[kind]}</td><th scope="row"><a class="${hazardWords[kind].level}" href="${filterHref(filter, { hazard: kind })}"${filter.hazard === kind ? html` aria-current="true"` : ""}>${kind}</a></th><td>${hazardWords[kind].message}</td></tr>`,
  )}</tbody></table>`;
}

function coreFacts({ report: { core } }: Audited): Html {
  const known = Object.values(core).filter(({ value }) => value !== null);
  return html`<ul class="core">${known.map(
    ({ how, file, line }) =>
      html`<li>${how}${file === null || line === null ? "" : html` <a class="place" href="source/${file}?line=${line}#L${line}">${file}:${line}</a>`}</li>`,
  )}</ul>`;
}

function filterForm({ report, kinds, subsystems, maintainers }: Audited, filter: Filter): Html {
  const classes = driverClasses.filter((name) => report.summary.byClass[name] > 0);
  return html`<form id="filter" class="filter" method="get" action="#filter" role="search" aria-label="Filter drivers">
<label>Text <input type="search" name="q" value="${filter.q}" placeholder="path, driver, module" autocomplete="off" accesskey="f"></label>
<label>Class ${select("class", classes, filter.class)}</label>
<label>Hazard ${select("hazard", kinds, filter.hazard)}</label>
<label>Subsystem ${select("subsystem", subsystems, filter.subsystem)}</label>
${
  maintainers === undefined
    ? ""
    : html`<label>Maintainer <input name="maintainer" value="${filter.maintainer}" list="people" autocomplete="off"></label><datalist id="people">${maintainers.map((each) => html`<option>${each.replace(/ <.*/, "")}</option>`)}</datalist>`
}
${filter.sort === "need" ? "" : html`<input type="hidden" name="sort" value="${filter.sort}">`}
<button>filter</button></form>`;
}

function select(name: string, options: readonly string[], value: string): Html {
  const all = value === "" || options.includes(value) ? options : [value, ...options];
  return html`<select name="${name}"><option value="">all</option>${all.map((each) => html`<option${each === value ? html` selected` : ""}>${each}</option>`)}</select>`;
}

/** What the audit does not cover: said, never left out. */
function gaps({ report: { parse, leftOut } }: Audited): Html {
  const list = [
    ...parse.failed.map((f) => `${f.file}:${f.line}: ${f.function}() could not be parsed: ${f.why}`),
    ...leftOut.map(({ file, why }) => `${file}: left out: ${why}`),
  ];
  return html`<footer><p>${parse.functions - parse.failed.length} of ${parse.functions} functions that can reach an allocation or a free were parsed.</p>${
    list.length === 0
      ? ""
      : html`<details><summary>Not covered (${list.length})</summary><ul>${list.map((each) => html`<li>${each}</li>`)}</ul></details>`
  }</footer>`;
}
