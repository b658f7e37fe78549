import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { Archive } from "../../src/archive/archive.js";
import { shelfPath } from "../../src/archive/listing.js";
import { indexPath } from "../../src/archive/registry.js";
import { updateArchive } from "../../src/archive/update.js";
import { mboxrdEntry } from "../../src/mail/mbox.js";
import { removeTestArchives, testArchive, testCache } from "./fixture.js";
import { seedThread } from "./seed.js";

afterAll(removeTestArchives);

const mail = (id: string, body = "body", more = "") =>
  Buffer.from(
    `From: A <a@x>\nSubject: mail ${id}\nDate: Mon, 1 Mar 2021 10:00:00 +0000\nMessage-ID: <${id}@x>\n${more}\n${body}\n`,
  );
const update = (name: string) => updateArchive(name, false, () => {});

/** A public-inbox epoch that is written as public-inbox writes it. */
function epoch(name: string) {
  const folder = join(testCache(), name);
  const git = (args: string[], input?: Buffer) =>
    execFileSync("git", ["--git-dir", folder, ...args], {
      input,
      encoding: "utf8",
      stdio: ["pipe", "pipe", "ignore"],
    }).trim();
  execFileSync("git", ["init", "-q", "--bare", "-b", "master", folder]);
  return {
    folder,
    git,
    commit(path: string, content: Buffer, keep = "") {
      const blob = git(["hash-object", "-w", "--stdin"], content);
      const parent = git(["for-each-ref", "--format=%(objectname)", "refs/heads/master"]);
      const tree = git(["mktree", "--missing"], Buffer.from(`${keep}100644 blob ${blob}\t${path}\n`));
      const identity = ["-c", "user.name=x", "-c", "user.email=x@x"];
      git([
        "update-ref",
        "refs/heads/master",
        git([...identity, "commit-tree", tree, ...(parent ? ["-p", parent] : []), "-m", "x"]),
      ]);
    },
  };
}

test("an epoch: messages come, go by `d`, and only what is new is read", async () => {
  const inbox = epoch("0.git");
  inbox.commit("m", mail("1"));
  inbox.commit("m", mail("2"));
  const archive = await testArchive("epoch", inbox.folder);
  expect(archive.count()).toBe(2);
  inbox.commit("m", mail("3"));
  inbox.commit("d", mail("1"));
  expect(await update("epoch")).toMatchObject({ added: 1, removed: 1, messages: 2 });
  expect(archive.search("s:mail").entries.map(({ messageId }) => messageId)).toEqual(["3@x", "2@x"]);
});

test("an epoch whose history was rewritten is read anew, and says so", async () => {
  const inbox = epoch("rewritten.git");
  inbox.commit("m", mail("1"));
  await testArchive("rewritten", inbox.folder);
  inbox.git(["update-ref", "-d", "refs/heads/master"]);
  inbox.commit("m", mail("2"));
  const result = await update("rewritten");
  expect(result).toMatchObject({ added: 1, messages: 1 });
  expect(result.rewritten[0]).toContain("history no longer holds");
});

test("an epoch is read from a git hook as well, where git's variables name another repository", async () => {
  const inbox = epoch("hook.git");
  inbox.commit("m", mail("1"));
  const other = join(testCache(), "other-objects");
  mkdirSync(other);
  process.env.GIT_OBJECT_DIRECTORY = other;
  try {
    expect((await testArchive("hook", inbox.folder)).count()).toBe(1);
  } finally {
    delete process.env.GIT_OBJECT_DIRECTORY;
  }
});

