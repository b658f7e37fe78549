/**
 * Our archive beside Debian's public-inbox, on one repository: index, update, search and thread pages.
 *   npx tsx bench/archive.ts [EPOCH.git|BUNDLE [FOLDER]]     (default: ../shared/data/linux-pci-2021h1.bundle)
 * Needs the Debian packages public-inbox, libsearch-xapian-perl, time and wrk, and `npm run build`. Nothing else should
 * run meanwhile: both sides run one after the other in the same minutes, and the load is printed with the results.
 * FOLDER keeps the indexes, and what is there already is not made again.
 *
 * Pages are asked for by 50 readers at once, each asking for the next one when it has its answer, compressed:
 * - each thread once;
 * - threads of messages picked at random from the whole list, so that long threads come more often;
 * - searches in six ways (a word of a subject, two words, an author, a word and an author, a phrase, a word in a month),
 *   made of messages picked at random.
 * "First asked": each address once, of servers that have answered others for three seconds. "Asked again": 300 of them,
 * round and round. Both servers may use all processors: public-inbox-httpd gets a worker for each.
 */
import { execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Archive } from "../src/archive/archive.js";

const project = resolve(import.meta.dirname, "..");
const treewide = join(project, "bin/treewide");
const source = resolve(process.argv[2] ?? join(project, "../shared/data/linux-pci-2021h1.bundle"));
const keep = process.argv[3];
const folder = keep === undefined ? mkdtempSync(join(tmpdir(), "treewide-bench-")) : resolve(keep);
process.env.TREEWIDE_CACHE = join(folder, "cache");
process.env.PI_CONFIG = join(folder, "pi-config");
mkdirSync(folder, { recursive: true });
const inbox = join(folder, "inbox");
const epoch = join(inbox, "git/0.git");

const sizeOf = (path: string): number => {
  const status = statSync(path);
  return status.isDirectory()
    ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
    : status.size;
};
const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
const git = (...args: string[]) =>
  execFileSync("git", ["--git-dir", epoch, ...args], { encoding: "utf8" }).trim();
const load = () => `load ${loadavg()[0]!.toFixed(1)}`;
const print = (name: string, value: string) => process.stdout.write(`${name.padEnd(44)} ${value}\n`);

/** Runs a command and tells its wall time, CPU time and largest memory (time(1), Debian's package time). */
function timed(command: string, ...args: string[]): string {
  const report = join(folder, "time");
  const format = "%e s wall, %U s user, %S s system, %M kB";
  execFileSync("/usr/bin/time", ["-o", report, "-f", format, command, ...args], { stdio: "ignore" });
  return `${readFileSync(report, "utf8").trim()}; ${load()}`;
}

/** Indexes all but the last 1,000 messages, then those: on both sides. */
function index(): void {
  mkdirSync(join(inbox, "git"), { recursive: true });
  execFileSync("git", ["clone", "-q", "--bare", source, epoch]);
  print("messages", git("rev-list", "--count", "HEAD"));
  const head = git("rev-parse", "HEAD");
  git("update-ref", "HEAD", git("rev-parse", "HEAD~1000"));
  print("treewide: index all but 1,000", timed(treewide, "archive", "add", "bench", epoch));
  const init = ["-V2", "bench", inbox, "http://127.0.0.1/bench", "bench@example.org"];
  execFileSync("public-inbox-init", init, { stdio: "ignore" });
  print("public-inbox: index all but 1,000", timed("public-inbox-index", inbox));
  git("update-ref", "HEAD", head);
  print("treewide: update of 1,000", timed(treewide, "archive", "update", "bench"));
  print("public-inbox: update of 1,000", timed("public-inbox-index", inbox));
}

/** The same numbers each time: a generator of 32 bits (xorshift, Marsaglia 2003). */
function* numbers(below: number): Generator<number, never> {
  for (let state = 12345; ; ) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield (state >>> 0) % below;
  }
}

interface Addresses {
  readonly threads: readonly string[];
  readonly messages: readonly string[];
  readonly searches: readonly string[];
}

const wordsOf = (subject: string) =>
  [
    ...new Set(
      subject
        .toLowerCase()
        .replace(/\[[^\]]*\]|^re:/g, "")
        .match(/[a-z_]{4,}/g),
    ),
  ].sort((a, b) => b.length - a.length);

const queries: readonly ((words: readonly string[], author: string, date: number) => string)[] = [
  ([word]) => `s:${word}`,
  ([one, two]) => `${one} ${two}`,
  (_words, author) => `f:${author}`,
  ([word], author) => `s:${word} f:${author}`,
  ([one, two]) => `"${one} ${two}"`,
  ([word], _author, date) => `${word} d:${day(date - 30 * 86_400)}..${day(date)}`,
];
const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);

