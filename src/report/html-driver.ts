/** One driver in the HTML report: its calls, hazards with witnesses, and release paths as timelines. */
import type { DriverResult, HazardResult, WitnessStep } from "../audit/result.js";
import { plural } from "../base/plural.js";
import { html, type Markup } from "./markup.js";
import type { SourceLines } from "./source-lines.js";
import { type Branch, type Moment, timelineOf } from "./timeline.js";
import { hazardWords } from "./words.js";

export function driverDetails(driver: DriverResult, source: SourceLines): Markup {
  return html`<div class="body">
<ul class="calls">
${driver.allocations.map((a) => html`<li><b>allocates</b> <code>${a.file}:${a.line}</code> ${a.api}() in ${a.function}()</li>`)}
${driver.frees.map((f) => html`<li><b>frees</b> <code>${f.file}:${f.line}</code> ${f.api}() in ${f.function}(): ${f.when}</li>`)}
${driver.unknown.map((u) => html`<li><b>unknown</b> <code>${u.file}:${u.line}</code> ${u.why}</li>`)}
</ul>
${driver.hazards.map((hazard) => hazardDetails(hazard, source))}
${driver.releasePaths.length > 0 && html`<h3>${plural(driver.releasePaths.length, "release path")}</h3>`}
${driver.releasePaths.map((path) => {
  const view = timelineOf(path);
  const leaks = [view.today, view.afterCoreChange].some((b) => b.ending === "leaked");
  return html`<details class="release"><summary>${path.path} <code>${path.file}:${path.line}</code>${leaks && html` <span class="warning">✗</span>`}</summary>
<ol>${view.shared.map((moment) => step(moment, state(moment), source))}</ol>
<div class="sides">${side("today", view.today)}${side("after the core change", view.afterCoreChange)}</div></details>`;
})}
</div>`;
}

function hazardDetails({ kind, file, line, witness }: HazardResult, source: SourceLines): Markup {
  const { level, message } = hazardWords[kind];
  return html`<details class="hazard"><summary><b class="${level}">${kind}</b> <code>${file}:${line}</code> ${message}</summary>
<ol>${witness.map((s) => step(s, s.state, source))}</ol></details>`;
}

function step(
  { file, line, function: name, event }: Moment | WitnessStep,
  state: string,
  source: SourceLines,
): Markup {
  const code = event.startsWith("devres:") ? "" : (source(file, line) ?? "").trim();
  return html`<li><code class="place">${file}:${line}</code> <small>${name}()</small>${code && html`<pre>${code}</pre>`}<div>${event}</div><small>${state}</small></li>`;
}

function state({ vectors, stack, handlers }: Moment): string {
  const held = { none: "no vectors", unknown: "vectors unknown" }[vectors] ?? `${vectors} held`;
  return [
    held,
    ...(handlers ? [plural(handlers, "handler")] : []),
    `devres: ${stack.join(", ") || "empty"}`,
  ].join(" · ");
}

function side(title: string, { moments, ending, words }: Branch): Markup {
  return html`<div><h4>${title}</h4><ol>${moments.map((m) => html`<li><div>${m.event}</div><small>${state(m)}</small></li>`)}</ol><p class="${ending === "leaked" ? "error" : "good"}">${ending === "leaked" ? "✗" : "✓"} ${words}</p></div>`;
}
