/** Other people's programs as clients of our server, and our client of public-inbox's. Debian's b4 and public-inbox. */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { compose, writeOutbox } from "../../src/gate/outbox.js";
import { mboxrdEntry, readMbox } from "../../src/mail/mbox.js";
import { createApp } from "../../src/web/app.js";
import { mountArchives } from "../../src/web/archive/routes.js";
import { listen } from "../../src/web/server.js";
import { removeTestArchives, testArchive, testCache } from "../archive/fixture.js";
import { bundle } from "../archive/seed.js";
import { addSeries, repository, temporaryFolder } from "../gate/series.js";

// Other people's programs, on a machine that may be busy.
vi.setConfig({ testTimeout: 600_000 });

afterAll(removeTestArchives);

/** Runs a program without blocking our server. */
function program(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((done, failed) => {
    const child = execFile(
      command,
      args,
      { cwd, env: { ...process.env, ...env } },
      (error, stdout, stderr) => (error ? failed(new Error(`${command}: ${stderr}`)) : done(stdout)),
    );
    child.stdin?.end();
  });
}

test("b4 takes what `treewide mail --output` wrote from our server, unchanged", async () => {
  const repo = await repository();
  await addSeries(repo);
  const { folder: cwd, git } = repo;
  const sender = { name: "Sören Sender", address: "soeren@sender.example" };
  const common = {
    repository: cwd,
    tree: cwd,
    range: "base..HEAD",
    sender,
    cc: [],
    policy: "bookends",
  } as const;
  const out = temporaryFolder();
  writeOutbox(out, compose({ ...common, cover: "PCI: Übernahme für alle\n\nThis is the blurb.\n" }));
  const mails = readdirSync(out)
    .filter((name) => name.endsWith(".eml"))
    .sort()
    .map((name) => readFileSync(join(out, name)));
  const path = join(out, "list.mbox");
  writeFileSync(path, Buffer.concat(mails.map((each) => mboxrdEntry(each))));
  const archive = await testArchive("mailed", path);
  const server = await listen(
    createApp((each) => mountArchives(each, [archive])),
    { host: "127.0.0.1", port: 0 },
  );
  try {
    await git("config", "b4.attestation-policy", "off");
    await git("config", "b4.midmask", `${server.url}mailed/%s`);
    const cover = /^Message-ID: <(.+)>$/im.exec(mails[0]!.toString())![1]!;
    const home = { HOME: out, XDG_CACHE_HOME: join(out, "b4-cache"), XDG_DATA_HOME: join(out, "b4-data") };
    await program("b4", ["--no-stdin", "-n", "am", "-o", out, cover], cwd, home);
    const log = ["log", "--format=%an <%ae>%n%B", "--reverse", "-p", "base..HEAD"];
    const wanted = await git(...log);
    await git("reset", "-q", "--hard", "base");
    await git("am", "-q", join(out, readdirSync(out).find((name) => name.endsWith(".mbx"))!));
    expect(await git(...log)).toBe(wanted);
  } finally {
    await server.close();
  }
});

