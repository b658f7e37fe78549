/** What a user may give as a source, and how each becomes something that can be indexed. */
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { KnownError, systemErrorCode } from "../base/errors.js";
import { writeFileAtomic } from "../base/files.js";
import { fetchBytes } from "../base/network.js";
import { run } from "../base/process.js";
import { gitEnvironment } from "../kernel/git.js";
import { archiveFolder, type GivenKind, type GivenSource } from "./registry.js";
import type { SourceSpec } from "./source.js";

/**
 * Finds out what a path or URL is.
 * @throws KnownError when it is nothing that can be read.
 */
export function recognise(given: string, mboxo = false): GivenSource {
  if (/^https?:\/\//.test(given)) return { kind: isDownload(given) ? "download" : "clone", location: given };
  const location = resolve(given);
  const status = statSync(location, { throwIfNoEntry: false });
  if (!status) throw new KnownError(`${given}: no such file or folder`);
  const kind = status.isDirectory() ? folderKind(location) : fileKind(location, mboxo);
  if (kind) return { kind, location };
  throw new KnownError(
    `${given}: neither a public-inbox, nor git, nor an mbox, nor a Maildir`,
    "`treewide archive add --help` lists what can be added",
  );
}

/** A thread (`MSGID/`, `MSGID/t.mbox.gz`, `MSGID/raw`) or a search (`?q=`) is fetched; an inbox is cloned. */
function isDownload(url: string): boolean {
  const { pathname, search } = new URL(url);
  return (
    search.includes("q=") || /(?:@|%40)[^/]*\//.test(`${pathname}/`) || /\.mbox(?:\.gz)?$/.test(pathname)
  );
}

function folderKind(folder: string): GivenKind | undefined {
  if (existsSync(join(folder, "cur")) && existsSync(join(folder, "new"))) return "maildir";
  if (existsSync(join(folder, "git")) && epochsOf(folder).length > 0) return "inbox";
  if (
    (existsSync(join(folder, "HEAD")) && existsSync(join(folder, "objects"))) ||
    existsSync(join(folder, ".git"))
  )
    return "git";
  return undefined;
}

function fileKind(path: string, mboxo: boolean): GivenKind | undefined {
  const head = Buffer.alloc(16);
  try {
    const file = openSync(path, "r");
    readSync(file, head, 0, head.length, 0);
    closeSync(file);
  } catch (error) {
    throw new KnownError(`${path}: cannot be read (${systemErrorCode(error)})`);
  }
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  const text = head.toString("latin1");
  if (/^# v[23] git bundle/.test(text)) return "bundle";
  return text.startsWith("From ") ? (mboxo ? "mboxo" : "mbox") : undefined;
}

function epochsOf(inbox: string): string[] {
  return readdirSync(join(inbox, "git"))
    .filter((name) => /^\d+\.git$/.test(name))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .map((name) => join(inbox, "git", name));
}

/**
 * What to index for a source: fetches what is remote, unpacks what is packed, finds the epochs.
 * @throws KnownError when it cannot be had.
 */
export async function prepare(name: string, { kind, location }: GivenSource): Promise<readonly SourceSpec[]> {
  switch (kind) {
    case "inbox":
      return epochsOf(location).map((epoch) => ({ kind: "git", location: epoch }));
    case "git":
      return [{ kind: "git", location }];
    case "mbox":
    case "mboxo":
    case "maildir":
      return [{ kind, location }];
    case "bundle":
      return [{ kind: "git", location: await mirror(location, ownPlace(name, location, ".git")) }];
    case "gzip":
      return [{ kind: "mbox", location: unpack(readFileSync(location), ownPlace(name, location, ".mbox")) }];
    case "clone":
      return cloneEpochs(name, location);
    case "download":
      return [{ kind: "mbox", location: await download(location, ownPlace(name, location, ".mbox")) }];
  }
}

/** A place of the archive's own for what a source is turned into. */
function ownPlace(name: string, location: string, ending: string): string {
  return archiveFolder(
    name,
    "mail",
    createHash("sha256").update(location).digest("hex").slice(0, 16) + ending,
  );
}

const env = { env: gitEnvironment };

async function mirror(from: string, to: string): Promise<string> {
  if (existsSync(join(to, "HEAD")))
    await run("git", ["--git-dir", to, "fetch", "--quiet", "--prune", from, "+refs/*:refs/*"], env);
  else await run("git", ["clone", "--quiet", "--mirror", "--", from, to], env);
  return to;
}

/** A server's epochs are at INBOX/0, INBOX/1, …; a v1 inbox is at INBOX itself (public-inbox's /mirror/ page). */
async function cloneEpochs(name: string, location: string): Promise<readonly SourceSpec[]> {
  const base = location.replace(/\/+$/, "");
  const specs: SourceSpec[] = [];
  for (let epoch = 0; ; epoch++) {
    const url = `${base}/${epoch}`;
    const { status } = await run("git", ["ls-remote", "--quiet", "--", url, "HEAD"], {
      accept: "any",
      ...env,
    });
    if (status !== 0) break;
    specs.push({ kind: "git", location: await mirror(url, ownPlace(name, url, ".git")) });
  }
  if (specs.length === 0)
    specs.push({ kind: "git", location: await mirror(base, ownPlace(name, base, ".git")) });
  return specs;
}

function unpack(packed: Buffer, to: string): string {
  try {
    writeFileAtomic(to, gunzipSync(packed, { maxOutputLength: 4 * 2 ** 30 - 1 }));
  } catch (error) {
    throw error instanceof KnownError
      ? error
      : new KnownError(`${to}: what was to be unpacked is broken gzip`);
  }
  return to;
}

async function download(location: string, to: string): Promise<string> {
  const url = new URL(location);
  if (url.searchParams.has("q")) {
    url.searchParams.set("x", "m");
    return unpack(await fetchBytes(url.href, { method: "POST" }), to);
  }
  if (!/\.mbox(?:\.gz)?$/.test(url.pathname))
    url.pathname = `${url.pathname.replace(/\/(?:raw|[tT]\/?)?$/, "")}/t.mbox.gz`;
  const bytes = await fetchBytes(url.href);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return unpack(bytes, to);
  writeFileAtomic(to, bytes);
  return to;
}
