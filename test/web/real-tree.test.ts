/** Every page of a real kernel, when one is in the user's cache: sizes, and nothing that could run. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cacheFolder } from "../../src/base/files.js";
import { Bench } from "../../src/web/bench.js";
import { Guard } from "../../src/web/guard.js";
import { createWorkbench } from "../../src/web/workbench.js";
import { removeTestArchives, testCache } from "../archive/fixture.js";

const folder = cacheFolder("trees", "linux-source-7.3");
/** Bytes of a whole page. */
const maxPage = 300_000;

describe.skipIf(!existsSync(folder))("Linux 7.3", () => {
  let bench: Bench;
  let app: ReturnType<typeof createWorkbench>;
  const root = "http://localhost/tree/linux-source-7.3/";
  const problems = async (address: string) => {
    const answer = await app.request(address);
    const html = await answer.text();
    return [
      ...(answer.status === 200 ? [] : [`${address}: ${answer.status}`]),
      ...(Buffer.byteLength(html) <= maxPage ? [] : [`${address}: ${Buffer.byteLength(html)} bytes`]),
      ...(/<script(?! type="module" src="\/_\/)|\sstyle="/.test(html) ? [`${address}: inline`] : []),
    ];
  };

  beforeAll(async () => {
    testCache(); // the user's own stays as it is
    bench = new Bench({ archives: [] });
    bench.audit(bench.addTree({ kind: "folder", path: folder }));
    await bench.jobs.ended("1");
    app = createWorkbench(bench, new Guard());
  }, 1_200_000);
  afterAll(() => {
    bench.close();
    removeTestArchives();
  });

  const rows = () => bench.trees.get("linux-source-7.3")!.audited!.rows;

  test("the overview and its filters", async () => {
    for (const query of ["", "?class=implicit", "?sort=driver", "?maintainer=a"])
      expect(await problems(root + query)).toEqual([]);
  });

  test("every driver, and its last release path", async () => {
    const found: string[] = [];
    for (const { href, driver } of rows()) {
      found.push(...(await problems(root + href)));
      const more = `${href.includes("?") ? "&" : "?"}path=${Math.max(1, driver.releasePaths.length)}&step=1`;
      found.push(...(await problems(root + href + more)));
    }
    expect(found).toEqual([]);
  });

  test("the source of every driver", async () => {
    const found: string[] = [];
    for (const file of new Set(rows().map(({ driver }) => driver.driver)))
      found.push(...(await problems(`${root}source/${file}`)));
    expect(found).toEqual([]);
  });
});
