/** The workbench's pages, as text: no socket, no browser. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KnownError } from "../../src/base/errors.js";
import { runSync } from "../../src/base/process.js";
import { sourceOf } from "../../src/web/series/judged.js";
import { patchPage } from "../../src/web/series/patch-page.js";
import { seriesView } from "../../src/web/series/view.js";
import { testCache } from "../archive/fixture.js";
import { patchId, removeWorkbench, toyTree, toyWorkbench, type Workbench } from "./workbench.js";

let workbench: Workbench;
beforeAll(async () => {
  workbench = await toyWorkbench();
});
afterAll(() => removeWorkbench(workbench));

const get = (path: string, init?: RequestInit) => workbench.app.request(`http://localhost${path}`, init);
const body = async (path: string) => (await get(path)).text();
const text = async (path: string) => (await body(path)).replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
const tree = "/tree/toy-tree/";
const series = "/series/toy-leaky-Free-the-IRQ-vectors-when-starting-fails/";
const count = (html: string) => html.match(/<tr><td><a href="driver\//g)?.length ?? 0;

test("work that the server was started for has ended well", () => {
  expect(workbench.bench.jobs.list().map(({ kind, state, error }) => [kind, state, error])).toEqual([
    ["review", "done", null],
    ["audit", "done", null],
  ]);
});

test("a job that ended well tells its last step, not the last one that was in time", () => {
  const [review, audit] = workbench.bench.jobs.list().map(({ progress }) => progress);
  expect(review).toEqual({ task: "judging patches", done: 1, total: 1 });
  expect([audit!.task, audit!.done]).toEqual(["finding maintainers", audit!.total]);
});

test("the table alone is what stands in the page", async () => {
  const query = "?maintainer=tilda&sort=driver";
  const page = await body(`${tree}${query}`);
  const parts = (await (await get(`${tree}rows${query}`)).json()) as Record<string, string> & {
    rows: [string, string][];
  };
  expect(page).toContain(`<p class="found" role="status">${parts.found}</p>`);
  expect(page).toContain(`data-at="${parts.at}"><thead>${parts.head}</thead>`);
  expect(page).toContain(`<tbody>${parts.rows.map(([, html]) => html).join("")}</tbody>`);
  for (const [key, html] of parts.rows) expect(html).toContain(`<a href="${key}">`);
  expect(new Set(parts.rows.map(([key]) => key)).size).toBe(parts.rows.length);
});

test("the overview shows counts, the picture and every driver", async () => {
  const html = await body(tree);
  expect(count(html)).toBe(workbench.bench.trees.get("toy-tree")!.audited!.rows.length);
  expect(html).toContain('<svg class="treemap"');
  expect(html).toContain("drivers/toy: 1 explicit-leaky");
});

test.each([
  ["?class=explicit-leaky", ["leaky.c"]],
  ["?hazard=leaks-today", ["leaky.c"]],
  ["?maintainer=tilda&class=implicit", ["implicit.c"]],
  ["?maintainer=nobody", []],
  ["?subsystem=drivers/toy&q=LEAKY+drivers", ["leaky.c"]],
  ["?q=leaky&class=implicit", []],
])("the address %s filters", async (query, files) => {
  const html = await body(`${tree}${query}`);
  expect([...html.matchAll(/<tr><td><a href="driver\/drivers\/toy\/([^"?]+)/g)].map((m) => m[1])).toEqual(
    files,
  );
});

test("what a filter changes is where its links and its form lead", async () => {
  const html = await body(tree);
  expect(html).toContain('href="?class=implicit#filter"');
  expect(html).toMatch(/<form id="filter"[^>]* action="#filter"/);
});

test("a column sorts, and the same column again goes back", async () => {
  const html = await body(`${tree}?sort=driver`);
  const paths = [...html.matchAll(/<tr><td><a href="driver\/([^"]+)/g)].map((m) => m[1]);
  expect(paths).toEqual([...paths].sort());
  expect(html).toContain('aria-sort="ascending"><a href="?#filter">driver');
});

test("a driver's page lights the step that the address names", async () => {
  const html = await body(`${tree}driver/drivers/toy/leaky.c?hazard=1&step=2`);
  expect(html).toMatch(/class="l mark now" id="L\d+"/);
  expect(html).toMatch(/data-step="2" aria-current="step"/);
  expect(html).toContain("leaked: nobody frees the vectors");
});

test("a driver leads to its patch, the patch to its thread, the thread back to the driver", async () => {
  expect(await body(`${tree}driver/drivers/toy/leaky.c`)).toContain(`href="${series}1/"`);
  expect(await body(`${series}1/`)).toContain(`href="/linux-toys/${patchId}/"`);
  expect(await body(`/linux-toys/${patchId}/`)).toContain(`href="${tree}driver/drivers/toy/leaky.c"`);
});

test("a series shows proof, recipients, review and stages", async () => {
  const page = await text(`${series}1/`);
  expect(page).toContain("✓ sound");
  expect(page).toMatch(/Takes away \d+ hazards? leaks-today/);
  expect(page).toContain("Tilda Toy &lt;tilda@example.org&gt; maintainer");
  expect(page).toContain("Reviewed-by: Rex Reader");
  expect(await text(series)).toContain("Stage 2, drivers/toy");
});

test("a series downloads as an mbox that holds its patches and nothing else", async () => {
  const answer = await get(`${series}series.mbox`);
  expect(answer.headers.get("content-disposition")).toMatch(/^attachment; filename="[\w.-]+"$/);
  const mbox = await answer.text();
  expect(mbox.match(/^From /gm)).toHaveLength(1);
  expect(mbox).toContain(patchId);
});

test("the line at which a hazard shows is marked, also when no step is there", async () => {
  const html = await body(`${tree}driver/drivers/toy/leaky.c`);
  expect(html).toMatch(/class="l mark" id="L\d+"><a [^>]*>\d+<\/a>\s*ret = toy_start/);
  expect(html).toMatch(/<span class="say" data-n="•">leaks-today: /);
});

test("source is shown in pages, with a link for each line", async () => {
  const html = await body(`${tree}source/drivers/toy/leaky.c?line=8`);
  expect(html).toContain('<span class="l mark" id="L8">');
  expect(html).toContain('<span class="hljs-keyword">');
});

test("earlier efforts stand on a timeline", async () => {
  expect(await text("/archives/prior?q=drivers/toy/leaky.c")).toContain("toy: leaky: Free the IRQ vectors");
});

/** The toy tree in a repository, all of it in one commit. */
function toyRepository(name: string) {
  const repository = toyTree(name);
  const git = (...args: string[]) =>
    runSync("git", ["-c", "user.name=T", "-c", "user.email=t@x", ...args], { cwd: repository });
  git("init", "-q", "-b", "main");
  git("add", ".");
  git("commit", "-qm", "all of it");
  return { repository, git };
}

