/** One patch: its message and diff, what it does to the tree, who gets it, what was said of it. */

import { plural } from "../../base/plural.js";
import { firstOf, undecidedTexts } from "../../report/review.js";
import { hazardWords } from "../../report/words.js";
import type { HazardChange } from "../../series/review.js";
import { escapeHtml, fitting, type Html, html, page, raw, textHtml } from "../shell.js";
import { pathSegments } from "../tree/audited.js";
import type { BenchSeries } from "./bench-series.js";
import { isCompiler } from "./checked.js";
import { proof } from "./page.js";
import type { PatchView, SeriesView } from "./view.js";

/** Changes of hazards that are written out; the JSON has them all. */
const maxChanges = 40;

export function patchPage({ posting }: BenchSeries, view: SeriesView, patch: PatchView): Html {
  const { number, title, author, files, state } = patch;
  const posted = posting.patches.find(({ n }) => n === number)!;
  const numbers = view.patches.map((each) => each.number);
  const at = numbers.indexOf(number);
  const turn = (to: number | undefined, words: string, rel: string) =>
    to === undefined ? "" : html`<a rel="${rel}" href="../${to}/">${words}</a> `;
  const text = posted.message.text;
  const diffAt = text.search(/^(?:diff --git |--- a\/)/m);
  return page(
    {
      title: `${number}/${view.total} ${title}`,
      look: "bench",
      part: "Series",
      navigation: [
        ["all series", "/series/"],
        [view.title, "../"],
        [`patch ${number}`, "./"],
      ],
    },
    html`<h1>${title} <small>${number} of ${view.total}</small></h1>
<p class="stepper">${turn(numbers[at - 1], "← previous", "prev")}${turn(numbers[at + 1], "next →", "next")}<a href="patch.mbox">download</a>${patch.review ? html` <a href="${patch.review.href}">read the thread</a>` : ""}</p>
<dl class="facts"><dt>author</dt><dd>${author}</dd><dt>proof</dt><dd>${proof(state)}${state.failure === null ? "" : html` <span class="error">${state.failure}</span>`}${undecidedTexts(state.undecided).map((each) => html`<br>${each}`)}${state.ended.length === 0 ? "" : html`<br>no longer seen to take vectors: ${firstOf(state.ended)}`}${state.core === null ? "" : html`<br>core: ${state.core}`}</dd>${checks(patch)}<dt>files</dt><dd>${files.map((file) => fileLink(file, view.tree))}</dd>${patch.stage === null ? "" : html`<dt>stage</dt><dd>${patch.stage}</dd>`}</dl>
${changes("Brings", state.introduced, view.tree)}${changes("Takes away", state.removed, view.tree)}${claims(state.claims)}
<h2>Message</h2><div class="message">${textHtml((diffAt === -1 ? text : text.slice(0, diffAt)).trimEnd())}</div>
<h2>Diff</h2>${diffAt === -1 ? "" : diffView(text.slice(diffAt))}
${review(patch)}${recipients(patch)}`,
  );
}

function checks({ check }: PatchView): Html {
  if (!check) return html`<dt>compile, checkpatch</dt><dd class="soft">unknown: nobody has run them yet</dd>`;
  const found = (wanted: boolean) => {
    const list = check.findings.filter((finding) => isCompiler(finding) === wanted);
    return list.length === 0
      ? html`<span class="good">✓ nothing new</span>`
      : list.map(
          ({ severity, tool, file, line, message }) =>
            html`<div><span class="${severity}">${tool}</span> <span class="place">${file}:${line}</span> ${message}</div>`,
        );
  };
  const rest = check.notCompiled > 0 ? `, ${check.notCompiled} not compiled` : "";
  return html`<dt>compile</dt><dd>${check.built} built, ${check.failed} failed${rest} ${found(true)}</dd><dt>checkpatch</dt><dd>${found(false)}</dd>`;
}

