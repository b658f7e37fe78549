/** Our feeds before a validator (xmllint, with what RFC 4287 demands) and a feed reader's parser (Python's feedparser). */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Hono } from "hono";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { mboxrdEntry } from "../../src/mail/mbox.js";
import { createApp } from "../../src/web/app.js";
import { mountArchives } from "../../src/web/archive/routes.js";
import { removeTestArchives, testArchive, testCache } from "../archive/fixture.js";
import { seedThread } from "../archive/seed.js";

const schema = resolve(import.meta.dirname, "atom.rng");
const id = "aZyQmc7nOt87jitX@smile.fi.intel.com";

/** Mails that a feed can stumble over: characters that XML has not, one id twice, no author, odd addresses and dates. */
const odd = [
  'From: "A ]]> & <b>" <a@x>\nSubject: ]]> &amp; \u0001\u0008 <b>\nDate: Mon, 1 Mar 2021 10:00:00 +0000\nMessage-ID: <1@x>\n\n\u0000\u000b\u001b[31m & < ]]>\n',
  "From: B <b@x>\nSubject: same id\nDate: Mon, 1 Mar 2021 10:00:00 +0000\nMessage-ID: <1@x>\n\nother\n",
  "Subject:\nMessage-ID: <2@x>\nDate: nonsense\n\nno author\n",
  'From: @\nSubject: =?utf-8?q?=EF=BF=BE=ED=A0=80?=\nMessage-ID: <a b/%2f?&#"@x>\nDate: Fri, 31 Dec 99999 23:59:59 +0000\n\nodd\n',
  'From: " " <c@x>\nSubject: long\nMessage-ID: <3@x>\nDate: Thu, 1 Jan 1604 00:00:00 +0000\n\n'.concat(
    `${"x".repeat(19_999)}\u{1f600}`.repeat(2),
  ),
];

let app: Hono;
beforeAll(async () => {
  const path = join(testCache(), "odd.mbox");
  writeFileSync(path, Buffer.concat(odd.map((mail) => mboxrdEntry(Buffer.from(mail)))));
  const archives = [await testArchive("seed", seedThread), await testArchive("odd", path)];
  app = createApp((each) => mountArchives(each, archives));
});
afterAll(removeTestArchives);

/** What a feed reader sees. */
const reader = `
import feedparser, json, sys
feed = feedparser.parse(sys.stdin.buffer.read())
print(json.dumps({"faults": repr(feed.get("bozo_exception", "")), "version": feed.version, "title": feed.feed.title,
  "ids": [e.id for e in feed.entries], "complete": [all(e.get(k) for k in ("link", "title", "author", "updated_parsed", "content")) for e in feed.entries]}))
`;

// Programs are started, on a machine that may be busy.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

for (const [address, entries] of [
  ["/seed/new.atom", 25],
  [`/seed/${id}/t.atom`, 25],
  ["/seed/?q=s:pcim_alloc_irq_vectors&x=A", 8],
  ["/seed/?q=s:nosuchword&x=A", 0],
  ["/odd/new.atom", 5],
  ["/odd/1@x/t.atom", 2],
  [`/odd/?q=${encodeURIComponent('s:same OR "no author" OR odd & <x>')}&x=A`, 3],
] as const)
  test(`${address}: valid, and ${entries} entries for a reader`, async () => {
    const feed = await (await app.request(`http://localhost${address}`)).text();
    const path = join(testCache(), "feed.xml");
    writeFileSync(path, feed);
    // Throws with the faults that it found.
    execFileSync("xmllint", ["--noout", "--nonet", "--relaxng", schema, path], { stdio: "pipe" });
    const seen = JSON.parse(
      execFileSync("/usr/bin/python3", ["-c", reader], { input: feed, encoding: "utf8" }),
    );
    expect(seen).toMatchObject({ faults: "''", version: "atom10" });
    expect([seen.ids.length, new Set(seen.ids).size]).toEqual([entries, entries]);
    expect(seen.complete).toEqual(seen.ids.map(() => true));
  });