test("a range of a repository is judged on its own beginning", async () => {
  const { bench } = workbench;
  const { repository, git } = toyRepository("toy-repository");
  const file = join(repository, "drivers/toy/leaky.c");
  const leaking = "leaks-today */\n\tif (ret)\n\t\treturn ret;";
  const text = readFileSync(file, "utf8");
  writeFileSync(
    file,
    text.replace(leaking, "*/\n\tif (ret) {\n\t\tpci_free_irq_vectors(pdev);\n\t\treturn ret;\n\t}"),
  );
  git("commit", "-qam", "toy: leaky: mend it");
  const tree = bench.addTree({ kind: "folder", path: repository });
  const made = bench.addSeries(sourceOf("HEAD~..HEAD", repository));
  expect((await bench.jobs.ended(bench.judge(made, tree).id)).error).toBe(null);
  const { state, recipients } = seriesView(made, []).patches[0]!;
  expect([state.applies, state.sound, state.removed[0]?.kind]).toEqual([true, true, "leaks-today"]);
  expect(recipients?.map(({ to }) => to)).toContain("Tilda Toy <tilda@example.org>");
});

test("a patch that leaves a driver undecided says where and why on its page, and so one after which it takes none", async () => {
  const { bench } = workbench;
  const { repository, git } = toyRepository("toy-undecided");
  const file = join(repository, "drivers/toy/leaky.c");
  const text = readFileSync(file, "utf8");
  const put = (name: string) => {
    writeFileSync(file, text.replace(/\bpci_alloc_irq_vectors\b/, name));
    git("commit", "-qam", `toy: leaky: use ${name}()`);
  };
  put("pcim_alloc_irq_vectors");
  put("toy_alloc");
  const made = bench.addSeries(sourceOf("HEAD~2..HEAD", repository));
  const tree = bench.addTree({ kind: "folder", path: repository });
  expect((await bench.jobs.ended(bench.judge(made, tree).id)).error).toBe(null);
  const view = seriesView(made, []);
  const pages = await Promise.all(view.patches.map((patch) => patchPage(made, view, patch)));
  const [first, second] = pages.map(String);
  expect(first).toContain("drivers/toy/leaky.c:");
  expect(first).toContain("core has no pcim_alloc_irq_vectors()");
  expect(second).toContain("no longer seen to take vectors: drivers/toy/leaky.c");
});