function addresses(): Addresses {
  const archive = Archive.open("bench");
  const count = archive.count();
  const threads = new Map<number, string>();
  const messages = new Set<string>();
  const searches = new Set<string>();
  for (const id of numbers(count)) {
    if (messages.size > 0.6 * count || messages.size === 60_000) break;
    const [entry] = archive.byIds([id]);
    if (!entry || Math.abs(entry.date) > 4e9) continue;
    const path = `/bench/${encodeURIComponent(entry.messageId).replaceAll("%40", "@")}/t/`;
    messages.add(path);
    threads.set(entry.thread, path);
    const words = wordsOf(entry.subject);
    const author = /[A-Za-z]{3,}$/.exec(entry.from)?.[0];
    if (words.length < 2 || author === undefined) continue;
    const query = queries[searches.size % queries.length]!(words, author, entry.date);
    searches.add(`/bench/?q=${encodeURIComponent(query)}`);
  }
  archive.close();
  return { threads: [...threads.values()], messages: [...messages], searches: [...searches] };
}

/** CPU seconds that a process and those it has started took so far (proc(5), `/proc/PID/stat`, in 1/100 s). */
function cpuOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  const own = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0) / 100;
  return children.reduce((sum, child) => sum + cpuOf(Number(child)), own);
}

interface Server {
  readonly origin: string;
  readonly pid: number;
  stop(): void;
}

/** What wrk sends: the lines of a file, one after the other, and again. */
const script = `local paths, n = {}, 0
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
function request()
  n = n + 1
  return wrk.format("GET", paths[(n - 1) % #paths + 1], { ["Accept-Encoding"] = "gzip" })
end
function done(s, l)
  io.write(string.format("p50 %.1f ms, p95 %.1f ms, %.0f/s, %d errors, %d answers\\n", l:percentile(50) / 1000,
    l:percentile(95) / 1000, s.requests / s.duration * 1e6, s.errors.status + s.errors.timeout, s.requests))
end
`;

function ask({ origin, pid }: Server, paths: readonly string[], seconds: number): string {
  const list = join(folder, "paths");
  writeFileSync(list, paths.join("\n"));
  const before = cpuOf(pid);
  const args = [
    "-t1",
    "-c50",
    `-d${seconds}`,
    "--timeout",
    "30",
    "--latency",
    "-s",
    join(folder, "load.lua"),
  ];
  const out = execFileSync("wrk", [...args, origin], {
    encoding: "utf8",
    env: { ...process.env, PATHS: list },
  });
  const [, results, count] = /(p50.*) (\d+) answers/.exec(out) ?? [];
  const cost = ((cpuOf(pid) - before) / Number(count)) * 1000;
  const again = Number(count) > paths.length ? ` (${paths.length} addresses)` : "";
  return `${results} ${count} answers${again}, ${cost.toFixed(2)} ms of CPU each; ${load()}`;
}

async function started(command: string, args: string[], origin: string): Promise<Server> {
  const child = spawn(command, args, { stdio: "ignore" });
  while (child.exitCode === null) {
    try {
      await fetch(origin);
      return { origin, pid: child.pid!, stop: () => child.kill() };
    } catch {
      await new Promise((done) => setTimeout(done, 100));
    }
  }
  throw new Error(`${command} does not answer at ${origin}`);
}

async function serve(): Promise<void> {
  const { threads, messages, searches } = addresses();
  const workers = `-W${availableParallelism()}`;
  const servers: readonly [string, () => Promise<Server>][] = [
    ["treewide", () => started(treewide, ["serve", "--port", "18080"], "http://127.0.0.1:18080")],
    [
      "public-inbox",
      () =>
        started("public-inbox-httpd", ["-l", "http://127.0.0.1:18081", workers], "http://127.0.0.1:18081"),
    ],
  ];
  for (const [kind, paths] of Object.entries({ threads, "threads of messages": messages, searches }))
    for (const [name, start] of servers) {
      const server = await start();
      try {
        const fifth = Math.floor(paths.length / 5);
        ask(server, paths.slice(0, fifth), 3);
        print(`${name}: ${kind} first asked`, ask(server, paths.slice(fifth), paths.length > 20_000 ? 4 : 1));
        const again = paths.slice(fifth, fifth + 300);
        ask(server, again, 4);
        print(`${name}: ${kind} asked again`, ask(server, again, 4));
      } finally {
        server.stop();
      }
    }
}

try {
  writeFileSync(join(folder, "load.lua"), script);
  if (!existsSync(join(folder, "cache"))) index();
  print("treewide: index size", mb(sizeOf(join(folder, "cache"))));
  print("public-inbox: index size", mb(sizeOf(inbox) - sizeOf(epoch)));
  await serve();
} finally {
  if (keep === undefined) rmSync(folder, { recursive: true, force: true });
}
