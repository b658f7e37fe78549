/**
 * The kernel trees in the user's cache folder: `trees/linux-source-7.3`, and beside each the record of what it is,
 * `linux-source-7.3.json`. A folder comes into being by rename, after its record: where both are, it is whole.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { KnownError, NotInstalledError, UsageError } from "../base/errors.js";
import { cacheFolder, makeFolder, writeFileAtomic } from "../base/files.js";
import { waitForLock } from "../base/lock.js";
import { run } from "../base/process.js";
import { noProgress } from "../base/progress.js";
import { downloadPackage, type FetchOptions, findKernelPackage, publicMirror } from "./debian.js";
import { openTree } from "./tree.js";

export interface FetchedTree {
  readonly schema: "treewide.tree/1";
  /** The package's name: "linux-source-7.3". */
  readonly package: string;
  readonly packageVersion: string;
  readonly suite: string;
  readonly url: string;
  /** Of the package: as the signed index says and the file had. */
  readonly sha256: string;
  /** As the top Makefile has it: "7.3.4". */
  readonly kernel: string;
  /** ISO 8601, UTC. */
  readonly fetched: string;
}

/** Bytes: the package and its tarball stay until the 1.7 GB in them are unpacked. */
const spaceNeeded = 2.3e9;

/**
 * The folder with the source of a kernel version as Debian ships it; fetched when it is not in the cache.
 * Calls at the same time are safe: one fetches, the others wait for it.
 * @param version the first two numbers: "7.3".
 * @throws KnownError when it cannot be had; nothing half-written stays.
 */
export async function getTree(version: string, given: Partial<FetchOptions> = {}): Promise<string> {
  const numbers = /^(\d+\.\d+)(\..*)?$/.exec(version);
  if (!numbers || numbers[2] !== undefined)
    throw new UsageError(
      `"${version}" names no kernel package`,
      numbers ? `Debian names them by two numbers: ${numbers[1]}` : "a version has two numbers, as in 7.3",
    );
  const folder = cacheFolder("trees", `linux-source-${version}`);
  if (recordOf(folder)) return folder;
  const options: FetchOptions = { mirror: publicMirror, progress: noProgress, ...given };
  makeFolder(dirname(folder));
  const unlock = await waitForLock(
    cacheFolder("trees.lock"),
    () => options.progress({ task: "waiting for another treewide that fetches a tree", done: 0 }),
    options.signal,
  );
  try {
    if (!recordOf(folder)) await fetchTree(version, folder, options);
  } finally {
    unlock();
  }
  return folder;
}

/** The whole trees in the cache, by name. */
export function listTrees(): { readonly folder: string; readonly tree: FetchedTree }[] {
  const trees = cacheFolder("trees");
  if (!existsSync(trees)) return [];
  return readdirSync(trees)
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .flatMap((name) => {
      const tree = recordOf(join(trees, name));
      return tree ? [{ folder: join(trees, name), tree }] : [];
    });
}

const recordPath = (folder: string) => `${folder}.json`;

/** What a folder of the cache is, or undefined when it is not there or not whole. */
function recordOf(folder: string): FetchedTree | undefined {
  if (!existsSync(folder) || !existsSync(recordPath(folder))) return undefined;
  const record: Partial<FetchedTree> = JSON.parse(readFileSync(recordPath(folder), "utf8"));
  return record.schema === "treewide.tree/1" ? (record as FetchedTree) : undefined;
}

/** Called by one process at a time. */
async function fetchTree(version: string, folder: string, options: FetchOptions): Promise<void> {
  if (existsSync(folder))
    throw new KnownError(
      `${folder}: there already, but not put there by treewide`,
      "move it away to fetch the version, or name it as the tree where one is asked for",
    );
  const temporaryPrefix = `${folder}.tmp-`;
  for (const left of readdirSync(dirname(folder)))
    if (join(dirname(folder), left).startsWith(temporaryPrefix)) remove(join(dirname(folder), left)); // of a run that was killed
  requireSpace(dirname(folder));
  const found = await findKernelPackage(version, options);
  const temporary = mkdtempSync(temporaryPrefix);
  try {
    const archive = await downloadPackage(found, temporary, options);
    const tree = await unpack(archive, found.name, temporary, options);
    const kernel = openTree({ kind: "folder", path: tree }).version;
    const record: FetchedTree = {
      schema: "treewide.tree/1",
      package: found.name,
      packageVersion: found.version,
      suite: found.suite,
      url: found.url,
      sha256: found.sha256,
      kernel,
      fetched: new Date().toISOString(),
    };
    writeFileAtomic(recordPath(folder), `${JSON.stringify(record, null, 2)}\n`);
    renameSync(tree, folder);
  } finally {
    remove(temporary);
  }
}

/** Unpacks usr/src/linux-source-X.tar.xz of a package; returns the folder of the tree. */
async function unpack(
  archive: string,
  name: string,
  temporary: string,
  options: FetchOptions,
): Promise<string> {
  options.progress({ task: `unpacking ${name}`, done: 0 });
  const [content, tree] = [join(temporary, "package"), join(temporary, "tree")];
  mkdirSync(tree);
  const tarball = join(content, "usr/src", `${name}.tar.xz`);
  await runUnpacker("dpkg-deb", ["--extract", archive, content], options);
  await runUnpacker("xz", ["--version"], options); // tar would not say clearly that xz is missing
  await runUnpacker(
    "tar",
    ["--extract", "--no-same-owner", "--strip-components=1", `--directory=${tree}`, `--file=${tarball}`],
    options,
  );
  return tree;
}

async function runUnpacker(command: string, args: readonly string[], options: FetchOptions): Promise<void> {
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const result = await run(command, args, { env: { LC_ALL: "C" }, accept: "any", ...signal }).catch(
    (error: unknown) => {
      if (!(error instanceof NotInstalledError)) throw error;
      throw new NotInstalledError(
        command,
        "`apt-get install xz-utils tar dpkg` brings what unpacks a kernel package",
      );
    },
  );
  if (result.status === 0) return;
  options.signal?.throwIfAborted();
  const messages = result.stderr.toString("utf8").trim();
  if (/No space left on device/.test(messages)) throw diskFull(cacheFolder("trees"));
  throw new KnownError(`${command}: ${messages.split("\n")[0] || `exit status ${result.status}`}`);
}

function requireSpace(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < spaceNeeded) throw diskFull(folder);
}

function diskFull(folder: string): KnownError {
  return new KnownError(
    `${folder}: not enough space; a kernel tree needs ${spaceNeeded / 1e9} GB while it is unpacked`,
    "free some, or set TREEWIDE_CACHE to a folder elsewhere",
  );
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