test("drivers of a revision are found by their maintainers, as those of a folder are", async () => {
  const { bench } = workbench;
  const { repository } = toyRepository("toy-revisions");
  const made = bench.addTree({ kind: "revision", repository, revision: "main" });
  expect((await bench.jobs.ended(bench.audit(made).id)).error).toBe(null);
  const [of, all] = [made, bench.trees.get("toy-tree")!].map((each) => each.audited!.maintainers);
  expect(of).toEqual(all);
  expect(count(await body(`/tree/${made.name}/?maintainer=tilda`))).toBeGreaterThan(0);
});

test("pages carry no inline script, style or handler", async () => {
  for (const path of [
    tree,
    `${tree}driver/drivers/toy/leaky.c`,
    series,
    `${series}1/`,
    "/jobs/",
    "/api/v1/",
  ]) {
    const answer = await get(path);
    expect(answer.headers.get("content-security-policy")).toMatch(/script-src 'self'; (?!.*unsafe)/);
    expect(await answer.text()).not.toMatch(
      /<script(?! type="module" src="\/_\/\w+\.js"><\/script>)|<style|\sstyle=|\son\w+=/,
    );
  }
});

test("work needs the token and our own origin", async () => {
  const form = { method: "POST", body: new URLSearchParams({ tree: "toy-tree" }) };
  const post = async (headers: Record<string, string>) => (await get("/jobs/", { ...form, headers })).status;
  const host = "localhost";
  const { token } = workbench.guard;
  const before = workbench.bench.jobs.list().length;
  expect(await post({ host, origin: "http://localhost" })).toBe(403);
  expect(await post({ host, cookie: `treewide=${token}` })).toBe(403);
  expect(await post({ host, cookie: `treewide=${token}`, origin: "http://evil.example" })).toBe(403);
  expect(
    await post({
      host,
      authorization: `Bearer ${token}`,
      origin: "http://localhost",
      "sec-fetch-site": "cross-site",
    }),
  ).toBe(403);
  expect(workbench.bench.jobs.list()).toHaveLength(before);
  expect(await post({ host, cookie: `treewide=${token}`, origin: "http://localhost" })).toBe(303);
  expect(workbench.bench.jobs.list()).toHaveLength(before + 1);
});

test("what is sent without a patch in it is the sender's mistake, and nothing is kept", async () => {
  const headers = {
    host: "localhost",
    origin: "http://localhost",
    authorization: `Bearer ${workbench.guard.token}`,
  };
  const form = new FormData();
  form.set("mbox", new File(["Subject: hello\n\nno patch\n"], "hello.mbox"));
  const before = workbench.bench.series.size;
  const answer = await get("/series/", { method: "POST", headers, body: form });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("what was sent")]);
  expect(workbench.bench.series.size).toBe(before);
});

