/** The queue on a real redis-server, with workers that are processes of their own. Debian's redis-server is needed. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Queue } from "bullmq";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { run } from "../../src/base/process.js";
import { check } from "../../src/gate/check/check.js";
import { lineOf } from "../../src/gate/check/history.js";
import { type BuildJob, configurationName, validJob } from "../../src/gate/check/job.js";
import { bullQueue } from "../../src/gate/queue/bull.js";
import { embeddedQueue } from "../../src/gate/queue/embedded.js";
import { connect, queueName } from "../../src/gate/queue/redis.js";
import { smallTree } from "./small-tree.js";

const root = resolve(import.meta.dirname, "../..");
let folder: string;
let redis: ChildProcess;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "treewide-queue-"));
  const port = await freePort();
  url = `redis://127.0.0.1:${port}`;
  const options = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "no",
    "--dir",
    folder,
  ];
  redis = spawn("redis-server", options, { stdio: "ignore" });
  await until(async () => {
    const connection = await connect(url).catch(() => undefined);
    connection?.disconnect();
    return connection !== undefined;
  });
});
afterAll(() => {
  redis?.kill();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  const connection = await connect(url);
  await connection.flushall();
  connection.disconnect();
});

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" ? address!.port : 0));
    });
  });
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await sleep(100);
}

/** `treewide worker` as a user starts it, in a cache of its own. @param mark a file that gets a line for each compilation. */
function startWorker(name: string, mark: string, seconds: number) {
  const tsx = join(root, "node_modules/tsx/dist/esm/index.mjs");
  const child = spawn(
    "node",
    ["--import", tsx, join(root, "src/cli/main.ts"), "worker", "--queue", url, "--lease", "3", "--jobs", "2"],
    {
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        ...process.env,
        TREEWIDE_CACHE: join(folder, name),
        HOME: join(folder, name), // as on another machine
        TREEWIDE_TEST_MARK: mark,
        TREEWIDE_TEST_SLEEP: String(seconds),
      },
    },
  );
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk;
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const ended = new Promise<number | null>((done) => child.on("close", (code) => done(code)));
  return { child, ended, said: () => said };
}

const linesOf = (path: string) =>
  existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];

/** Every commit of a small tree, for two architectures and two configurations. */
async function matrix(): Promise<readonly BuildJob[]> {
  const tree = await smallTree();
  await tree.change("alpha: one", { "drivers/alpha.c": ["pci_take(dev)", "pci_take(dev) + 1"] });
  await tree.change("alpha: typo", { "drivers/alpha.c": ["return pci_take", "return pci_tkae"] });
  const configurations: readonly BuildJob["configuration"][] = [
    { architecture: "x86_64", set: [] },
    { architecture: "x86_64", set: [["PCI_MSI", "n"]] },
    { architecture: "aarch64", set: [] },
  ];
  return lineOf(tree.folder, "base..HEAD").flatMap((commit) =>
    configurations.map(
      (configuration): BuildJob => ({
        schema: "treewide.job/1",
        repository: tree.folder,
        commit,
        configuration,
        targets: [{ object: "drivers/alpha.o", needs: ["CONFIG_ALPHA_DRIVER"] }],
        probes: [],
      }),
    ),
  );
}

test("commits times architectures times configurations: a worker dies by SIGKILL, nothing is lost or counted twice", async () => {
  const jobs = await matrix();
  const [doomed, heir] = [join(folder, "doomed.mark"), join(folder, "heir.mark")];
  const first = startWorker("doomed", doomed, 600);
  const queue = await bullQueue(url);
  const results: string[] = [];
  try {
    const running = queue.run(jobs, {
      onResult: (job, { objects }) =>
        results.push(
          `${job.commit} ${configurationName(job.configuration)} ${objects.map((one) => one.state)}`,
        ),
    });
    await until(() => linesOf(doomed).length > 0); // it is in the middle of a job
    first.child.kill("SIGKILL");
    await first.ended;
    expect(results).toEqual([]);
    startWorker("heir", heir, 0);
    await running;
  } finally {
    await queue.close();
  }
  const wanted = jobs.map(({ commit, configuration }, n) => {
    const state = n >= 6 ? "failed" : "built"; // the last commit has a typo
    return `${commit} ${configurationName(configuration)} ${state}`;
  });
  expect(results.sort()).toEqual(wanted.sort());
  expect(linesOf(doomed)).toHaveLength(1);
  expect(linesOf(heir)).toHaveLength(jobs.length);
});

test("two workers share the jobs", async () => {
  const jobs = await matrix();
  const marks = [join(folder, "one.mark"), join(folder, "two.mark")];
  const workers = marks.map((mark, n) => startWorker(`pair-${n}`, mark, 1));
  await until(() => workers.every(({ said }) => said().includes("taking jobs")));
  const queue = await bullQueue(url);
  let results = 0;
  try {
    await queue.run(jobs, { onResult: () => results++ });
  } finally {
    await queue.close();
  }
  expect(results).toBe(jobs.length);
  const shares = marks.map((mark) => linesOf(mark).length);
  expect(shares[0]! + shares[1]!).toBe(jobs.length);
  expect(Math.min(...shares)).toBeGreaterThan(0);
});