test("a v1 inbox keeps messages in 2/38 files", async () => {
  const inbox = epoch("v1.git");
  const tree = (content: Buffer) => {
    const blob = inbox.git(["hash-object", "-w", "--stdin"], content);
    return inbox.git(["mktree"], Buffer.from(`100644 blob ${blob}\t${"a".repeat(38)}\n`));
  };
  const commit = (sub: string | undefined) => {
    const top = inbox.git(["mktree"], Buffer.from(sub ? `040000 tree ${sub}\t12\n` : ""));
    const parent = inbox.git(["for-each-ref", "--format=%(objectname)", "refs/heads/master"]);
    const identity = ["-c", "user.name=x", "-c", "user.email=x@x"];
    inbox.git([
      "update-ref",
      "refs/heads/master",
      inbox.git([...identity, "commit-tree", top, ...(parent ? ["-p", parent] : []), "-m", "x"]),
    ]);
  };
  commit(tree(mail("1")));
  const archive = await testArchive("v1", inbox.folder);
  expect(archive.byMessageId("1@x")).toHaveLength(1);
  commit(undefined);
  expect(await update("v1")).toMatchObject({ removed: 1, messages: 0 });
});

test("an mbox that grows is read from where it ended; one that changes is read anew", async () => {
  const path = join(testCache(), "grows.mbox");
  writeFileSync(path, mboxrdEntry(mail("1")));
  await testArchive("grows", path);
  appendFileSync(path, mboxrdEntry(mail("2", "From the start")));
  expect(await update("grows")).toMatchObject({ added: 1, messages: 2, rewritten: [] });
  writeFileSync(path, mboxrdEntry(mail("3")));
  const result = await update("grows");
  expect(result).toMatchObject({ messages: 1 });
  expect(result.rewritten).toHaveLength(1);
});

test("a gzipped mbox is unpacked into the archive", async () => {
  const path = join(testCache(), "seed.mbox.gz");
  writeFileSync(path, gzipSync(readFileSync(seedThread)));
  expect((await testArchive("gzip", path)).count()).toBe(26);
});

test("a Maildir: flags change, mails move and go", async () => {
  const folder = join(testCache(), "maildir");
  for (const part of ["cur", "new", "tmp"]) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, "new", "1"), mail("1"));
  writeFileSync(join(folder, "cur", "2:2,S"), mail("2"));
  const archive = await testArchive("maildir", folder);
  renameSync(join(folder, "new", "1"), join(folder, "cur", "1:2,RS"));
  expect(await update("maildir")).toMatchObject({ added: 0, removed: 0 });
  expect(archive.raw(archive.byMessageId("1@x")[0]!).toString()).toContain("mail 1");
  rmSync(join(folder, "cur", "2:2,S"));
  expect(await update("maildir")).toMatchObject({ removed: 1, messages: 1 });
});

test("a copy is one message, two mails with one id are two", async () => {
  const path = join(testCache(), "same.mbox");
  writeFileSync(path, Buffer.concat([mail("1"), mail("1"), mail("1", "other")].map(mboxrdEntry)));
  const archive = await testArchive("same", path);
  expect(archive.byMessageId("1@x").map((entry) => archive.message(entry).text)).toEqual([
    "body\n",
    "other\n",
  ]);
});

test("threads: references in a loop, missing parents, and replies that have only a subject", async () => {
  const path = join(testCache(), "threads.mbox");
  const mails = [
    mail("a", "x", "References: <b@x>\n"),
    mail("b", "x", "References: <a@x>\n"),
    mail("c", "x", "References: <missing@x>\n"),
    mail("d", "x", "References: <missing@x>\n"),
    Buffer.from(
      "From: B <b@x>\nSubject: Re: mail c\nDate: Tue, 2 Mar 2021 10:00:00 +0000\nMessage-ID: <e@x>\n\nx\n",
    ),
  ];
  writeFileSync(path, Buffer.concat(mails.map(mboxrdEntry)));
  const archive = await testArchive("threads", path);
  const thread = (id: string) =>
    archive.thread(archive.byMessageId(id)[0]!.thread).map(({ messageId }) => messageId);
  expect(thread("a@x")).toEqual(["a@x", "b@x"]);
  expect(thread("d@x")).toEqual(["c@x", "d@x", "e@x"]);
});

test("an archive opened before an update sees it", async () => {
  const path = join(testCache(), "seen.mbox");
  writeFileSync(path, mboxrdEntry(mail("1")));
  const archive = await testArchive("seen", path);
  const before = archive.version();
  appendFileSync(path, mboxrdEntry(mail("2")));
  await update("seen");
  expect(archive.count()).toBe(2);
  expect(archive.version()).not.toBe(before);
  Archive.open("seen").close();
});