test("a check that is asked for while a proof runs waits for it", async () => {
  const { bench } = workbench;
  for (const { id } of bench.jobs.list()) await bench.jobs.ended(id);
  const [series, toy] = [[...bench.series.values()][0]!, bench.trees.get("toy-tree")!];
  const [proof, check] = [bench.judge(series, toy), bench.check(series, toy)];
  expect([proof.kind, check.kind, check.state]).toEqual(["review", "check", "waiting"]);
  expect(bench.check(series, toy).id).toBe(check.id);
  bench.jobs.stop(check.id);
  expect((await bench.jobs.ended(proof.id)).state).toBe("done");
});

test("a proof that was stopped can be started again from the series' page", async () => {
  const { bench, guard } = workbench;
  const made = bench.addSeries(sourceOf(join(testCache(), "series.mbox"), "."));
  bench.jobs.stop(bench.judge(made, bench.trees.get("toy-tree")!).id);
  const path = `/series/${made.name}/`;
  expect(await body(path)).toContain('action="judge"');
  const headers = { host: "localhost", origin: "http://localhost", authorization: `Bearer ${guard.token}` };
  expect((await get(`${path}judge`, { method: "POST", headers })).status).toBe(303);
  expect((await bench.jobs.ended(made.jobId!)).state).toBe("done");
  expect(await text(path)).toContain("judged on toy-tree");
  bench.series.delete(made.name);
});

test("a running job can be stopped, and another runs then", async () => {
  const { bench } = workbench;
  const toy = bench.trees.get("toy-tree")!;
  for (const { id } of bench.jobs.list()) await bench.jobs.ended(id);
  const job = bench.audit(toy);
  bench.jobs.stop(job.id);
  expect((await bench.jobs.ended(job.id)).state).toBe("stopped");
  const next = bench.audit(toy);
  expect(next.state).toBe("waiting"); // until the other's thread is gone
  expect((await bench.jobs.ended(next.id)).state).toBe("done");
});

test("progress is streamed until the job ends", async () => {
  const { bench } = workbench;
  const { id } = bench.audit(bench.trees.get("toy-tree")!);
  const answer = await get(`/jobs/${id}/events`);
  expect(answer.headers.get("content-type")).toContain("text/event-stream");
  const events = (await answer.text()).match(/^data: .*/gm)!.map((line) => JSON.parse(line.slice(6)));
  expect(events.at(-1)).toMatchObject({ id, state: "done" });
});

test("the jobs of a page share one stream, until all have ended", async () => {
  const { bench } = workbench;
  const toy = bench.audit(bench.trees.get("toy-tree")!);
  const proof = bench.judge([...bench.series.values()][0]!, bench.trees.get("toy-tree")!);
  const answer = await get(`/jobs/events?id=${toy.id}&id=${proof.id}&id=999`);
  const events = (await answer.text()).match(/^data: .*/gm)!.map((line) => JSON.parse(line.slice(6)));
  for (const { id } of [toy, proof])
    expect(events.findLast((event) => event.id === id)).toMatchObject({ state: "done" });
  expect((await get("/jobs/events?id=999")).status).toBe(404);
});

test("a result that cannot be taken is the job's failure, not the server's", async () => {
  const { jobs, trees } = workbench.bench;
  const { id } = jobs.start<"audit">({
    task: { kind: "audit", spec: trees.get("toy-tree")!.tree.spec, jobs: 1 },
    title: "audit of a tree that goes away",
    href: "/",
    take: () => {
      throw new KnownError("/src: no such folder");
    },
  });
  expect(await jobs.ended(id)).toMatchObject({ state: "failed", error: "/src: no such folder" });
});

test("every tree leads to the others", async () => {
  const { bench } = workbench;
  const other = bench.addTree({ kind: "folder", path: toyTree("other-tree") });
  expect(await body(tree)).toContain(`<a href="/tree/${other.name}/">${other.name}</a>`);
  expect(await body(`/tree/${other.name}/`)).toContain(`<a href="${tree}">toy-tree</a>`);
});
