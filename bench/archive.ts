/**
 * Our archive beside Debian's public-inbox, on one repository: index, update, search and thread pages.
 *   npx tsx bench/archive.ts [EPOCH.git|BUNDLE]     (default: ../shared/data/linux-pci-2021h1.bundle)
 * Needs the Debian packages public-inbox and wrk, and `npm run build`. Nothing else should run meanwhile: both sides
 * run one after the other in the same minutes, and the load is printed with the results.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";

const project = resolve(import.meta.dirname, "..");
const treewide = join(project, "bin/treewide");
const source = resolve(process.argv[2] ?? join(project, "../shared/data/linux-pci-2021h1.bundle"));
const folder = mkdtempSync(join(tmpdir(), "treewide-bench-"));
const env = { ...process.env, TREEWIDE_CACHE: join(folder, "cache"), PI_CONFIG: join(folder, "pi-config") };
const queries = [
  "pcim_alloc_irq_vectors",
  "s:msi",
  "f:helgaas",
  'b:"power management"',
  "dfn:drivers/pci/pci.c",
  "d:20210301..20210310",
];

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

function load(url: string): string {
  const out = execFileSync("wrk", ["-t1", "-c50", "-d5", "--latency", "-s", join(folder, "p95.lua"), url], {
    encoding: "utf8",
  });
  return /p50.*$/m.exec(out)?.[0] ?? out;
}

async function started(command: string, args: string[], url: string): Promise<ChildProcess> {
  const child = spawn(command, args, { env, stdio: "ignore" });
  for (let i = 0; i < 100; i++) {
    try {
      await fetch(url);
      return child;
    } catch {
      await new Promise((done) => setTimeout(done, 100));
    }
  }
  child.kill();
  throw new Error(`${command} does not answer at ${url}`);
}

writeFileSync(
  join(folder, "p95.lua"),
  `done = function(s, l, r) io.write(string.format("p50 %.1f ms, p95 %.1f ms, %.0f requests/s, %d errors\\n", l:percentile(50)/1000, l:percentile(95)/1000, s.requests/s.duration*1e6, s.errors.status + s.errors.timeout)) end\n`,
);
const epoch = join(folder, "inbox/git/0.git");
mkdirSync(join(folder, "inbox/git"), { recursive: true });
git("clone", "-q", "--bare", source, epoch);
const head = git("--git-dir", epoch, "rev-parse", "HEAD");
const print = (name: string, value: string) => process.stdout.write(`${name.padEnd(34)} ${value}\n`);
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

  const [ours, theirs] = ["http://127.0.0.1:18080/bench/", "http://127.0.0.1:18081/bench/"];
  const servers = [
    await started(treewide, ["serve", "--port", "18080"], ours),
    await started("public-inbox-httpd", ["-l", "http://127.0.0.1:18081", "-W1"], theirs),
  ];
  const listing = execFileSync(
    treewide,
    ["search", "s:patch", "--archive", "bench", "--limit", "1", "--sort", "relevance", "--format", "json"],
    { env, encoding: "utf8" },
  );
  const thread = `${JSON.parse(listing).messages[0].messageId}/t/`;
  for (const path of [thread, ...queries.map((query) => `?q=${encodeURIComponent(query)}`)]) {
    print(`treewide: ${decodeURIComponent(path).slice(0, 23)}`, load(ours + path));
    print(`public-inbox: ${decodeURIComponent(path).slice(0, 19)}`, load(theirs + path));
  }
  for (const server of servers) server.kill();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
