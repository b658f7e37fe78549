/** A series at a glance: its patches and their state, the stages of landing, what it misses, the cover letter. */

import { plural } from "../../base/plural.js";
import { ranges } from "../../report/review.js";
import type { Bench } from "../bench.js";
import type { JobView } from "../jobs/jobs.js";
import { jobPanel } from "../jobs/panel.js";
import { type Html, html, page, textHtml } from "../shell.js";
import { pathSegments } from "../tree/audited.js";
import type { PatchView, SeriesView } from "./view.js";

/** @param mayAct whether the reader has the token */
export function seriesListPage(bench: Bench, mayAct: boolean): Html {
  const list = [...bench.series.values()];
  return page(
    { title: "Series", look: "bench", part: "Series" },
    html`<h1>Series</h1>${
      list.length === 0
        ? html`<p>No series yet. Start the server with some (<code>treewide serve TREE --series FOLDER…</code>), send one here, or choose one on a thread’s page.</p>`
        : html`<ul>${list.map(({ name, title, posting }) => html`<li><a href="/series/${name}/">${title}</a> <small>${plural(posting.patches.length, "patch", "patches")}</small></li>`)}</ul>`
    }${
      mayAct
        ? html`<h2>Judge one</h2><form class="filter" method="post" action="/series/" enctype="multipart/form-data"><label>mbox, as git format-patch or b4 write it <input type="file" name="mbox" required></label><button>judge it</button></form>`
        : html`<p class="soft">Sending a series here needs this server’s token: open the second address that it printed.</p>`
    }`,
  );
}

/** @param ground the tree that series are judged on and compiled with; undefined when the server has none */
export function seriesPage(view: SeriesView, job: JobView | undefined, ground: string | undefined): Html {
  const { title, patches, total, absent, tree } = view;
  const open = job !== undefined && job.endedAt === null;
  return page(
    {
      title,
      look: "bench",
      part: "Series",
      scripts: ["job"],
      navigation: [["all series", "/series/"]],
      ...(open ? { refresh: 3 } : {}),
    },
    html`<h1>${title}</h1>
<p class="soft">${patches.length} of ${plural(total, "patch", "patches")}${absent.length > 0 ? `; not given: ${ranges(absent)}` : ""}${tree === null ? "" : html`; judged on <a href="/tree/${tree}/">${tree}</a>`}. <a href="series.mbox">download as mbox</a></p>
${job && job.state !== "done" ? jobPanel(job) : ""}${tree === null ? "" : verdict(view)}
<h2>Patches</h2><div class="scroll" tabindex="0" role="region" aria-label="Patches"><table class="patches"><thead><tr><th scope="col" class="number">#</th><th scope="col">patch</th><th scope="col">proof</th><th scope="col">brings</th><th scope="col">takes away</th><th scope="col">says what is not so</th><th scope="col">compile, checkpatch</th><th scope="col">to</th><th scope="col">review</th><th scope="col">stage</th></tr></thead><tbody>${patches.map(patchRow)}</tbody></table></div>
${ground === undefined || open ? "" : workForms(ground)}
${stagesView(view)}${missedView(view)}${view.cover ? html`<h2>Cover letter</h2><div class="message">${textHtml(view.cover.text)}</div>` : ""}`,
  );
}

/** Also after a proof that was stopped or failed: nothing is a dead end. */
function workForms(ground: string): Html {
  return html`<div class="filter"><form method="post" action="judge"><button>judge it again</button></form><form method="post" action="check"><button>compile each patch and run checkpatch</button></form><small>on ${ground}; needs the token</small></div>`;
}

