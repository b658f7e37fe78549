/** One driver: its source, and beside it the life of its vectors. */
import type { DriverResult } from "../../audit/result.js";
import { plural } from "../../base/plural.js";
import type { Moment } from "../../report/timeline.js";
import { classWords, hazardWords } from "../../report/words.js";
import { type Html, html, page, utc } from "../shell.js";
import { type DriverRow, pathSegments, pciDriverPlace } from "./audited.js";
import { type Asked, type DriverView, driverView, type Journey, type Step } from "./journey.js";
import { ending, lanesTable } from "./lanes.js";
import type { RelatedPatch, RelatedThread } from "./related.js";
import type { SourceFiles } from "./source-files.js";
import { type Mark, sourceView } from "./source-view.js";

export interface DriverPage {
  readonly tree: string;
  readonly row: DriverRow;
  /** All drivers of the same file, when there are several. */
  readonly siblings: readonly DriverRow[];
  readonly asked: Asked;
  readonly sources: SourceFiles;
  readonly patches: readonly RelatedPatch[];
  readonly threads: readonly RelatedThread[];
}

export function driverPage({ tree, row, siblings, asked, sources, patches, threads }: DriverPage): Html {
  const { driver } = row;
  const view = driverView(driver, asked);
  const files = filesShown(driver, view);
  const root = `/tree/${tree}/`;
  const pci = siblings.length > 1 ? `pci=${encodeURIComponent(pciDriverPlace(driver))}&` : "";
  const address: Addresses = {
    root,
    ask: (query) => `?${pci}${query}`,
    place: (file, line) =>
      files.includes(file)
        ? `#${prefixOf(files, file)}L${line}`
        : `${root}source/${pathSegments(file)}?line=${line}#L${line}`,
  };
  return page(
    {
      title: `${driver.driver}: ${driver.class}`,
      look: "bench",
      part: "Drivers",
      scripts: ["driver", "line"],
      navigation: [
        [tree, root],
        [row.subsystem, `${root}?subsystem=${encodeURIComponent(row.subsystem)}#filter`],
        [driver.driver, row.href.replace(/^driver\/.*\//, "")],
      ],
    },
    html`<div class="driver"><div class="source"><h1>${driver.driver} <small>${driver.pciDriver.name}</small></h1>
<p><span class="class ${driver.class}">${driver.class}</span> ${classWords[driver.class]}</p>${files.map((file) => sourceOf(file, driver, view, files, sources, root))}</div>
<div class="life" tabindex="0" role="region" aria-label="The life of its vectors">
${hazardList(view, address)}
${view.journey ? journeyView(view.journey, view.step, address) : ""}
<h2>${plural(driver.releasePaths.length, "release path")}</h2>${lanesTable(view.paths, view.journey?.query, address.ask, address.place)}
${facts(row, siblings, address)}${related(patches, threads, driver.driver)}</div></div>`,
  );
}

interface Addresses {
  readonly root: string;
  /** This page with another hazard, path or step. */
  readonly ask: (query: string) => string;
  readonly place: (file: string, line: number) => string;
}

/** The driver's file first, then the others in which something of the journey happens. */
function filesShown(driver: DriverResult, { journey }: DriverView): string[] {
  return [...new Set([driver.driver, ...(journey?.steps ?? []).map(({ file }) => file)])];
}

/** Ids of lines in the first file are as people write them: `L12`. */
function prefixOf(files: readonly string[], file: string): string {
  const index = files.indexOf(file);
  return index <= 0 ? "" : `F${index}`;
}

function sourceOf(
  file: string,
  driver: DriverResult,
  view: DriverView,
  files: readonly string[],
  sources: SourceFiles,
  root: string,
): Html {
  const whole = `${root}source/${pathSegments(file)}`;
  const text = sources.read(file);
  const title = html`<h2><a href="${whole}">${file}</a></h2>`;
  if (!text)
    return html`${title}<p class="soft">This file is not in the tree any more, or cannot be read.</p>`;
  const { journey, step } = view;
  const steps = stepMarks(journey, file);
  const marks = [
    ...steps,
    ...hazardMarks(view, file),
    ...callMarks(driver, file).filter((call) => !steps.some(({ line }) => line === call.line)),
  ];
  return html`<section>${title}${sourceView(text, marks, { now: step, prefix: prefixOf(files, file), whole })}</section>`;
}

function stepMarks(journey: Journey | undefined, file: string): Mark[] {
  return (journey?.steps ?? [])
    .filter((step) => step.file === file)
    .map(({ line, number, event, vectors }) => ({
      line,
      step: number,
      words: `${event} · ${held(vectors)}`,
    }));
}

/** Where hazards show: often the line of a failure, which no step of a witness is at. */
function hazardMarks({ hazards }: DriverView, file: string): Mark[] {
  const said = new Set<string>();
  return hazards
    .filter(
      ({ kind, line, file: of }) =>
        of === file && !said.has(`${kind} ${line}`) && said.add(`${kind} ${line}`),
    )
    .map(({ kind, line }) => ({ line, words: `${kind}: ${hazardWords[kind].message}` }));
}

/** Allocations and frees that no step of the journey speaks of. */
function callMarks(driver: DriverResult, file: string): Mark[] {
  return [
    ...driver.allocations.map(({ line, api, file: of }) => ({ of, line, words: `allocates: ${api}()` })),
    ...driver.frees.map(({ line, api, when, file: of }) => ({ of, line, words: `frees: ${api}(), ${when}` })),
    ...driver.unknown.map(({ line, why, file: of }) => ({ of, line, words: `unknown: ${why}` })),
  ].filter(({ of }) => of === file);
}

const held = (vectors: string) =>
  ({ none: "no vectors", unknown: "vectors unknown" })[vectors] ?? `${vectors} held`;

function hazardList({ hazards, journey }: DriverView, { ask, place }: Addresses): Html {
  if (hazards.length === 0) return html`<h2>No hazard was found</h2>`;
  return html`<h2>${plural(hazards.length, "hazard")}</h2><ol class="hazards">${hazards.map((hazard, i) => {
    const { level, message } = hazardWords[hazard.kind];
    const query = `hazard=${i + 1}`;
    const chosen = journey?.query === query;
    return html`<li class="${chosen ? "chosen" : ""}"><a href="${ask(query)}#journey"${chosen ? html` aria-current="true"` : ""}><span class="${level}">${hazard.kind}</span></a> <a class="place" href="${place(hazard.file, hazard.line)}">${hazard.file.split("/").at(-1)}:${hazard.line}</a>${chosen ? html` <small>${message}</small>` : ""}</li>`;
  })}</ol>`;
}

function journeyView({ title, steps, fork, query }: Journey, now: number, address: Addresses): Html {
  const to = (step: Step | undefined, text: string, rel: string) =>
    html`<a rel="${rel}" data-go="${rel}" href="${step ? stepHref(query, step, address) : address.ask(query)}">${text}</a>`;
  return html`<div class="follow"><h2 id="journey">${title}</h2>
<p class="stepper">${to(steps[now - 2], "← step back", "prev")} ${to(steps[now] ?? steps.at(-1), "next step →", "next")} <span class="soft" data-part="at">${now === 0 ? plural(steps.length, "step") : `step ${now} of ${steps.length}`}</span></p></div>
<ol class="steps" data-journey="${query}">${steps.map((step) => stepItem(step, step.number === now, stepHref(query, step, address)))}</ol>${
    fork
      ? html`<div class="sides"><div><h4>today</h4>${branchSteps(fork.today.moments)}<p>${ending(fork.today)}</p></div><div><h4>after the core change</h4>${branchSteps(fork.afterCoreChange.moments)}<p>${ending(fork.afterCoreChange)}</p></div></div>`
      : ""
  }`;
}

function stepHref(query: string, { number, file, line }: Step, { ask, place }: Addresses): string {
  const to = place(file, line);
  return to.startsWith("#") ? `${ask(`${query}&step=${number}`)}${to}` : to;
}

function stepItem(step: Step, now: boolean, href: string): Html {
  const { number, file, line, function: name, event, vectors } = step;
  return html`<li class="${vectors === "none" ? "" : "held"}${now ? " now" : ""}" data-step="${number}"${now ? html` aria-current="step"` : ""}><a href="${href}"><span class="event">${number}. ${event}</span><br><small><span class="place">${file.split("/").at(-1)}:${line}</span> ${name}()</small></a>${stateOf(step)}</li>`;
}

function branchSteps(moments: readonly Moment[]): Html {
  return html`<ol class="steps">${moments.map((moment) => html`<li class="${moment.vectors === "none" ? "" : "held"}">${moment.event}${stateOf(moment)}</li>`)}</ol>`;
}

/** Who holds the vectors, the handlers, and the devres stack with the next to run first. */
function stateOf({ vectors, handlers, stack }: Moment): Html {
  return html`<div class="state"><span class="${vectors === "none" ? "" : "held"}">${held(vectors)}</span>${handlers > 0 ? html`<span>${plural(handlers, "handler")}</span>` : ""} devres: ${stack.length === 0 ? "empty" : stack.map((action) => html`<span>${action}</span> `)}</div>`;
}

function facts(
  { driver, maintainers }: DriverRow,
  siblings: readonly DriverRow[],
  { root, place }: Addresses,
): Html {
  const { pciDriver, module, enable, allocations, frees, unknown, files } = driver;
  const at = (file: string, line: number) =>
    html`<a class="place" href="${place(file, line)}">${file === driver.driver ? "" : `${file}:`}${line}</a>`;
  const row = (name: string, content: Html | readonly Html[] | string) =>
    content === "" || (Array.isArray(content) && content.length === 0)
      ? ""
      : html`<dt>${name}</dt><dd>${content}</dd>`;
  return html`<h2>Facts</h2><dl class="facts">${row("pci_driver", html`${pciDriver.name} ${at(pciDriver.file, pciDriver.line)}`)}${row("device", enable)}${row("module", module ?? "")}${row(
    "allocates",
    allocations.map(
      ({ file, line, api, function: name }) => html`<div>${at(file, line)} ${api}() in ${name}()</div>`,
    ),
  )}${row(
    "frees",
    frees.map(
      ({ file, line, api, function: name, when }) =>
        html`<div>${at(file, line)} ${api}() in ${name}(): ${when}</div>`,
    ),
  )}${row(
    "unknown",
    unknown.map(({ file, line, why }) => html`<div>${at(file, line)} ${why}</div>`),
  )}${row(
    "maintainers",
    maintainers.map(
      (each) =>
        html`<div><a href="${root}?maintainer=${encodeURIComponent(each.replace(/ <.*/, ""))}#filter">${each}</a></div>`,
    ),
  )}${row(
    "same file",
    siblings.length > 1
      ? siblings
          .filter((each) => each.driver !== driver)
          .map((each) => html`<div><a href="${root}${each.href}">${each.driver.pciDriver.name}</a></div>`)
      : [],
  )}${row("files", files.length > 1 ? `${files.length}: ${files.slice(0, 12).join(", ")}${files.length > 12 ? " …" : ""}` : "")}</dl>`;
}

function related(patches: readonly RelatedPatch[], threads: readonly RelatedThread[], file: string): Html {
  return html`${
    patches.length === 0
      ? ""
      : html`<h2>Patches here</h2><ul class="plain">${patches.map(({ href, number, title, series }) => html`<li><a href="${href}">${number}. ${title}</a> <small>${series}</small></li>`)}</ul>`
  }${
    threads.length === 0
      ? ""
      : html`<h2>On the lists</h2><ul class="plain">${threads.map(({ href, subject, from, date, archive }) => html`<li><a href="${href}">${subject}</a> <small>${from}, ${utc(date).slice(0, 10)}, ${archive}</small></li>`)}</ul><p><a href="/archives/prior?q=${encodeURIComponent(file)}">earlier efforts at this file</a></p>`
  }`;
}