test("b4 fetches a thread from our server, and its result applies", async () => {
  const cwd = join(testCache(), "repository");
  mkdirSync(cwd);
  const git = (...args: string[]) => execFileSync("git", args, { cwd, encoding: "utf8" }).trim();
  git("init", "-q", "-b", "main");
  for (const [key, value] of [
    ["user.name", "A Uthor"],
    ["user.email", "a@example.org"],
    ["b4.attestation-policy", "off"],
  ] as const)
    git("config", key, value);
  for (const n of ["0", "1", "2"]) {
    writeFileSync(join(cwd, "file"), `${n}\nFrom the start\n`);
    git("add", "file");
    git("commit", "-q", "-m", `file: make it ${n}\n\nSigned-off-by: A Uthor <a@example.org>`);
  }
  const series = git("format-patch", "--stdout", "--cover-letter", "--thread", "-v2", "HEAD~2");
  const mails = [...readMbox(Buffer.from(`${series}\n`), "mboxo")].map(({ raw }) => raw);
  const path = join(testCache(), "series.mbox");
  const first = /^Message-ID: <(.+)>$/im.exec(mails[0]!.toString())![1]!;
  const ack = `From: R <r@example.org>\nSubject: Re: x\nDate: ${new Date().toUTCString()}\nMessage-ID: <ack@x>\nIn-Reply-To: <${first}>\n\nReviewed-by: R <r@example.org>\n`;
  writeFileSync(path, Buffer.concat([...mails, Buffer.from(ack)].map((each) => mboxrdEntry(each))));
  const archive = await testArchive("b4", path);
  const server = await listen(
    createApp((each) => mountArchives(each, [archive])),
    { host: "127.0.0.1", port: 0 },
  );
  try {
    git("config", "b4.midmask", `${server.url}b4/%s`);
    const home = {
      HOME: testCache(),
      XDG_CACHE_HOME: join(testCache(), "b4-cache"),
      XDG_DATA_HOME: join(testCache(), "b4-data"),
    };
    mkdirSync(join(cwd, "out"));
    await program("b4", ["--no-stdin", "-n", "am", "-t", "-o", "out", first], cwd, home);
    const result = readdirSync(join(cwd, "out")).find((name) => name.endsWith(".mbx"))!;
    const wanted = git("rev-parse", "HEAD^{tree}");
    git("reset", "-q", "--hard", "HEAD~2");
    git("am", "-q", join("out", result));
    expect(git("rev-parse", "HEAD^{tree}")).toBe(wanted);
    expect(git("log", "-1", "--format=%B")).toContain("Reviewed-by: R <r@example.org>");
  } finally {
    await server.close();
  }
});

test("our client reads a thread, a search and an inbox from public-inbox-httpd", async () => {
  const folder = join(testCache(), "public-inbox");
  const inbox = join(folder, "inbox");
  mkdirSync(join(inbox, "git"), { recursive: true });
  const env = { PI_CONFIG: join(folder, "config"), HOME: folder };
  const epoch = join(inbox, "git/0.git");
  await program("git", ["clone", "-q", "--bare", bundle, epoch], folder);
  // public-inbox needs a minute for all of it: the first 300 messages do.
  const commit = (await program("git", ["--git-dir", epoch, "rev-list", "--reverse", "HEAD"], folder)).split(
    "\n",
  )[299]!;
  await program("git", ["--git-dir", epoch, "update-ref", "HEAD", commit], folder);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/inbox/`;
  await program("public-inbox-init", ["-V2", "inbox", inbox, url, "inbox@example.org"], folder, env);
  await program("public-inbox-index", [inbox], folder, env);
  const server = spawn("public-inbox-httpd", ["-W0", "-l", `http://127.0.0.1:${port}`], {
    env: { ...process.env, ...env },
    stdio: "ignore",
  });
  try {
    await answering(url, server);
    const cloned = await testArchive("theirs", url);
    expect(cloned.count()).toBe(300);
    const [entry] = cloned.search("s:patch").entries;
    const thread = cloned.thread(entry!.thread).map(({ messageId }) => messageId);
    const fetched = await testArchive("thread", `${url}${entry!.messageId}/`);
    expect(
      fetched
        .search("d:2000..")
        .entries.map(({ messageId }) => messageId)
        .sort(),
    ).toEqual([...new Set(thread)].sort());
    expect((await testArchive("search", `${url}?q=s:patch`)).count()).toBe(cloned.search("s:patch").total);
  } finally {
    server.kill();
  }
});

/** Waits until a server answers, however long a busy machine takes to start it; not when it has ended. */
async function answering(url: string, server: ChildProcess): Promise<void> {
  while (server.exitCode === null && server.signalCode === null) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`it ended with ${server.exitCode ?? server.signalCode}`);
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