function verdict({ patches, missed }: SeriesView): Html {
  const bad = patches.filter(({ state }) => state.applies === false || state.sound === false);
  const open = patches.filter(({ state }) => state.applies === true && state.sound === null);
  const untrue = patches.filter(({ state }) => state.claims.some(({ holds }) => !holds));
  if (bad.length === 0 && open.length === 0 && missed.length === 0 && untrue.length === 0)
    return html`<p class="good">✓ Every patch applies and leaves the tree no worse; no driver is left without an owner.</p>`;
  return html`<ul class="error">${bad.length > 0 ? html`<li>${plural(bad.length, "patch does", "patches do")} not apply, or ${bad.length === 1 ? "leaves" : "leave"} the tree worse than before the series: one cannot stop there.</li>` : ""}${open.length > 0 ? html`<li>Of ${plural(open.length, "patch", "patches")} it cannot be decided whether one can stop there.</li>` : ""}${untrue.length > 0 ? html`<li>${plural(untrue.length, "message says", "messages say")} what executing the code does not show.</li>` : ""}${missed.length > 0 ? html`<li>${plural(missed.length, "driver leaks", "drivers leak")} after the last patch: see below.</li>` : ""}</ul>`;
}

function patchRow({ number, title, state, check, recipients, review, stage }: PatchView): Html {
  const untrue = state.claims.filter(({ holds }) => !holds).length;
  return html`<tr><td class="number">${number}</td><td><a href="${number}/">${title}</a></td><td class="short">${proof(state)}</td><td class="${state.introduced.length > 0 ? "error" : "nothing"}">${kinds(state.introduced)}</td><td class="nothing">${kinds(state.removed)}</td><td class="${untrue > 0 ? "error" : "nothing"}">${untrue || "·"}</td><td>${checkWords(check)}</td><td>${recipients?.length ?? "?"}</td><td>${reviewWords(review)}</td><td>${stage ?? "·"}</td></tr>`;
}

/** The state of a patch in two words. */
export function proof({ applies, sound }: PatchView["state"]): Html {
  if (applies === null) return html`<span class="nothing">not yet</span>`;
  if (!applies) return html`<span class="error">✗ does not apply</span>`;
  if (sound === null) return html`<span class="error">? cannot be decided</span>`;
  return sound ? html`<span class="good">✓ sound</span>` : html`<span class="error">✗ not sound</span>`;
}

/** What compilers and checkers found, in a few words. */
function checkWords(check: PatchView["check"]): Html {
  if (!check) return html`<span class="nothing">unknown</span>`;
  const faults = check.findings.filter(({ severity }) => severity !== "note").length;
  const built = `${check.built} built${check.notCompiled > 0 ? `, ${check.notCompiled} not compiled` : ""}`;
  return faults > 0
    ? html`<span class="error">✗ ${plural(faults, "fault")}</span>, ${built}`
    : html`<span class="good">✓</span> ${built}`;
}

function kinds(changes: PatchView["state"]["introduced"]): string {
  const counts = new Map<string, number>();
  for (const { kind } of changes) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ") || "·";
}

function reviewWords(review: PatchView["review"]): Html | string {
  if (!review) return "·";
  const open = review.points.filter(({ state }) => state === "open" || state === "disputed").length;
  return html`<a href="${review.href}">${plural(review.trailers.length, "tag")}</a>${open > 0 ? html`, <span class="warning">${open} open</span>` : ""}`;
}

function stagesView({ stages, patches }: SeriesView): Html {
  if (stages.length === 0) return html``;
  const title = (n: number) => patches.find(({ number }) => number === n)?.title ?? "";
  return html`<h2>How it can land</h2><ol class="stages plain">${stages.map(
    ({ stage, subsystem, needs, patches: numbers }) =>
      html`<li><b>Stage ${stage}, ${subsystem}</b> <span class="soft">needs ${needs}</span><br>${numbers.map((n) => html`<a href="${n}/" title="${title(n)}">${n}</a> `)}</li>`,
  )}</ol>`;
}

function missedView({ missed, tree }: SeriesView): Html {
  if (missed.length === 0) return html``;
  return html`<h2>Missed: ${plural(missed.length, "driver leaks", "drivers leak")} after the series and did not before</h2><ul>${missed.map(
    ({ driver, line, why }) =>
      html`<li><a class="place" href="/tree/${tree ?? ""}/driver/${pathSegments(driver)}">${driver}:${line}</a> ${why}</li>`,
  )}</ul>`;
}
