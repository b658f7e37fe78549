/**
 * Debian's packages of kernel source, through apt but without touching the machine's own apt: a sources list,
 * package lists and a cache of our own. apt verifies Debian's signature, the index and the package.
 * Needs no root (apt-get(8), "update" and "download"; apt.conf(5), "Dir").
 */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { KnownError, NotInstalledError } from "../base/errors.js";
import { cacheFolder, makeFolder, writeFileAtomic } from "../base/files.js";
import { run } from "../base/process.js";
import type { ProgressListener } from "../base/progress.js";

interface Suite {
  readonly suite: string;
  /** The part of the mirror's address after its host. */
  readonly archive: "debian" | "debian-security";
  /** The kernel versions for which this suite is asked first. */
  readonly versions: readonly string[];
}

/** As of November 2026. Debian moves versions on, so the others are asked, in this order, when a row does not help. */
const suites: readonly Suite[] = [
  { suite: "trixie-backports", archive: "debian", versions: ["7.3"] },
  { suite: "bookworm-security", archive: "debian-security", versions: ["6.1", "6.12"] },
  { suite: "bookworm-backports", archive: "debian", versions: [] },
  { suite: "trixie-security", archive: "debian-security", versions: [] },
  { suite: "trixie", archive: "debian", versions: [] },
  { suite: "sid", archive: "debian", versions: ["7.2"] },
];

export interface DebianMirror {
  /** The address before "/debian" and "/debian-security". */
  readonly base: string;
  /** The keys that may sign. */
  readonly keyring: string;
}

export const publicMirror: DebianMirror = {
  base: "http://deb.debian.org",
  keyring: "/usr/share/keyrings/debian-archive-keyring.gpg",
};

export interface FetchOptions {
  readonly mirror: DebianMirror;
  readonly progress: ProgressListener;
  /** Stops the programs that run; the promise is then rejected. */
  readonly signal?: AbortSignal | undefined;
}

