/** What the API answers: one row an operation, from which both the routes and the OpenAPI document are made. */
import type { Archive } from "../../archive/archive.js";
import { driverClasses } from "../../ownership/classify.js";
import { hazardKinds } from "../../ownership/observer.js";
import { entryView, messageView } from "../archive/message-view.js";
import { priorView } from "../archive/prior-view.js";
import type { Bench, BenchTree } from "../bench.js";
import { startAudit } from "../jobs/routes.js";
import { firstTree, judgeSent, threadSource } from "../series/routes.js";
import { seriesView } from "../series/view.js";
import { type Audited, pciDriverPlace } from "../tree/audited.js";
import { maxPage, readFilter, sortKeys } from "../tree/filter.js";
import { driverDetail, overviewView, rowsView, treeView } from "../tree/view.js";
import type { Parameters } from "./parameters.js";
import { Refusal } from "./refusal.js";

export interface Asked {
  /** Of the path and of the query, decoded. */
  readonly values: Readonly<Record<string, string | undefined>>;
  /** Of a POST. */
  readonly body: Readonly<Record<string, string>>;
}

export interface Operation {
  readonly method: "get" | "post";
  /** Below `/api/v1`, with parameters in braces. */
  readonly path: string;
  readonly summary: string;
  /** Parameters of the query (GET) or fields of the JSON body (POST). */
  readonly parameters?: Parameters;
  /** The schema of the answer. */
  readonly answer: string;
  readonly run: (bench: Bench, asked: Asked) => unknown;
}

/** Lines and messages are counted so far. */
const maxCount = 9_999_999;

const filterParameters: Parameters = {
  class: { means: "a class of drivers", oneOf: driverClasses },
  hazard: { means: "a hazard that they show", oneOf: hazardKinds },
  subsystem: { means: "a folder that they are in" },
  maintainer: { means: "a part of a maintainer's name or address" },
  q: { means: "words in path, driver, module or maintainers" },
  sort: { means: "what they are ordered by", oneOf: sortKeys },
  page: { means: "which page of the table", whole: { from: 1, to: maxPage } },
};

