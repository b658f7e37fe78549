import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Hono } from "hono";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { mboxrdEntry, readMbox } from "../../src/mail/mbox.js";
import { createApp } from "../../src/web/app.js";
import { mountArchives } from "../../src/web/archive/routes.js";
import { listen } from "../../src/web/server.js";
import { removeTestArchives, testArchive, testCache } from "../archive/fixture.js";
import { bundle, seedThread } from "../archive/seed.js";

// A busy machine takes minutes to index the bundle.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const id = "aZyQmc7nOt87jitX@smile.fi.intel.com";
const hostile = `From: "<script>alert(1)</script>" <evil@x>
Subject: </title><script>alert(1)</script>
Date: Mon, 1 Mar 2021 10:00:00 +0000
Message-ID: <a/b%2f"'&lt;script@x>
References: <javascript:alert(1)@x>
Content-Type: multipart/mixed; boundary=b

--b

<script>alert(1)</script> javascript:alert(1) http://x/"onclick="alert(1)
--b
Content-Type: text/html; name="../../x\\"\r\nSet-Cookie: a=b.html"

<script>alert(1)</script>
--b--
`;
let app: Hono;
beforeAll(async () => {
  const path = join(testCache(), "hostile.mbox");
  writeFileSync(path, mboxrdEntry(Buffer.from(hostile)));
  const archives = [
    await testArchive("seed", seedThread),
    await testArchive("hostile", path),
    await testArchive("pci", bundle),
  ];
  app = createApp((each) => mountArchives(each, archives));
});
afterAll(removeTestArchives);

