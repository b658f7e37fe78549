/** Two thousand requests that mean harm: the server keeps serving, and gives away and runs nothing. */
import { symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { mboxrdEntry } from "../../src/mail/mbox.js";
import { Bench } from "../../src/web/bench.js";
import { Guard } from "../../src/web/guard.js";
import { type Listening, listen, maxBody } from "../../src/web/server.js";
import { createWorkbench } from "../../src/web/workbench.js";
import { testArchive, testCache } from "../archive/fixture.js";
import { removeWorkbench, toyMails, toyTree, type Workbench } from "./workbench.js";

// Thousands of connections, on a machine that may be busy.
vi.setConfig({ testTimeout: 600_000 });

const secret = "SECRET-that-nobody-may-read";
const script = "<script>alert(1)</script>";

let workbench: Workbench;
let server: Listening;
let port: number;
beforeAll(async () => {
  const tree = toyTree();
  const outside = join(testCache(), "outside.c");
  writeFileSync(outside, secret);
  symlinkSync(outside, join(tree, "drivers/toy/link.c"));
  symlinkSync(testCache(), join(tree, "drivers/up"));
  writeFileSync(
    join(tree, "drivers/toy", `"onload=alert(1) ${script.replaceAll("/", "_")}.c`),
    `/* ${script} */\n`,
  );
  const mbox = join(testCache(), "hostile.mbox");
  const mails = [
    ...toyMails(tree),
    Buffer.from(
      `From: "${script}" <evil@x>\nSubject: [PATCH 1/2] ${script}\nDate: Mon, 1 Mar 2021 10:00:00 +0000\nMessage-ID: <hostile@x>\n\n${script}\n---\ndiff --git a/../../etc/passwd b/drivers/toy/${script}\n--- a/../../../etc/passwd\n+++ b/drivers/toy/leaky.c\n@@ -1,1 +1,1 @@\n-${script}\n+${script}\n`,
    ),
  ];
  writeFileSync(mbox, Buffer.concat(mails.map((mail) => mboxrdEntry(mail))));
  const bench = new Bench({ archives: [await testArchive("linux-toys", mbox)], jobs: 1 });
  bench.addTree({ kind: "folder", path: tree });
  bench.addSeries({ kind: "bytes", bytes: mboxrdEntry(mails[2]!) });
  bench.begin();
  for (const { id } of bench.jobs.list()) await bench.jobs.ended(id);
  const guard = new Guard();
  const app = createWorkbench(bench, guard);
  workbench = { bench, guard, app };
  server = await listen(app, { host: "127.0.0.1", port: 0, guard });
  port = Number(new URL(server.url).port);
});
afterAll(async () => {
  await server?.close();
  removeWorkbench(workbench);
});

/** Sends bytes as they are; what came back until the server closed, or `patience` ran out. */
function send(bytes: string, patience = 20_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes, "latin1"));
    let answer = "";
    const timer = setTimeout(() => socket.destroy(), patience);
    socket.setEncoding("latin1");
    socket.on("data", (piece) => {
      answer += piece;
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

const host = () => `Host: 127.0.0.1:${port}`;
const request = (method: string, path: string, headers = "", body = "") =>
  `${method} ${path} HTTP/1.1\r\n${host()}\r\nConnection: close\r\n${headers}${body === "" ? "" : `Content-Length: ${body.length}\r\n`}\r\n${body}`;

const climbs = [
  "../../outside.c", "..%2f..%2foutside.c", "%2e%2e/%2e%2e/outside.c", "..%252f..%252foutside.c", "....//....//outside.c",
  "..\\..\\outside.c", "%2e%2e%5c%2e%2e%5coutside.c", "/etc/passwd", "%2fetc%2fpasswd", "drivers/toy/link.c",
  "drivers/up/outside.c", "drivers/toy/../../../outside.c", "drivers/toy/leaky.c%00.png", "drivers/toy/leaky.c/../link.c",
  "%c0%ae%c0%ae/outside.c", "..;/..;/outside.c", "drivers%2ftoy%2flink.c", "file:///etc/passwd", "~/outside.c", ".git/config",
]; // biome-ignore format: a list
const places = [
  "/tree/toy-tree/source/", "/tree/toy-tree/driver/", "/tree/toy-tree/", "/tree/", "/_/", "/linux-toys/", "/series/",
  "/api/v1/trees/toy-tree/source?path=", "/api/v1/trees/toy-tree/driver?path=", "/api/v1/archives/linux-toys/message?id=", "/jobs/", "/",
]; // biome-ignore format: a list
const scripts = [
  script,
  encodeURIComponent(script),
  "%3Csvg/onload=alert(1)%3E",
  `"%20onmouseover="alert(1)`,
  "javascript:alert(1)",
  "';alert(1);//",
];
const parameters = [
  "q",
  "class",
  "hazard",
  "subsystem",
  "maintainer",
  "sort",
  "page",
  "path",
  "step",
  "line",
  "pci",
  "o",
  "t",
  "token",
  "id",
  "revision",
];
const injections = [
  "%0d%0aSet-Cookie:%20evil=1",
  "%0d%0a%0d%0a<script>",
  "%E5%98%8A%E5%98%8DSet-Cookie:evil",
  "\u0000",
  "%00",
  "%ff%fe",
  "a".repeat(7000),
  "((((((((((",
  "-1",
  "9".repeat(400),
  "NaN",
  "%F0%9F%92%A9",
  "*".repeat(500),
  "d:..x",
  "{}",
  "[]=1&q[]=2",
  "__proto__",
  "constructor",
];

function* hostileRequests(): Generator<string> {
  for (const place of places) for (const climb of climbs) yield request("GET", place + climb);
  for (const place of places)
    for (const text of scripts) yield request("GET", place + text.replaceAll(" ", "%20"));
  for (const path of [
    "/tree/toy-tree/",
    "/tree/toy-tree/driver/drivers/toy/leaky.c",
    "/tree/toy-tree/source/drivers/toy/leaky.c",
    "/linux-toys/",
    "/archives/prior",
    "/enter",
  ])
    for (const name of parameters)
      for (const value of [...injections, ...scripts.slice(1, 4)])
        yield request("GET", `${path}?${name}=${value.replaceAll(" ", "%20")}`);
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"])
    for (const path of [
      "/jobs/",
      "/jobs/1/stop",
      "/series/",
      "/api/v1/jobs",
      "/api/v1/jobs/1/stop",
      "/api/v1/series",
      "/",
      "/linux-toys/",
    ])
      for (const headers of [
        "",
        "Origin: http://evil.example\r\n",
        "Cookie: treewide=wrong\r\nOrigin: null\r\n",
        "Authorization: Bearer x\r\n",
      ])
        yield request(
          method,
          path,
          `${headers}Content-Type: application/x-www-form-urlencoded\r\n`,
          "tree=toy-tree&revision=--upload-pack=touch+/tmp/x",
        );
  for (const name of [
    "Host",
    "Origin",
    "Referer",
    "Cookie",
    "Accept",
    "If-None-Match",
    "X-Forwarded-For",
    "Range",
    "Git-Protocol",
  ])
    for (const value of [
      "evil.example",
      script,
      "a".repeat(12_000),
      "\u00ff\u00fe",
      "treewide=%",
      "bytes=0-99999999999",
      "version=2:`id`",
    ])
      yield request("GET", "/tree/toy-tree/", `${name}: ${value}\r\n`);
  yield `GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`;
  yield `GET http://evil.example/ HTTP/1.1\r\n${host()}\r\nConnection: close\r\n\r\n`;
  yield request("GET", `/${"a/".repeat(4000)}`);
  yield request("POST", "/series/", `Content-Length: ${maxBody * 4}\r\n`);
  yield request("POST", "/api/v1/jobs", "Transfer-Encoding: chunked\r\n", "zz\r\n");
  yield `POST /jobs/ HTTP/1.1\r\n${host()}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n`;
  for (const bytes of [
    "\u0000\u0001\u0002",
    "GET\r\n\r\n",
    "\r\n\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "\u0016\u0003\u0001\u0002",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  ])
    yield bytes;
}

/** What an answer gives away or lets run; nothing, it should be. */
function faults(answer: string): string[] {
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
  const [head = "", ...rest] = answer.split("\r\n\r\n");
  const body = rest.join("\r\n\r\n");
  const isPage = /^content-type: text\/html/im.test(head);
  return [
    ...(status === 500 ? ["a bug"] : []),
    ...(answer.includes(secret) || /root:x:0:0/.test(answer) ? ["a file from outside"] : []),
    ...(/^set-cookie:/im.test(head) ? ["a cookie"] : []),
    ...(isPage &&
    /<script(?! type="module" src="\/_\/)|<svg\/onload|<\w+(?:[^>"]|"[^"]*")*?\son\w+=/i.test(body)
      ? ["markup"]
      : []),
    ...(isPage && !/^content-security-policy: default-src 'none'/im.test(head) ? ["no policy"] : []),
    ...(/\n {4}at \w|node_modules/.test(body) ? ["a stack"] : []),
  ];
}

test("two thousand hostile requests give away nothing, run nothing and stop nothing", async () => {
  const all = [...hostileRequests()];
  expect(new Set(all).size).toBeGreaterThan(2000);
  const before = workbench.bench.jobs.list();
  const lorises = Array.from({ length: 100 }, () =>
    send(`GET /tree/toy-tree/ HTTP/1.1\r\n${host()}\r\nX-Slow: `, 90_000),
  );
  const found: string[] = [];
  const queue = all[Symbol.iterator]();
  const work = async () => {
    for (const bytes of queue)
      for (const fault of faults(await send(bytes))) found.push(`${fault}: ${bytes.slice(0, 120)}`);
  };
  await Promise.all(Array.from({ length: 16 }, work));
  expect(found).toEqual([]);
  expect(workbench.bench.jobs.list()).toEqual(before);
  expect((await fetch(`${server.url}tree/toy-tree/`)).status).toBe(200);
  for (const answer of await Promise.all(lorises)) expect(answer).toMatch(/^(?:HTTP\/1\.1 408|$)/);
});

test("script in subjects, names and source is text on every page", async () => {
  const name = [...workbench.bench.series.keys()][0]!;
  for (const path of [
    "/series/",
    `/series/${name}/`,
    `/series/${name}/1/`,
    "/linux-toys/",
    "/linux-toys/hostile@x/",
    "/linux-toys/hostile@x/T/",
    "/archives/prior?q=drivers/toy/leaky.c",
    "/tree/toy-tree/driver/drivers/toy/leaky.c",
  ]) {
    const answer = await fetch(server.url.slice(0, -1) + path);
    expect([path, answer.status]).toEqual([path, 200]);
    expect(await answer.text()).not.toMatch(/<script(?! type="module" src="\/_\/)/);
  }
});

test("a body beyond the limit is refused", async () => {
  const answer = await fetch(`${server.url}series/`, { method: "POST", body: "x".repeat(maxBody + 1) }).catch(
    () => undefined,
  );
  expect(answer?.status ?? 413).toBe(413);
});

test("only loopback's own names are answered to", async () => {
  const status = async (name: string) =>
    /^HTTP\/1\.1 (\d+)/.exec(
      await send(`GET /robots.txt HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`),
    )?.[1];
  expect(await status("localhost:1")).toBe("200");
  expect(await status("[::1]")).toBe("200");
  expect(await status("rebound.example")).toBe("403");
  expect(await status("127.0.0.1.evil.example")).toBe("403");
});