function fileLink(file: string, tree: string | null): Html {
  const name =
    tree === null
      ? html`<code>${file}</code>`
      : html`<a class="place" href="/tree/${tree}/source/${pathSegments(file)}">${file}</a>`;
  const driver = tree !== null && file.endsWith(".c");
  return html`<div>${name}${driver ? html` <a class="small" href="/tree/${tree}/?q=${encodeURIComponent(file)}#filter">drivers</a>` : ""}</div>`;
}

function changes(words: string, list: readonly HazardChange[], tree: string | null): Html {
  if (list.length === 0) return html``;
  return html`<h2>${words} ${plural(list.length, "hazard")}</h2><ul class="hazards">${list
    .slice(0, maxChanges)
    .map(
      ({ kind, driver, file, line, witness }) =>
        html`<li><span class="${hazardWords[kind].level}">${kind}</span> <a class="place" href="/tree/${tree ?? ""}/driver/${pathSegments(driver)}">${driver}</a>${file === driver ? "" : " "}<span class="place">${file === driver ? "" : file}:${line}</span>${
          witness.length === 0
            ? ""
            : html`<details><summary class="small">${plural(witness.length, "step")}</summary><ol class="steps">${witness.map((step) => html`<li>${step.event}<br><small><span class="place">${step.file}:${step.line}</span> ${step.function}() · ${step.state}</small></li>`)}</ol></details>`
        }</li>`,
    )}</ul>${list.length > maxChanges ? html`<p class="soft">and ${list.length - maxChanges} more</p>` : ""}`;
}

function claims(list: PatchView["state"]["claims"]): Html {
  if (list.length === 0) return html``;
  return html`<h2>What its message says</h2><ul class="hazards">${list.map(({ text, holds, why }) => html`<li><span class="${holds ? "good" : "error"}">${holds ? "✓ so" : "✗ not so"}</span> “${text}”<br><small>${why}</small></li>`)}</ul>`;
}

/** A diff with its lines coloured; shown as text, never run. */
function diffView(diff: string): Html {
  const line = (text: string) => {
    const look = lineLook(text);
    return `<span${look === "" ? "" : ` class="${look}"`}>${escapeHtml(text) || " "}</span>`;
  };
  const code = fitting(diff.replace(/\n-- \n[\s\S]*$/, "").trimEnd(), line, "");
  return html`<pre class="diff" tabindex="0" role="region" aria-label="Diff">${raw(code)}</pre>`;
}

function lineLook(line: string): string {
  if (/^(?:diff --git|--- |\+\+\+ )/.test(line)) return "head";
  if (line.startsWith("@@")) return "hunk";
  return line[0] === "+" ? "add" : line[0] === "-" ? "del" : "";
}

function review({ review: said }: PatchView): Html {
  if (!said) return html`<h2>Review</h2><p class="soft">No archive here has this patch.</p>`;
  return html`<h2>Review <small><a href="${said.href}">in ${said.archive}</a></small></h2>${said.trailers.map((each) => html`<div>${each}</div>`)}<ul class="hazards">${said.points.map(({ kind, state, from, quote, href }) => html`<li><a href="${href}">${from}</a>: ${kind}, <span class="${state === "open" || state === "disputed" ? "warning" : "soft"}">${state}</span><div class="message">${quote}</div></li>`)}</ul>`;
}

function recipients({ recipients: list }: PatchView): Html {
  if (list === null)
    return html`<h2>Recipients</h2><p class="soft">Unknown: not judged yet, or the tree has no MAINTAINERS.</p>`;
  return html`<h2>${plural(list.length, "recipient")}</h2><div class="scroll" tabindex="0" role="region" aria-label="Recipients"><table><tbody>${list.map(({ to, role, because }) => html`<tr><th scope="row">${to}</th><td>${role}</td><td class="soft">${because}</td></tr>`)}</tbody></table></div>`;
}
