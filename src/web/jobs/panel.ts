/** A job on a page: what it does, how far it is. The module `job` keeps it up to date. */
import { type Html, html } from "../shell.js";
import type { JobView } from "./jobs.js";

export function jobPanel(job: JobView): Html {
  const { id, title, state, progress, error, href } = job;
  const value = progress?.total ? html` value="${progress.done}" max="${progress.total}"` : "";
  const open = state === "waiting" || state === "running";
  return html`<div class="job ${state}" data-job="${id}" data-open="${String(open)}"><p><b>${title}</b> <span data-part="state">${state}</span></p>
${state === "running" ? html`<progress${value} aria-label="${title}"></progress>` : ""}${open ? html`<p class="soft" data-part="words">${state === "waiting" ? "waits for its turn" : progressWords(progress)}</p>` : ""}
${error === null ? "" : html`<p class="error">${error}</p>`}${state === "done" ? html`<p><a href="${href}">see the result</a></p>` : ""}</div>`;
}

function progressWords(progress: JobView["progress"]): string {
  if (progress === null) return "starting";
  const { task, done, total } = progress;
  return total === null ? task : `${task}: ${done} of ${total}`;
}
