/** Earlier efforts at something, as a timeline: the oldest first. */
import type { Hono } from "hono";
import { plural } from "../../base/plural.js";
import type { Bench } from "../bench.js";
import { PageCache } from "../page-cache.js";
import { type Html, html, page } from "../shell.js";
import { priorForm } from "./list-page.js";
import { type EffortView, priorView } from "./prior-view.js";

export function mountPrior(app: Hono, bench: Bench): void {
  const cache = new PageCache();
  app.get("/archives/prior", (context) => {
    const version = bench.version();
    const known = cache.find(context, version);
    if (known) return known;
    const asked = (context.req.query("q") ?? "").trim().slice(0, 400);
    const efforts = [...priorView(bench, asked)].sort((a, b) => (a.first < b.first ? -1 : 1));
    return cache.answer(context, version, "text/html; charset=utf-8", priorPage(asked, efforts));
  });
}

function priorPage(asked: string, efforts: readonly EffortView[]): Html {
  return page(
    {
      title: `Earlier efforts: ${asked}`,
      look: "bench",
      part: "Archives",
      navigation: [["all archives", "/archives/"]],
    },
    html`<h1>Earlier efforts</h1>${priorForm(asked)}${
      efforts.length === 0
        ? html`<p class="soft">${asked === "" ? "Name a function or a file." : "No earlier effort was found."}</p>`
        : html`<ol class="timeline">${efforts.map(effortItem)}</ol>`
    }`,
  );
}

function effortItem({
  archive,
  title,
  authors,
  first,
  last,
  landed,
  because,
  versions,
  objections,
}: EffortView): Html {
  const state = landed === null ? "unknown whether it landed" : landed ? "landed" : "not merged";
  return html`<li class="${landed ? "landed" : ""}"><b>${title}</b><br><span class="soft">${first.slice(0, 10)} to ${last.slice(0, 10)}, ${authors.map((each) => each.replace(/ <.*/, "")).join(", ")}, ${archive}</span><br><span class="${landed ? "good" : "warning"}">${state}</span>: ${because}
<ul class="plain">${versions.map(({ version, date, patches, replies, href }) => html`<li>${date.slice(0, 10)} <a href="${href}">v${version}</a> <span class="soft">${plural(patches, "patch", "patches")}, ${plural(replies, "reply", "replies")}</span></li>`)}</ul>${
    objections.length === 0
      ? ""
      : html`<details><summary>It ended in ${plural(objections.length, "objection")}</summary>${objections.map(({ from, date, quote, href }) => html`<p><a href="${href}">${from}, ${date.slice(0, 10)}</a></p><div class="message q">${quote}</div>`)}</details>`
  }</li>`;
}