export const operations: readonly Operation[] = [
  {
    method: "get",
    path: "/trees",
    summary: "the trees of this server",
    answer: "Trees",
    run: (bench) => ({ trees: [...bench.trees.values()].map((tree) => treeView(bench, tree)) }),
  },
  {
    method: "get",
    path: "/trees/{tree}",
    summary: "a tree at a glance: counts, what its core does, past audits",
    answer: "Overview",
    run: (bench, asked) => overviewView(bench, ...auditedTree(bench, asked)),
  },
  {
    method: "get",
    path: "/trees/{tree}/drivers",
    summary: "its drivers, those in need first",
    parameters: filterParameters,
    answer: "Rows",
    run: (bench, asked) => rowsView(...auditedTree(bench, asked), readFilter(asked.values)),
  },
  {
    method: "get",
    path: "/trees/{tree}/driver",
    summary: "a driver: calls, hazards with witnesses, lanes, patches and threads",
    parameters: {
      path: { means: "the allocating file" },
      pci: { means: "FILE:LINE of the pci_driver, where a file has several" },
    },
    answer: "Driver",
    run: (bench, asked) => {
      const [, found] = auditedTree(bench, asked);
      const { path, pci } = asked.values;
      const rows = found.rows.filter(({ driver }) => driver.driver === path);
      if (rows.length === 0) throw new Refusal(404, "path: the tree has no such driver");
      const row = pci ? rows.find(({ driver }) => pciDriverPlace(driver) === pci) : rows[0];
      if (!row) {
        const places = rows.map(({ driver }) => pciDriverPlace(driver)).join(", ");
        throw new Refusal(404, `pci: ${JSON.stringify(pci)} is none of ${places}`);
      }
      return driverDetail(bench, found, row);
    },
  },
  {
    method: "get",
    path: "/trees/{tree}/source",
    summary: "lines of a file, a thousand at most",
    parameters: {
      path: { means: "the file" },
      from: { means: "the first line", whole: { from: 1, to: maxCount } },
    },
    answer: "Source",
    run: (bench, { values }) => {
      const file = treeNamed(bench, values.tree).sources.read(values.path ?? "");
      if (!file) throw new Refusal(404, "path: the tree has no such file");
      const from = Number(values.from || 1);
      const lines = file.lines.slice(from - 1, from + 999);
      return { file: file.path, from, to: from + lines.length - 1, total: file.lines.length, lines };
    },
  },
  {
    method: "get",
    path: "/series",
    summary: "the series of this server",
    answer: "SeriesList",
    run: (bench) => ({
      series: [...bench.series.values()].map(({ name, title, posting, judged }) => ({
        name,
        title,
        patches: posting.patches.length,
        tree: judged?.tree ?? null,
      })),
    }),
  },
  {
    method: "get",
    path: "/series/{series}",
    summary: "a series: each patch's proof, recipients and review; stages; what it misses",
    answer: "Series",
    run: (bench, { values }) => {
      const series = bench.series.get(values.series ?? "");
      if (!series) throw new Refusal(404, "there is no such series here");
      return seriesView(series, bench.archives);
    },
  },
  {
    method: "post",
    path: "/series",
    summary: "judge a thread of an archive on the first tree; needs the token",
    parameters: { archive: { means: "its name" }, id: { means: "a Message-ID of the thread" } },
    answer: "Job",
    run: (bench, { body }) => {
      const { name } = archiveNamed(bench, body.archive);
      const source = threadSource(bench, name, body.id ?? "");
      if (!source) throw new Refusal(404, `id: there is no such message in ${name}`);
      return job(bench, judgeSent(bench, source).jobId ?? "");
    },
  },
  {
    method: "post",
    path: "/series/{series}/judge",
    summary: "judge a series on the first tree again; needs the token",
    answer: "Job",
    run: (bench, { values }) => {
      const series = bench.series.get(values.series ?? "");
      if (!series) throw new Refusal(404, "there is no such series here");
      return bench.judge(series, firstTree(bench));
    },
  },
  {
    method: "post",
    path: "/series/{series}/check",
    summary: "compile a series' patches on the first tree, and run the tree's checkers; needs the token",
    answer: "Job",
    run: (bench, { values }) => {
      const series = bench.series.get(values.series ?? "");
      if (!series) throw new Refusal(404, "there is no such series here");
      return bench.check(series, firstTree(bench));
    },
  },
  {
    method: "get",
    path: "/archives",
    summary: "the archives of this server",
    answer: "Archives",
    run: (bench) => ({
      archives: bench.archives.map((archive) => ({ name: archive.name, messages: archive.count() })),
    }),
  },
  {
    method: "get",
    path: "/archives/{archive}/messages",
    summary: "messages that match a query, newest first; without one, the newest",
    parameters: {
      q: { means: "public-inbox's query language" },
      offset: { means: "how many to leave out", whole: { from: 0, to: maxCount } },
    },
    answer: "Found",
    run: (bench, { values }) => {
      const archive = archiveNamed(bench, values.archive);
      const view = (list: ReturnType<Archive["newest"]>) => list.map((entry) => entryView(archive, entry));
      if (!values.q?.trim())
        return { total: archive.count(), messages: view(archive.newest(Number.MAX_SAFE_INTEGER, 200)) };
      const { total, entries } = archive.search(values.q, "time", Number(values.offset || 0), 200);
      return { total, messages: view(entries) };
    },
  },
  {
    method: "get",
    path: "/archives/{archive}/message",
    summary: "a message: text, thread, how to reply, the drivers that it touches",
    parameters: { id: { means: "its Message-ID" } },
    answer: "Message",
    run: (bench, { values }) => {
      const archive = archiveNamed(bench, values.archive);
      const [entry] = archive.byMessageId(values.id ?? "");
      if (!entry) throw new Refusal(404, "there is no such message in this archive");
      return messageView(bench, archive, entry);
    },
  },
  {
    method: "get",
    path: "/prior",
    summary: "earlier efforts at something, best match first",
    parameters: { q: { means: "names of functions and paths of files" } },
    answer: "Prior",
    run: (bench, { values }) => ({ efforts: priorView(bench, values.q ?? "") }),
  },
  {
    method: "get",
    path: "/jobs",
    summary: "long work, newest first; /jobs/ID/events streams the changes of one (server-sent events)",
    answer: "Jobs",
    run: (bench) => ({ jobs: bench.jobs.list() }),
  },
  {
    method: "post",
    path: "/jobs",
    summary: "start an audit; needs the token",
    parameters: {
      tree: { means: "a tree of this server" },
      revision: { means: "of its repository; empty for the tree itself" },
    },
    answer: "Job",
    run: (bench, { body }) => {
      const started = startAudit(bench, body.tree ?? "", body.revision ?? "");
      if ("refused" in started) throw new Refusal(400, started.refused);
      return started.job;
    },
  },
  {
    method: "get",
    path: "/jobs/{job}",
    summary: "one job",
    answer: "Job",
    run: (bench, { values }) => job(bench, values.job ?? ""),
  },
  {
    method: "post",
    path: "/jobs/{job}/stop",
    summary: "stop a job; needs the token",
    answer: "Job",
    run: (bench, { values }) => {
      bench.jobs.stop(job(bench, values.job ?? "").id);
      return job(bench, values.job ?? "");
    },
  },
];

function job(bench: Bench, id: string) {
  const view = bench.jobs.get(id);
  if (!view) throw new Refusal(404, "there is no such job");
  return view;
}

function treeNamed(bench: Bench, name: string | undefined): BenchTree {
  const tree = bench.trees.get(name ?? "");
  if (!tree) throw new Refusal(404, "there is no such tree here");
  return tree;
}

function auditedTree(bench: Bench, { values }: Asked): [BenchTree, Audited] {
  const tree = treeNamed(bench, values.tree);
  if (!tree.audited) throw new Refusal(409, "this tree has not been audited yet");
  return [tree, tree.audited];
}

function archiveNamed(bench: Bench, name: string | undefined): Archive {
  const archive = bench.archives.find((each) => each.name === name);
  if (!archive) throw new Refusal(404, "archive: there is no such archive here");
  return archive;
}