test("a worker that is told to stop gives its job back at once", async () => {
  const [job] = await matrix();
  const mark = join(folder, "stopped.mark");
  const worker = startWorker("stopped", mark, 600);
  const queue = await bullQueue(url);
  const stop = new AbortController();
  const running = queue.run([job!], { onResult: () => {}, signal: stop.signal }).catch(() => {});
  try {
    await until(() => linesOf(mark).length > 0);
    worker.child.kill("SIGINT");
    expect(await worker.ended).toBe(0);
    const line = new Queue(queueName("x86_64"), { connection: { url } });
    expect(await line.getWaitingCount()).toBe(1);
    expect(await line.getActiveCount()).toBe(0);
    await line.close();
  } finally {
    stop.abort();
    await running;
    await queue.close();
  }
});

test("a check says the same whoever compiles", async () => {
  const tree = await smallTree();
  await tree.change("beta: warning", { "drivers/beta.c": ["return", "int forgotten;\n\n\treturn"] });
  await tree.change("alpha: typo", { "drivers/alpha.c": ["return pci_take", "return pci_tkae"] });
  process.env.TREEWIDE_CACHE = join(folder, "checker");
  onTestFinished(() => {
    delete process.env.TREEWIDE_CACHE;
  });
  const request = {
    repository: tree.folder,
    commits: lineOf(tree.folder, "base..HEAD"),
    includers: 20,
    cache: false,
  };
  startWorker("same", join(folder, "same.mark"), 0);
  const here = await check({
    ...request,
    openQueue: async (workshop) => embeddedQueue(workshop, { jobs: 2 }),
  });
  const there = await check({ ...request, openQueue: () => bullQueue(url) });
  expect(there.commits).toEqual(here.commits);
  expect(here.commits.map(({ findings }) => findings.length > 0)).toEqual([true, true]);
});

test("workers that share nothing but the network fetch the commits; one dies by SIGKILL, and the check is whole", async () => {
  const tree = await smallTree();
  await tree.change("beta: warning", { "drivers/beta.c": ["return", "int forgotten;\n\n\treturn"] });
  await tree.change("alpha: typo", { "drivers/alpha.c": ["return pci_take", "return pci_tkae"] });
  await tree.change("soc: change", { "drivers/soc.c": ["return 1", "return 2"] });
  const remote = await gitDaemon(tree.folder);
  process.env.TREEWIDE_CACHE = join(folder, "far-checker");
  onTestFinished(() => {
    delete process.env.TREEWIDE_CACHE;
  });
  const request = { commits: lineOf(tree.folder, "base..HEAD"), includers: 20, cache: false };
  const marks = [join(folder, "far-0.mark"), join(folder, "far-1.mark")];
  const doomed = startWorker("far-0", marks[0]!, 600);
  const running = check({ ...request, repository: tree.folder, remote, openQueue: () => bullQueue(url) });
  await until(() => linesOf(marks[0]!).length > 0);
  doomed.child.kill("SIGKILL");
  await doomed.ended;
  startWorker("far-1", marks[1]!, 0);
  const there = await running;
  const here = await check({
    ...request,
    repository: tree.folder,
    openQueue: async (workshop) => embeddedQueue(workshop, { jobs: 2 }),
  });
  expect(there.commits).toEqual(here.commits);
  expect(there.counts).toEqual(here.counts);
  expect(there.commits.map(({ findings }) => findings.length > 0)).toEqual([true, true, false]);
});

/** Serves a repository on loopback. @returns its address. */
async function gitDaemon(repository: string): Promise<string> {
  const port = await freePort();
  const options = ["--export-all", "--reuseaddr", "--listen=127.0.0.1", `--port=${port}`];
  const daemon = spawn("git", ["daemon", ...options, `--base-path=${repository}`, repository], {
    stdio: "ignore",
    detached: true, // git starts the daemon itself: both end with the group
  });
  onTestFinished(() => {
    process.kill(-daemon.pid!, "SIGKILL");
  });
  const address = `git://127.0.0.1:${port}/`;
  await until(async () => (await run("git", ["ls-remote", "-q", address], { accept: "any" })).status === 0);
  return address;
}

test("where nobody answers, the address is named, and why", async () => {
  await expect(connect(`redis://:secret@127.0.0.1:${await freePort()}`)).rejects.toThrow(
    /^redis:\/\/127.*: no queue: connect ECONNREFUSED/,
  );
  await expect(connect("http://localhost")).rejects.toThrow(/no address of a queue/);
});

test("a job that names files outside the tree, or options instead of a repository, is refused", async () => {
  const [job] = await matrix();
  const target = { object: "../../etc/passwd.o", needs: [] };
  expect(() => validJob({ ...job!, targets: [target] })).toThrow(/outside the tree/);
  expect(() => validJob({ ...job!, repository: "--upload-pack=evil" })).toThrow(/no repository/);
  expect(() =>
    validJob({ ...job!, configuration: { architecture: "x86_64", set: [["A\nB", "y"]] } }),
  ).toThrow(/symbol/);
});
