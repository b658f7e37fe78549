/** Threads and searches that are made in other threads and answered before the frame: the same as by the frame. */
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import type { Hono } from "hono";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Archive } from "../../src/archive/archive.js";
import { updateArchive } from "../../src/archive/update.js";
import { mboxrdEntry } from "../../src/mail/mbox.js";
import { createApp } from "../../src/web/app.js";
import { ArchivePages } from "../../src/web/archive/archive-pages.js";
import { PageThreads } from "../../src/web/archive/page-threads.js";
import { mountArchives } from "../../src/web/archive/routes.js";
import { type Listening, listen } from "../../src/web/server.js";
import { removeTestArchives, testArchive, testCache } from "../archive/fixture.js";
import { seedThread } from "../archive/seed.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const id = "aZyQmc7nOt87jitX@smile.fi.intel.com";
const mail = (n: number, more = "") =>
  mboxrdEntry(
    Buffer.from(
      `From: A <a@x>\nSubject: mail ${n}\nDate: Mon, 1 Mar 2021 10:00:0${n} +0000\nMessage-ID: <${n}@x>\n${more}\nbody\n`,
    ),
  );

let app: Hono;
let pages: ArchivePages;
let server: Listening;
let grows: Archive;
let quickly = 0;
beforeAll(async () => {
  writeFileSync(join(testCache(), "grows.mbox"), mail(1));
  grows = await testArchive("grows", join(testCache(), "grows.mbox"));
  const archives = [await testArchive("seed", seedThread), grows];
  app = createApp((each) => mountArchives(each, archives));
  pages = new ArchivePages(
    archives,
    undefined,
    new PageThreads(
      archives.map(({ name }) => name),
      2,
    ),
  );
  server = await listen(
    createApp((each) => mountArchives(each, archives, pages)),
    {
      host: "127.0.0.1",
      port: 0,
      quick: async (...args) => {
        const answered = await pages.quick(...args);
        if (answered) quickly++;
        return answered;
      },
    },
  );
});
afterAll(async () => {
  await server?.close();
  pages?.close();
  removeTestArchives();
});

const differs = ["connection", "date", "keep-alive", "transfer-encoding", "content-length"];
async function seen(response: Response) {
  const headers = Object.fromEntries([...response.headers].filter(([name]) => !differs.includes(name)));
  return { status: response.status, headers, body: await response.text() };
}

for (const [path, quick] of [
  [`/seed/${id}/t/`, true],
  [`/seed/${id}/T/`, true],
  [`/seed/${id}/t/?o=3`, true],
  [`/seed/${encodeURIComponent(id)}/T/`, true],
  ["/seed/?q=s:MSI", true],
  ["/seed/?q=pci+vectors&r", true],
  ["/seed/?q=s:MSI&o=2", true],
  ["/seed/?q=nosuchword", true],
  ["/seed/no-such@id/t/", false],
  ["/seed/?q=d:nonsense..", false],
  ["/seed/?q=%22", false],
  ["/seed/?q=", false],
  ["/seed/", false],
  [`/seed/${id}/`, true],
  ["/seed/no-such@id/", false],
  ["/seed/_/text/help/", false],
  ["/nowhere/?q=x", false],
] as const)
  test(`${path}: ${quick ? "answered before the frame" : "left to the frame"}, as it would answer`, async () => {
    const before = quickly;
    const plain = { headers: { "Accept-Encoding": "identity" } };
    const answer = await seen(await fetch(server.url.slice(0, -1) + path, plain));
    expect(answer).toEqual(await seen(await app.request(`http://127.0.0.1${path}`)));
    expect(quickly - before).toBe(quick ? 1 : 0);
    if (answer.status !== 200) return;
    const gzipped = await fetch(server.url.slice(0, -1) + path);
    expect([gzipped.headers.get("content-encoding"), await gzipped.text()]).toEqual(["gzip", answer.body]);
    const again = await fetch(server.url.slice(0, -1) + path, {
      headers: { "If-None-Match": answer.headers.etag! },
    });
    expect(again.status).toBe(304);
  });

test("who ask at once get each their own page", async () => {
  const paths = Array.from({ length: 60 }, (_, i) => `/seed/?q=s:MSI&o=${i % 20}`);
  const bodies = await Promise.all(
    paths.map(async (path) => (await fetch(server.url.slice(0, -1) + path)).text()),
  );
  for (const [i, body] of bodies.entries())
    expect(body).toBe(await (await app.request(`http://127.0.0.1${paths[i]}`)).text());
});

test("what an update adds is on the next page", async () => {
  const page = async (path: string) => (await fetch(server.url + path)).text();
  expect(await page("grows/1@x/t/")).toContain("overview: 1+ messages");
  expect(await page("grows/?q=s:mail")).toContain("of 1");
  writeFileSync(
    join(testCache(), "grows.mbox"),
    Buffer.concat([mail(1), mail(2, "In-Reply-To: <1@x>\n"), mail(3, "References: <4@x> <2@x>\n")]),
  );
  await updateArchive("grows", false, () => {});
  expect(await page("grows/1@x/t/")).toContain("overview: 3+ messages");
  expect(await page("grows/3@x/T/")).toContain("overview: 3+ messages");
  expect(await page("grows/?q=s:mail")).toContain("of 3");
});

test("an index that is made anew is seen, and the old one until it is complete", async () => {
  const page = async (path: string) => (await fetch(server.url + path)).text();
  for (const n of [4, 5]) {
    writeFileSync(join(testCache(), "grows.mbox"), Buffer.concat([mail(1), mail(n, "In-Reply-To: <1@x>\n")]));
    expect(await page(`grows/${n}@x/t/`)).toContain("no such message");
    const before = grows.count();
    const seen = new Set<number>();
    const update = updateArchive("grows", true, () => {
      grows.version(); // would take the new one, were it there
      seen.add(grows.count());
    });
    expect(await update).toMatchObject({ rebuilt: "asked for", messages: 2 });
    expect([...seen]).toEqual([before]);
    expect(await page(`grows/${n}@x/t/`)).toContain("overview: 2+ messages");
    expect(await page(`grows/${n}@x/`)).toContain(`mail ${n}`);
    expect(await page(`grows/?q=s:%22mail+${n}%22`)).toContain("of 1");
  }
});

test("only loopback's own names are answered to", async () => {
  const status = await new Promise((done) => {
    const url = new URL(`seed/${id}/t/`, server.url);
    request(url, { headers: { Host: "rebound.example" } }, (response) => {
      response.resume();
      done(response.statusCode);
    }).end();
  });
  expect(status).toBe(403);
});