test("an index whose shelf was lost says so, and is made anew", async () => {
  const path = join(testCache(), "lost.mbox");
  writeFileSync(path, mboxrdEntry(mail("1")));
  await testArchive("lost", path);
  rmSync(shelfPath(indexPath("lost")));
  expect(() => Archive.open("lost")).toThrow(/is not there/);
  await expect(update("lost")).rejects.toThrow(/shorter than its index says/);
  expect(await updateArchive("lost", true, () => {})).toMatchObject({ messages: 1 });
  Archive.open("lost").close();
});

test("what is listed of a thread follows its mails: they come, join threads, and go", async () => {
  const inbox = epoch("listed.git");
  inbox.commit("m", mail("1"));
  const archive = await testArchive("listed", inbox.folder);
  const listing = (id: string) =>
    archive.listing(archive.byMessageId(id)[0]!.thread).map(({ messageId }) => messageId);
  const byMails = (id: string) =>
    archive.thread(archive.byMessageId(id)[0]!.thread).map(({ messageId }) => messageId);
  const expectSame = (ids: readonly string[]) => {
    for (const id of ids) expect(listing(id)).toEqual(byMails(id));
  };
  inbox.commit("m", mail("2"));
  await update("listed");
  expect([listing("1@x"), listing("2@x")]).toEqual([["1@x"], ["2@x"]]);
  inbox.commit("m", mail("3", "joins them", "References: <1@x> <2@x>\n"));
  await update("listed");
  expect(listing("1@x")).toEqual(["1@x", "2@x", "3@x"]);
  expectSame(["1@x", "2@x", "3@x"]);
  expect(archive.sheet("2@x")).toMatchObject({ messageId: "2@x", subject: "mail 2", sheet: { count: 3 } });
  inbox.commit("d", mail("1"));
  await update("listed");
  expect(listing("2@x")).toEqual(["2@x", "3@x"]);
  expectSame(["2@x", "3@x"]);
  expect([archive.sheet("1@x"), archive.sheet("never@x")]).toEqual([undefined, undefined]);
});

test("a thread is listed up to a thousand messages; the others are found by their ids", async () => {
  const path = join(testCache(), "long.mbox");
  const reply = (n: number) => mail(`r${n}`, "x", "In-Reply-To: <top@x>\n");
  const mails = [mail("top"), ...Array.from({ length: 1001 }, (_, n) => reply(n))];
  writeFileSync(path, Buffer.concat(mails.map(mboxrdEntry)));
  const archive = await testArchive("long", path);
  expect(archive.sheet("top@x")!.sheet.count).toBe(1000);
  expect(archive.sheet("r1000@x")).toMatchObject({ at: -1, messageId: "r1000@x", sheet: { count: 1000 } });
});

test("searches by date find what is in spans of ids, and what came late", async () => {
  const path = join(testCache(), "dated.mbox");
  const dated = (n: number, day: string) =>
    Buffer.from(`From: A <a@x>\nSubject: dated ${n}\nDate: ${day}\nMessage-ID: <d${n}@x>\n\nbody\n`);
  const march = "Mon, 1 Mar 2021 10:00:00 +0000";
  const other = "Thu, 1 Apr 2021 10:00:00 +0000";
  const days = Array.from({ length: 2500 }, (_, n) => (n < 3 || n === 2400 ? march : other));
  writeFileSync(path, Buffer.concat(days.map((each, n) => mboxrdEntry(dated(n, each)))));
  const archive = await testArchive("dated", path);
  const found = archive.search("s:dated d:2021-03-01..2021-03-02").entries.map(({ messageId }) => messageId);
  expect(found.sort()).toEqual(["d0@x", "d1@x", "d2400@x", "d2@x"]);
  expect(archive.search("s:dated d:2021-04-01.. d:..2021-04-01", "time", 0, 1).total).toBe(2496);
  expect(archive.search("s:dated d:2022-01-01..").total).toBe(0);
});