/** A package as the signed index describes it. */
export interface DebianPackage {
  readonly name: string;
  /** Debian's version: "7.3.4-1~bpo13+1". */
  readonly version: string;
  readonly suite: string;
  readonly url: string;
  readonly fileName: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/**
 * Finds the package with the source of a kernel version ("7.3") in the newest state of Debian's archive.
 * @throws KnownError when no suite has it, apt is missing, or the archive cannot be reached or trusted.
 */
export async function findKernelPackage(version: string, options: FetchOptions): Promise<DebianPackage> {
  const name = `linux-source-${version}`;
  const seen = new Set<string>();
  for (const row of [...suites].sort((a, b) => rank(a, version) - rank(b, version))) {
    options.progress({ task: `asking Debian ${row.suite} for ${name}`, done: 0 });
    await apt(row.suite, "apt-get", ["update", "--error-on=any"], options);
    for (const other of lines(await apt(row.suite, "apt-cache", ["pkgnames", "linux-source-"], options)))
      seen.add(other);
    if (!seen.has(name)) continue;
    const [line = ""] = lines(
      await apt(row.suite, "apt-get", ["download", "--print-uris", "-qq", name], options),
    );
    const parts = /^'(\S+)' (\S+) (\d+) SHA256:([0-9a-f]{64})$/.exec(line);
    if (!parts) throw new KnownError(`apt-get download --print-uris ${name}: no SHA-256 in "${line}"`);
    const [, url, fileName, size, sha256] = parts;
    const packageVersion = decodeURIComponent(fileName!.split("_")[1]!);
    return {
      name,
      version: packageVersion,
      suite: row.suite,
      url: url!,
      fileName: fileName!,
      size: Number(size),
      sha256: sha256!,
    };
  }
  const versions = [...seen].flatMap((other) => /^linux-source-(\d+\.\d+)$/.exec(other)?.[1] ?? []).sort();
  throw new KnownError(
    `Debian has no package ${name}`,
    versions.length > 0 ? `it has ${versions.join(", ")}` : undefined,
  );
}

/**
 * Downloads a package into a folder.
 * @returns the path of the .deb; its SHA-256 is that of the signed index.
 * @throws KnownError when the archive cannot be reached, the disk is full, or the content is not what was signed.
 */
export async function downloadPackage(
  found: DebianPackage,
  folder: string,
  options: FetchOptions,
): Promise<string> {
  const path = join(folder, found.fileName);
  const watch = setInterval(() => {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    options.progress({
      task: `fetching ${found.name}: MB`,
      done: megabytes(size),
      total: megabytes(found.size),
    });
  }, 200);
  try {
    await apt(found.suite, "apt-get", ["download", `${found.name}=${found.version}`], options, folder);
  } finally {
    clearInterval(watch);
  }
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  const sha256 = hash.digest("hex");
  if (sha256 !== found.sha256)
    throw new KnownError(`${found.url}: the SHA-256 is ${sha256}, but ${found.sha256} was signed`);
  return path;
}

const rank = (row: Suite, version: string) => (row.versions.includes(version) ? 0 : 1);
const megabytes = (bytes: number) => Math.round(bytes / 1e6);
const lines = (text: string) => text.split("\n").filter((line) => line !== "");

/** What a message of apt's means for the user. The first that fits counts. */
const troubles: readonly { readonly sign: RegExp; readonly what: string; readonly hint: string }[] = [
  {
    sign: /No space left on device|not enough free space/i,
    what: "the disk is full",
    hint: "free some space, or set TREEWIDE_CACHE to a folder elsewhere",
  },
  {
    sign: /NO_PUBKEY|not signed|EXPKEYSIG|BADSIG|Hash Sum mismatch|unsigned|GPG error|Splitting up/i,
    what: "the archive's signature does not fit",
    hint: "`apt-get install debian-archive-keyring` brings the keys; a proxy may have changed the files",
  },
  {
    sign: /Could not resolve|Could not connect|Temporary failure|timed out|Failed to fetch|Unable to connect/i,
    what: "the archive cannot be reached",
    hint: "check the network and http_proxy, name another --mirror, or unpack a kernel tree yourself and name its folder",
  },
];

async function apt(
  suite: string,
  command: string,
  args: readonly string[],
  options: FetchOptions,
  cwd?: string,
): Promise<string> {
  const { mirror } = options;
  if (!existsSync(mirror.keyring))
    throw new KnownError(
      `${mirror.keyring}: no such keyring`,
      "`apt-get install debian-archive-keyring` brings Debian's",
    );
  const result = await run(command, [...aptConfiguration(suite, mirror), ...args], {
    env: { LC_ALL: "C" },
    accept: "any",
    ...(cwd === undefined ? {} : { cwd }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  }).catch((error: unknown) => {
    if (!(error instanceof NotInstalledError)) throw error;
    throw new NotInstalledError(command, "without apt, unpack a kernel tree yourself and name its folder");
  });
  if (result.status === 0) return result.stdout.toString("utf8");
  const messages = lines(result.stderr.toString("utf8")).filter((line) => /^[EW]:/.test(line));
  const trouble = troubles.find((row) => messages.some((line) => row.sign.test(line)));
  const first =
    messages.find((line) => trouble?.sign.test(line)) ?? messages[0] ?? `exit status ${result.status}`;
  throw new KnownError(
    `${command} on ${mirror.base}, ${suite}: ${trouble?.what ?? "failed"}\n  ${first}`,
    trouble?.hint,
  );
}

/** The options that keep apt to a suite and to folders of ours; the machine's proxy settings still hold. */
function aptConfiguration(suite: string, mirror: DebianMirror): string[] {
  const { archive } = suites.find((row) => row.suite === suite)!;
  const folder = cacheFolder(
    "apt",
    createHash("sha256").update(`${mirror.base} ${suite}`).digest("hex").slice(0, 16),
  );
  makeFolder(join(folder, "lists", "partial"));
  const list = join(folder, "sources.list");
  writeFileAtomic(list, `deb [signed-by=${mirror.keyring}] ${mirror.base}/${archive} ${suite} main\n`);
  const settings: Readonly<Record<string, string>> = {
    "Dir::Etc::sourcelist": list,
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::Etc::preferences": "/dev/null",
    "Dir::Etc::preferencesparts": "/dev/null",
    "Dir::State::lists": join(folder, "lists"),
    "Dir::State::status": "/dev/null",
    "Dir::Cache": folder,
    "APT::Default-Release": "",
    "APT::Sandbox::User": "", // the user _apt could not write in root's cache folder
    // A mirror that stands still is good enough: its index is signed all the same, and what it could hold back is
    // a newer point release of a source that we only read.
    "Acquire::Check-Valid-Until": "false",
    "Acquire::Languages": "none",
    "Acquire::Retries": "2",
    "Acquire::http::Timeout": "30",
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}
