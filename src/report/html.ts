/** The report as one HTML file: nothing is fetched, all is readable without its script and in print. */
import type { DriverResult } from "../audit/result.js";
import { plural } from "../base/plural.js";
import { driverClasses } from "../ownership/classify.js";
import { type HazardKind, hazardKinds } from "../ownership/observer.js";
import { driverDetails } from "./html-driver.js";
import { htmlScript } from "./html-script.js";
import { htmlStyle } from "./html-style.js";
import { html, Markup } from "./markup.js";
import type { AuditReport } from "./report.js";
import type { SourceLines } from "./source-lines.js";
import { byNeed, pciDriverName } from "./table.js";
import { classWords, hazardWords } from "./words.js";

export function auditHtml(report: AuditReport, source: SourceLines): string {
  const { tree, summary } = report;
  const title = `IRQ vector ownership in Linux ${tree.version}`;
  const kinds = hazardKinds.filter((kind) => summary.hazards[kind] > 0);
  const drivers = driverClasses.flatMap((name) =>
    report.drivers.filter((d) => d.class === name).sort(byNeed),
  );
  return `${
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${title}</title>
<style>${new Markup(htmlStyle)}</style>
</head>
<body style="--hazards: ${kinds.length}">
<header>
<h1>${title}</h1>
<p>${plural(summary.drivers, "driver")} with IRQ vectors${tree.commit ? html`, commit <code>${tree.commit}</code>` : ""}.</p>
${core(report)}
${counts(report, kinds)}
</header>
<main>
${controls(kinds)}
<div class="row headings">${headings(kinds)}</div>
<div id="drivers">
${drivers.map((driver, i) => row(driver, i, kinds, source))}
</div>
</main>
${gaps(report)}
<script>${new Markup(htmlScript)}</script>
</body>
</html>`.text
  }\n`;
}

function core({ core }: AuditReport): Markup {
  return html`<ul class="core">${Object.values(core)
    .filter((fact) => fact.value !== null)
    .map(
      (f) => html`<li>${f.how}${f.file !== null && html` <code>${f.file}:${f.line ?? 0}</code>`}</li>`,
    )}</ul>`;
}

function counts({ summary }: AuditReport, kinds: readonly HazardKind[]): Markup {
  return html`<div class="counts">
<table><caption>Classes</caption>${driverClasses
    .filter((name) => summary.byClass[name] > 0)
    .map(
      (name) =>
        html`<tr><td class="number">${summary.byClass[name]}</td><th scope="row"><span class="class ${name}">${name}</span></th><td>${classWords[name]}</td></tr>`,
    )}</table>
<table><caption>Drivers with a hazard</caption>${kinds.map(
    (kind) =>
      html`<tr><td class="number">${summary.hazards[kind]}</td><th scope="row"><span class="${hazardWords[kind].level}">${kind}</span></th><td>${hazardWords[kind].help}</td></tr>`,
  )}</table>
</div>`;
}

function controls(kinds: readonly HazardKind[]): Markup {
  return html`<form id="controls" hidden>
<label>Filter <input type="search" id="text" placeholder="path or pci_driver" autocomplete="off"></label>
<label>Class <select id="class"><option value="">all</option>${driverClasses.map((name) => html`<option>${name}</option>`)}</select></label>
<label>Hazard <select id="hazard"><option value="">all</option>${kinds.map((kind) => html`<option>${kind}</option>`)}</select></label>
<output id="shown" for="text class hazard"></output>
</form>`;
}

function headings(kinds: readonly HazardKind[]): Markup {
  const hazard = (kind: HazardKind) => {
    const [first, second] = hazardWords[kind].heading;
    return html`<button type="button" class="number" data-sort="${kind}">${first}<br>${second}</button>`;
  };
  return html`<button type="button" data-sort="driver">driver</button><button type="button" data-sort="order">class</button>${kinds.map(hazard)}`;
}

function row(driver: DriverResult, order: number, kinds: readonly HazardKind[], source: SourceLines): Markup {
  const counts = kinds.map((kind) => driver.hazards.filter((h) => h.kind === kind).length);
  const data = kinds.map((kind, i) => html` data-${kind}="${counts[i]!}"`);
  return html`<details class="driver" data-driver="${driver.driver} ${driver.pciDriver.name}" data-class="${driver.class}" data-order="${order}"${data}>
<summary><span class="row"><span class="path">${driver.driver} <small>${pciDriverName(driver)}</small></span><span><span class="class ${driver.class}">${driver.class}</span></span>${counts.map(
    (count, i) =>
      html`<span class="number ${count ? hazardWords[kinds[i]!].level : "nothing"}">${count || "·"}</span>`,
  )}</span></summary>
${driverDetails(driver, source)}
</details>
`;
}

/** What the report does not cover. */
function gaps({ parse, leftOut }: AuditReport): Markup {
  const list = [
    ...parse.failed.map((f) => `${f.file}:${f.line}: ${f.function}() could not be parsed: ${f.why}`),
    ...leftOut.map((l) => `${l.file}: left out: ${l.why}`),
  ];
  return html`<footer><p>${parse.functions - parse.failed.length} of ${parse.functions} functions that can reach an allocation or a free were parsed.</p>${
    list.length > 0 &&
    html`<details><summary>Not covered (${list.length})</summary><ul>${list.map((l) => html`<li>${l}</li>`)}</ul></details>`
  }</footer>`;
}
