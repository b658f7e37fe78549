/** Release paths as lanes: from probe on, thick while vectors are held, forked where the two cores differ. */
import type { Branch, Moment, TimelineView } from "../../report/timeline.js";
import { type Html, html } from "../shell.js";

/** Between two moments; and the ends of a lane. */
const step = 15;
const start = 8;
const middle = 13;
const top = 6;
const bottom = 20;

/**
 * @param link the address of a path, by its query
 * @param place the address of a line
 */
export function lanesTable(
  paths: readonly TimelineView[],
  chosen: string | undefined,
  link: (query: string) => string,
  place: (file: string, line: number) => string,
): Html {
  if (paths.length === 0) return html`<p class="soft">No release path was found.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Release paths"><table class="lanes"><thead><tr><th scope="col">path</th><th scope="col">probe → end</th><th scope="col">today</th><th scope="col">after the core change</th></tr></thead><tbody>${paths.map(
    (view, i) => {
      const query = `path=${i + 1}`;
      return html`<tr class="${query === chosen ? "chosen" : ""}"><th scope="row"><a href="${link(query)}#journey">${view.path}</a> <a class="place" href="${place(view.file, view.line)}">${view.line}</a></th><td>${lane(view)}</td><td>${ending(view.today)}</td><td>${ending(view.afterCoreChange)}</td></tr>`;
    },
  )}</tbody></table></div>`;
}

/** A place is told by the last part of its path, as everywhere beside the source. */
export function ending({ ending: kind, words }: Branch): Html {
  const short = words.replace(/\S*\/(?=\S+:\d+$)/, "");
  return kind === "leaked"
    ? html`<span class="error">✗ ${short}</span>`
    : html`<span class="good">✓</span> ${short}`;
}

function lane({ path, shared, today, afterCoreChange }: TimelineView): Html {
  const forkAt = start + shared.length * step;
  const longest = Math.max(today.moments.length, afterCoreChange.moments.length, 1);
  const width = forkAt + longest * step + 16;
  const last = shared.at(-1);
  return html`<svg class="lane" width="${width}" height="26" viewBox="0 0 ${width} 26" role="img" aria-label="${path}: ${today.words} today; ${afterCoreChange.words} after the core change">${track(
    shared,
    start,
    middle,
    undefined,
  )}${branch(today, last, forkAt, top)}${branch(afterCoreChange, last, forkAt, bottom)}</svg>`;
}

function track(moments: readonly Moment[], from: number, y: number, before: Moment | undefined): Html {
  return html`${moments.map((moment, i) => {
    const x = from + i * step;
    const earlier = i === 0 ? before : moments[i - 1];
    const line =
      i === 0 && !before
        ? ""
        : html`<line class="${holds(earlier) ? "held" : ""}" x1="${x - step}" y1="${i === 0 ? middle : y}" x2="${x}" y2="${y}"/>`;
    return html`${line}<circle class="${holds(moment) ? "held" : ""}" cx="${x}" cy="${y}" r="4"><title>${moment.event}: ${moment.vectors === "none" ? "no vectors" : moment.vectors}</title></circle>`;
  })}`;
}

function branch(
  { moments, ending: kind, words }: Branch,
  last: Moment | undefined,
  x: number,
  y: number,
): Html {
  const end = x + moments.length * step;
  const from = moments.at(-1) ?? last;
  return html`${track(moments, x, y, last)}<line class="${holds(from) ? "held" : ""}" x1="${end - step}" y1="${moments.length === 0 ? middle : y}" x2="${end}" y2="${y}"/><rect class="${kind === "leaked" ? "leak" : "freed"}" x="${end - 2}" y="${y - 4}" width="8" height="8"><title>${words}</title></rect>`;
}

const holds = (moment: Moment | undefined) => moment !== undefined && moment.vectors !== "none";
