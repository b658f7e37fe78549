/** A series' patches are compiled, from the bench: real git, make and gcc. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Bench } from "../../src/web/bench.js";
import { Guard } from "../../src/web/guard.js";
import { sourceOf } from "../../src/web/series/judged.js";
import { seriesView } from "../../src/web/series/view.js";
import { createWorkbench } from "../../src/web/workbench.js";
import { removeTestArchives, testCache } from "../archive/fixture.js";
import { smallTree } from "../gate/small-tree.js";

beforeAll(() => {
  testCache();
});
afterAll(removeTestArchives);

test("what does not compile is told at its patch, on the pages and in the view", async () => {
  const tree = await smallTree();
  await tree.change("alpha: typo", { "drivers/alpha.c": ["return pci_take", "return pci_tkae"] });
  await tree.change("beta: good", { "drivers/beta.c": ["+ 1", "+ 2"] });
  const bench = new Bench({ archives: [], jobs: 2 });
  bench.addTree({ kind: "folder", path: tree.folder });
  const series = bench.addSeries(sourceOf("base..HEAD", tree.folder));
  const guard = new Guard();
  const app = createWorkbench(bench, guard);
  const answer = await app.request(`http://localhost/series/${series.name}/check`, {
    method: "POST",
    headers: { host: "localhost", origin: "http://localhost", authorization: `Bearer ${guard.token}` },
  });
  expect(answer.status).toBe(303);
  const [job] = bench.jobs.list();
  expect((await bench.jobs.ended(job!.id)).error).toBe(null);
  const [bad, good] = seriesView(series, []).patches.map(({ check }) => check!);
  expect(bad!.failed).toBeGreaterThan(0);
  expect(bad!.findings[0]).toMatchObject({ tool: "compiler", severity: "error", file: "drivers/alpha.c" });
  expect(good!.findings.filter(({ tool }) => tool === "compiler")).toEqual([]);
  const page = await (await app.request(`http://localhost/series/${series.name}/1/`)).text();
  expect(page).toContain("implicit declaration of function");
  bench.close();
});
