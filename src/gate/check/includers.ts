/** The files that include a header: found by reading, straight or through other headers. */

import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { run } from "../../base/process.js";
import { gitEnvironment } from "../../kernel/git.js";

/** Beyond as many headers on the way to it, everything includes everything. */
const DEEPEST = 4;

export interface Includers {
  /** C files, those that come closest first: with the names looked for, then spread over the tree. */
  readonly files: readonly string[];
  /** All that were seen; those through headers are looked for only while there are fewer than wanted. */
  readonly seen: number;
}

/**
 * Finds C files that include a header.
 * @param source a folder with the tree's files.
 * @param names files with these are more likely to show what the header's change does.
 * @param wanted as many files are enough.
 */
export async function includersOf(
  source: string,
  header: string,
  names: readonly string[],
  wanted: number,
): Promise<Includers> {
  const found = new Map<string, string>();
  const seenHeaders = new Set([header]);
  let level = [header];
  for (let depth = 0; depth < DEEPEST && level.length > 0 && found.size < wanted; depth++) {
    const texts = await directIncluders(source, level);
    level = [];
    for (const [path, text] of texts)
      if (!path.endsWith(".h")) found.set(path, text);
      else if (!seenHeaders.has(path)) {
        seenHeaders.add(path);
        level.push(path);
      }
  }
  const pattern = names.length > 0 ? new RegExp(`\\b(?:${names.join("|")})\\b`, "g") : undefined;
  const score = (text: string) => (pattern ? new Set(text.match(pattern) ?? []).size : 0);
  const scored = [...found].map(([path, text]) => ({ path, score: score(text) }));
  const users = scored
    .filter((one) => one.score > 0)
    .sort((a, b) => b.score - a.score || order(a.path, b.path));
  const others = scored.filter((one) => one.score === 0).sort((a, b) => order(a.path, b.path));
  return {
    files: [
      ...spread(
        users.map(({ path }) => path),
        wanted,
      ),
      ...spread(
        others.map(({ path }) => path),
        wanted,
      ),
    ],
    seen: found.size,
  };
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** First as many as wanted at equal distances, then the rest. */
function spread(paths: readonly string[], wanted: number): readonly string[] {
  const step = Math.max(1, Math.floor(paths.length / Math.max(1, wanted)));
  const first = paths.filter((_, index) => index % step === 0);
  const taken = new Set(first);
  return [...first, ...paths.filter((path) => !taken.has(path))];
}

/** Those of C files and headers that include one of some headers, with their texts. */
async function directIncluders(
  source: string,
  headers: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const bases = [...new Set(headers.map((path) => path.slice(path.lastIndexOf("/") + 1)))];
  const args = bases.flatMap((base) => ["-e", base]);
  const { stdout } = await run(
    "git",
    ["grep", "--no-index", "--no-color", "-l", "-z", "-F", ...args, "--", "*.c", "*.h", "*.S"],
    { cwd: source, env: { ...gitEnvironment, GIT_CEILING_DIRECTORIES: dirname(source) }, accept: [0, 1] },
  );
  const wanted = new Set(headers);
  const found = new Map<string, string>();
  for (const path of stdout.toString("utf8").split("\0").filter(Boolean)) {
    const text = readFileSync(join(source, path), "latin1");
    const includes = [...text.matchAll(/^\s*#\s*include\s*[<"]([^">]+)[">]/gm)];
    if (includes.some((match) => meant(path, match[1]!, wanted))) found.set(path, text);
  }
  return found;
}

/** Folders whose headers are included by what follows the folder. */
const ROOTS = /^(?:arch\/[\w-]+\/)?include\/(?:uapi\/)?/;

/** Whether an `#include` in a file may mean one of the headers. The compiler's own list has the last word. */
function meant(includer: string, text: string, headers: ReadonlySet<string>): boolean {
  if (headers.has(normalize(join(dirname(includer), text)))) return true;
  for (const header of headers) {
    if (header.replace(ROOTS, "") === text) return true;
    const neighbours = dirname(header).split("/").slice(0, 2).join("/"); // drivers/net: -I of its makefiles
    if (!ROOTS.test(header) && header.endsWith(`/${text}`) && includer.startsWith(`${neighbours}/`))
      return true;
  }
  return false;
}
