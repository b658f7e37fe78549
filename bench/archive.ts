/**
 * Our archive beside Debian's public-inbox, on one repository: index, update, search and thread pages.
 *   npx tsx bench/archive.ts [EPOCH.git|BUNDLE]     (default: ../shared/data/linux-pci-2021h1.bundle)
 * Needs the Debian packages public-inbox and wrk, and `npm run build`. Nothing else should run meanwhile: both sides
 * run one after the other in the same minutes, and the load is printed with the results.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";

const project = resolve(import.meta.dirname, "..");
const treewide = join(project, "bin/treewide");
const source = resolve(process.argv[2] ?? join(project, "../shared/data/linux-pci-2021h1.bundle"));
const folder = mkdtempSync(join(tmpdir(), "treewide-bench-"));
const env = { ...process.env, TREEWIDE_CACHE: join(folder, "cache"), PI_CONFIG: join(folder, "pi-config") };
const sizeOf = (path: string): number => {
  const status = statSync(path);
  return status.isDirectory()
    ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
    : status.size;
};
const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" }).trim();

/** Runs a command and tells its wall time, CPU time and largest memory (time(1), Debian's package time). */
function timed(command: string, ...args: string[]): string {
  const report = join(folder, "time");
  execFileSync(
    "/usr/bin/time",
    ["-o", report, "-f", "%e s wall, %U s user, %S s system, %M kB", command, ...args],
    { env, stdio: "ignore" },
  );
  return `${execFileSync("cat", [report], { encoding: "utf8" }).trim()}; load ${loadavg()[0]!.toFixed(1)}`;
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

/** Asks 50 at once for these pages, one after the other, round and round; a browser's way, compressed. */
function load({ origin, pid }: Server, paths: readonly string[], seconds: number): string {
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
  const out = execFileSync("wrk", [...args, origin], { encoding: "utf8", env: { ...env, PATHS: list } });
  const [, results, requests] = /(p50.*) (\d+) answers/.exec(out) ?? [];
  const cost = ((cpuOf(pid) - before) / Number(requests)) * 1000;
  return `${results} ${requests} answers, ${cost.toFixed(2)} ms of CPU each; load ${loadavg()[0]!.toFixed(1)}`;
}

interface Server {
  readonly origin: string;
  readonly pid: number;
  stop(): void;
}

async function started(command: string, args: string[], origin: string): Promise<Server> {
  const child = spawn(command, args, { env, stdio: "ignore" });
  for (let i = 0; i < 100; i++) {
    try {
      await fetch(origin);
      return { origin, pid: child.pid!, stop: () => child.kill() };
    } catch {
      await new Promise((done) => setTimeout(done, 100));
    }
  }
  child.kill();
  throw new Error(`${command} does not answer at ${origin}`);
}

writeFileSync(
  join(folder, "load.lua"),
  `local paths, n = {}, 0
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
function request()
  n = n + 1
  return wrk.format("GET", paths[(n - 1) % #paths + 1], { ["Accept-Encoding"] = "gzip" })
end
function done(s, l)
  io.write(string.format("p50 %.1f ms, p95 %.1f ms, %.0f/s, %d errors, %d answers\\n", l:percentile(50) / 1000,
    l:percentile(95) / 1000, s.requests / s.duration * 1e6, s.errors.status + s.errors.timeout, s.requests))
end
`,
);
const epoch = join(folder, "inbox/git/0.git");
mkdirSync(join(folder, "inbox/git"), { recursive: true });
git("clone", "-q", "--bare", source, epoch);
const head = git("--git-dir", epoch, "rev-parse", "HEAD");
const print = (name: string, value: string) => process.stdout.write(`${name.padEnd(42)} ${value}\n`);
try {
  print("messages", git("--git-dir", epoch, "rev-list", "--count", "HEAD"));
  print("treewide: index", timed(treewide, "archive", "add", "bench", epoch));
  print("treewide: index size", mb(sizeOf(join(folder, "cache"))));
  execFileSync(
    "public-inbox-init",
    ["-V2", "bench", join(folder, "inbox"), "http://x/bench", "bench@example.org"],
    { env, stdio: "ignore" },
  );
  print("public-inbox: index", timed("public-inbox-index", join(folder, "inbox")));
  print("public-inbox: index size", mb(sizeOf(join(folder, "inbox")) - sizeOf(epoch)));

  git("--git-dir", epoch, "update-ref", "HEAD", git("--git-dir", epoch, "rev-parse", "HEAD~1000"));
  execFileSync(treewide, ["archive", "add", "update", epoch], { env, stdio: "ignore" });
  git("--git-dir", epoch, "update-ref", "HEAD", head);
  print("treewide: update of 1,000", timed(treewide, "archive", "update", "update"));

  const servers = {
    treewide: await started(treewide, ["serve", "--port", "18080"], "http://127.0.0.1:18080"),
    "public-inbox": await started(
      "public-inbox-httpd",
      ["-l", "http://127.0.0.1:18081", "-W0"],
      "http://127.0.0.1:18081",
    ),
  };
  const listing = execFileSync(
    treewide,
    ["search", "s:patch", "--archive", "bench", "--limit", "200", "--sort", "relevance", "--format", "json"],
    { env, encoding: "utf8" },
  );
  const found: readonly { messageId: string; subject: string }[] = JSON.parse(listing).messages;
  const words = found.flatMap(({ subject }) => subject.toLowerCase().match(/[a-z]{5,}/g) ?? []);
  const pages = {
    threads: found.map(({ messageId }) => `/bench/${encodeURIComponent(messageId)}/t/`),
    searches: [...new Set(words)].slice(0, 100).map((word) => `/bench/?q=s%3A${word}`),
  };
  for (const [kind, paths] of Object.entries(pages))
    for (const pass of ["first asked", "asked again"])
      for (const [name, server] of Object.entries(servers))
        print(`${name}: ${paths.length} ${kind} ${pass}`, load(server, paths, 10));
  for (const server of Object.values(servers)) server.stop();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