const get = async (path: string, init?: RequestInit) => app.request(`http://localhost${path}`, init);
const body = async (path: string) => (await get(path)).text();
/** A page as a reader sees it. */
const text = async (path: string) =>
  (await body(path))
    .replace(/<[^>]*>/g, "")
    .replace(
      /&(?:amp|lt|gt|quot|#39);/g,
      (entity) => ({ "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" })[entity]!,
    );

test("a message's page has every part of public-inbox's", async () => {
  const html = await body(`/seed/${id}/`);
  const page = await text(`/seed/${id}/`);
  for (const part of [
    "From:",
    "To:",
    "Cc:",
    "Subject:",
    "Date:",
    "Message-ID:",
    "In-Reply-To:",
    "permalink",
    "raw",
    "reply",
    "[flat|nested]",
    "26+ messages in thread",
    "other threads:[~",
    "Thread overview: 26+ messages",
    "mbox.gz",
    "Atom feed",
    "[this message]",
    "Reply instructions:",
    "Save the following mbox file",
    "git send-email",
    "mailto: link",
  ])
    expect(page).toContain(part);
  for (const link of [
    'href="raw"',
    'href="t.mbox.gz"',
    'href="t.atom"',
    'href="T/#u"',
    'href="t/#u"',
    'rel="next"',
    'rel="prev"',
    'href="mailto:andriy.shevchenko@linux.intel.com?In-Reply-To=',
  ])
    expect(html).toContain(link);
});

test("its recipients are those of public-inbox, in its order", async () => {
  const page = await text(`/seed/${id}/`);
  const recipients = [...page.matchAll(/--(to|cc)=(\S+)/g)].map((match) => `${match[1]} ${match[2]}`);
  expect(page).toContain(
    `--in-reply-to=${id} \\\n    --to=andriy.shevchenko@linux.intel.com \\\n    --cc=airlied@gmail.com \\`,
  );
  expect(recipients).toHaveLength(88);
  expect(recipients.slice(1)).toEqual(recipients.slice(1).sort());
});

test("every address of public-inbox answers", async () => {
  for (const [path, status, type] of [
    ["/archives/", 200, "text/html"],
    ["/seed", 301, ""],
    ["/seed/", 200, "text/html"],
    ["/seed/?q=s:MSI", 200, "text/html"],
    ["/seed/new.atom", 200, "application/atom+xml"],
    [`/seed/${id}`, 301, ""],
    [`/seed/${id}/t`, 301, ""],
    [`/seed/${id}/T`, 301, ""],
    [`/seed/${id}/R`, 301, ""],
    [`/seed/${id}/raw`, 200, "text/plain"],
    [`/seed/${id}/t/`, 200, "text/html"],
    [`/seed/${id}/T/`, 200, "text/html"],
    [`/seed/${id}/t.mbox.gz`, 200, "application/gzip"],
    [`/seed/${id}/t.atom`, 200, "application/atom+xml"],
    ["/seed/_/text/help/", 200, "text/html"],
    ["/seed/_/text/mirror/", 200, "text/html"],
    ["/seed/no-such@id/", 404, "text/html"],
    ["/nowhere/", 404, "text/html"],
  ] as const) {
    const response = await get(path);
    expect([path, response.status]).toEqual([path, status]);
    expect(response.headers.get("content-type") ?? "").toContain(type);
  }
});

test("a thread's mbox has all its messages as they were received", async () => {
  const mbox = gunzipSync(Buffer.from(await (await get(`/seed/${id}/t.mbox.gz`)).arrayBuffer()));
  expect([...readMbox(mbox)]).toHaveLength(26);
});

test("a search's mbox wants POST, as public-inbox's does", async () => {
  const response = await get("/pci/?q=s:pcim_alloc_irq_vectors&x=m", { method: "POST" });
  expect([...readMbox(gunzipSync(Buffer.from(await response.arrayBuffer())))]).toHaveLength(82);
});

test("a mail is an attacker's text: nothing of it is markup", async () => {
  const path = `/hostile/${encodeURIComponent("a/b%2f\"'&lt;script@x")}`;
  for (const page of [
    "/hostile/",
    `${path}/`,
    `${path}/t/`,
    `${path}/T/`,
    "/hostile/?q=alert",
    `/hostile/?q=${encodeURIComponent('"><script>alert')}`,
  ]) {
    const response = await get(page);
    expect([page, response.status]).toEqual([page, 200]);
    const html = await response.text();
    expect(html).not.toMatch(/<script(?! type="module" src="\/_\/)|href="javascript|\son\w+=/i);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  }
  expect(await body("/hostile/new.atom")).not.toContain("<script");
  const attachment = await get(`${path}/2-x.html`);
  expect(attachment.headers.get("content-type")).toBe("application/octet-stream");
  expect(attachment.headers.get("content-disposition")).toMatch(/^attachment; filename="[\w.-]+"$/);
  expect(attachment.headers.get("set-cookie")).toBeNull();
});

test("pages are asked for again and not sent again", async () => {
  const first = await get("/seed/");
  expect(first.headers.get("cache-control")).toBe("no-cache");
  const again = await get("/seed/", { headers: { "If-None-Match": first.headers.get("etag")! } });
  expect([again.status, await again.text()]).toEqual([304, ""]);
});

test("odd requests get answers, not stack traces", async () => {
  for (const path of [
    "/seed/%zz@x/",
    "/seed/..%2f..%2fetc%2fpasswd/raw",
    "/seed/?q=((((",
    `/seed/?q=${"a+".repeat(3000)}`,
    "/seed/?q=%22",
    "/seed/?t=99999999999999",
    "/seed/?o=-1&q=a",
    "/seed/0/info/refs",
    `/seed/${"a".repeat(9000)}/`,
    `/seed/${id}/999-x`,
    "/seed/?q=d:..nonsense\u0000",
    "/seed/?q=%00msi%00",
    "/seed/?q=d:nonsense..",
  ]) {
    const response = await get(path);
    expect([path.slice(0, 40), response.status < 500]).toEqual([path.slice(0, 40), true]);
    expect(await response.text()).not.toMatch(/at \w+ \(|node_modules/);
  }
  expect((await get("/seed/", { method: "DELETE" })).status).toBe(405);
});

test("every message that a thread's page links to is there", async () => {
  const address = `http://localhost/seed/${id}/t/`;
  const html = await body(`/seed/${id}/t/`);
  const links = [...html.matchAll(/href="([^"#?]+@[^"#?]+)"/g)].map(
    ([, href]) => new URL(href!, address).pathname,
  );
  expect(links.length).toBeGreaterThan(80);
  const statuses = new Map<string, number>();
  for (const link of new Set(links)) statuses.set(link, (await get(link)).status);
  expect([...statuses].filter(([, status]) => status !== 200)).toEqual([]);
});

test("a page is the same compressed, plain, and asked for again", async () => {
  for (const view of ["", "t/", "T/"]) {
    const gzipped = await get(`/seed/${id}/${view}`, { headers: { "Accept-Encoding": "gzip" } });
    const unpacked = gunzipSync(Buffer.from(await gzipped.arrayBuffer())).toString();
    expect(unpacked).toContain("</html>");
    expect(await body(`/seed/${id}/${view}`)).toBe(unpacked);
    expect(await body(`/seed/${id}/${view}`)).toBe(unpacked);
  }
});

test("a reader that has the page among others gets none again", async () => {
  const etag = (await get(`/seed/${id}/`)).headers.get("ETag")!;
  const status = async (tags: string) =>
    (await get(`/seed/${id}/`, { headers: { "If-None-Match": tags } })).status;
  expect([await status(`"other", ${etag}`), await status("*"), await status('"other"')]).toEqual([
    304, 304, 200,
  ]);
});

test("git clones an epoch over HTTP, and curl reads a page", async () => {
  const server = await listen(app, { host: "127.0.0.1", port: 0 });
  const clone = join(testCache(), "clone.git");
  try {
    await new Promise<void>((done, failed) => {
      import("node:child_process").then(({ execFile }) =>
        execFile("git", ["clone", "-q", "--mirror", `${server.url}pci/0`, clone], (error) =>
          error ? failed(error) : done(),
        ),
      );
    });
    const count = execFileSync("git", ["--git-dir", clone, "rev-list", "--count", "HEAD"], {
      encoding: "utf8",
    });
    expect(count.trim()).toBe("6760");
    const page = await fetch(`${server.url}seed/`);
    expect(page.status).toBe(200);
  } finally {
    await server.close();
  }
});

test("elsewhere than on loopback it wants a token", async () => {
  await expect(async () => listen(app, { host: "0.0.0.0", port: 0 })).rejects.toThrow("token is needed");
  const server = await listen(app, { host: "127.0.0.1", port: 0, token: "kept-in-a-drawer" });
  const status = async (authorization?: string) =>
    (await fetch(`${server.url}archives/`, authorization ? { headers: { authorization } } : {})).status;
  expect([
    await status(),
    await status("Bearer wrong"),
    await status("Bearer kept-in-a-drawer"),
    await status(`Basic ${btoa("me:kept-in-a-drawer")}`),
  ]).toEqual([401, 401, 200, 200]);
  await server.close();
});

test("our client reads a thread, a search and an inbox from a server with public-inbox's addresses", async () => {
  const server = await listen(app, { host: "127.0.0.1", port: 0 });
  try {
    expect((await testArchive("fetched", `${server.url}seed/${id}/`)).count()).toBe(26);
    expect((await testArchive("found", `${server.url}pci/?q=s:pcim_alloc_irq_vectors`)).count()).toBe(82);
    expect((await testArchive("cloned", `${server.url}pci/`)).count()).toBe(6759);
  } finally {
    await server.close();
  }
});

const [firstOf99, lastOf99] = [
  "20210408170123.8788-1-logang@deltatee.com",
  "a8cad1ee-57c6-44ef-2539-499c13c66b5f@deltatee.com",
];

test("a large thread's pages are small, and show each of its messages once", async () => {
  const seen: string[] = [];
  for (let next: string | undefined = ""; next !== undefined; ) {
    const html = await body(`/pci/${firstOf99}/t/${next}`);
    expect(Buffer.byteLength(html)).toBeLessThan(300_000);
    seen.push(...[...html.matchAll(/<article id="(m[0-9a-f]+)"/g)].map(([, message]) => message!));
    next = /<a rel="next" href="([^"]+)"/.exec(html)?.[1];
  }
  expect([seen.length, new Set(seen).size]).toEqual([99, 99]);
});

test("a thread's page holds the message that it was asked for, however long the thread is", async () => {
  expect(await body(`/pci/${firstOf99}/T/`)).toContain('id="u"');
  expect(await body(`/pci/${lastOf99}/T/`)).toContain('id="u"');
});
