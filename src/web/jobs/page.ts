/** What is worked on, and the forms that start more. */
import { type Bench, hasRevisions } from "../bench.js";
import { type Html, html, page } from "../shell.js";
import type { JobView } from "./jobs.js";
import { jobPanel } from "./panel.js";

/** @param mayAct whether the reader has the token */
export function jobsPage(bench: Bench, mayAct: boolean): Html {
  const jobs = bench.jobs.list();
  const open = jobs.some(({ endedAt }) => endedAt === null);
  return page(
    { title: "Work", look: "bench", part: "Work", scripts: ["job"], ...(open ? { refresh: 2 } : {}) },
    html`<h1>Work</h1>
${
  mayAct
    ? startForm(bench)
    : html`<p>Starting and stopping work needs this server's token: open the second address that it printed (with TREEWIDE_TOKEN set: <code>/enter?token=…</code>) in this browser.</p>`
}
${jobs.length === 0 ? html`<p class="soft">Nothing was started yet.</p>` : jobs.map((job) => jobItem(job, mayAct))}`,
  );
}

function startForm(bench: Bench): Html {
  const trees = [...bench.trees.values()];
  if (trees.length === 0) return html`<p>No tree to audit: start the server with one.</p>`;
  const revision = trees.some(hasRevisions)
    ? html`<label>Revision, of a git tree <input name="revision" placeholder="v7.3" maxlength="200"></label>`
    : "";
  return html`<form class="filter" method="post" action="/jobs/"><label>Tree <select name="tree">${trees.map(({ name }) => html`<option>${name}</option>`)}</select></label>${revision}<button>start an audit</button></form>`;
}

function jobItem(job: JobView, mayAct: boolean): Html {
  const open = job.endedAt === null;
  const times = [job.startedAt ?? job.createdAt, job.endedAt].map((at) => at?.slice(0, 19).replace("T", " "));
  return html`<article>${jobPanel(job)}<p class="soft">${times[0]}${times[1] ? ` to ${times[1]}` : ""} UTC</p>${
    open && mayAct ? html`<form method="post" action="/jobs/${job.id}/stop"><button>stop</button></form>` : ""
  }</article>`;
}
