/**
 * What an audit of a tree leaves in the user's cache folder for the next one: filters by file stamp, results by what
 * they depend on, and the whole result by all of it. One file a tree, replaced as a whole: two runs at once cost one
 * of them its work, never an answer. What cannot be read back, of whatever reason, is not there.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DefaultDeserializer, DefaultSerializer, type Deserializer, type Serializer } from "node:v8";
import { cacheFolder, writeFileAtomic } from "../base/files.js";
import { copyFilters } from "../kernel/identifiers.js";
import type { Tree, TreeFile } from "../kernel/tree.js";
import type { AuditResult } from "./audit.js";
import type { DriverResult } from "./result.js";
import type { TreeIndex } from "./tree-index.js";

/** What is kept besides the filters. */
export interface KnownResults {
  readonly byDependencies: ReadonlyMap<string, readonly DriverResult[]>;
  /** The last whole result, and the hash of all that it came from. */
  readonly whole: { readonly from: string; readonly result: AuditResult } | undefined;
}

const nothing: KnownResults = { byDependencies: new Map(), whole: undefined };

export class AuditCache {
  private readonly results: string;
  private readonly filters: string;

  constructor(tree: Tree) {
    const { spec } = tree;
    const name = hashOf(JSON.stringify([tree.root, spec.kind === "revision" ? spec.revision : null]));
    this.results = cacheFolder("audit", `${name}.results`);
    this.filters = cacheFolder("audit", `${name}.filters`);
  }

  readResults(): KnownResults {
    return read(this.results, (deserializer) => deserializer.readValue() as KnownResults) ?? nothing;
  }

  /** @throws KnownError when it cannot be written; nothing is left behind */
  writeResults(results: KnownResults): void {
    write(this.results, (serializer) => serializer.writeValue(results));
  }

  /**
   * Fills in the filters of files that have not changed.
   * @returns the places in the index of those that have
   */
  readFilters({ paths, filters }: TreeIndex, stamps: readonly string[]): number[] {
    const old = read(this.filters, asKeptFilters);
    const places = new Map(old?.paths.map((path, i) => [`${path}\0${old.stamps[i]}`, i]));
    const known = paths.map((path, i) => places.get(`${path}\0${stamps[i]}`));
    for (let i = 0; i < known.length; ) {
      const first = known[i];
      let count = 1;
      if (first !== undefined) {
        while (known[i + count] === first + count) count++;
        copyFilters(old!.filters, first, first + count, filters, i);
      }
      i += count;
    }
    return [...known.keys()].filter((i) => known[i] === undefined);
  }

  /** @throws KnownError when it cannot be written; nothing is left behind */
  writeFilters({ paths, filters: { starts, words } }: TreeIndex, stamps: readonly string[]): void {
    // The words as they are: copies of them would stay with a thread that has nothing to do but wait.
    write(this.filters, (serializer) => {
      serializer.writeValue({ paths, stamps, starts: starts.slice(), count: words.length });
      serializer.writeRawBytes(new Uint8Array(words.buffer));
    });
  }
}

interface KeptFilters extends TreeIndex {
  readonly stamps: readonly string[];
}

function asKeptFilters(deserializer: Deserializer): KeptFilters {
  const { paths, stamps, starts, count } = deserializer.readValue();
  const words = new Uint32Array(count);
  new Uint8Array(words.buffer).set(deserializer.readRawBytes(4 * count));
  return { paths, stamps, filters: { starts, words } };
}

const digestLength = 20;

/** A file's content, when its digest says that it is whole. */
function read<R>(path: string, how: (deserializer: Deserializer) => R): R | undefined {
  try {
    const bytes = readFileSync(path);
    const content = bytes.subarray(digestLength);
    if (!digest(content).equals(bytes.subarray(0, digestLength))) return undefined;
    const deserializer = new DefaultDeserializer(content);
    deserializer.readHeader();
    return how(deserializer);
  } catch {
    return undefined; // not there, not readable, or of another Node's making
  }
}

function write(path: string, how: (serializer: Serializer) => void): void {
  const serializer = new DefaultSerializer();
  serializer.writeRawBytes(new Uint8Array(digestLength));
  serializer.writeHeader();
  how(serializer);
  const bytes = serializer.releaseBuffer();
  bytes.set(digest(bytes.subarray(digestLength)));
  writeFileAtomic(path, bytes);
}

/** The shape of the value and the program that made it are part of the digest: another program's file is no file. */
function digest(content: Uint8Array): Buffer {
  return createHash("sha1").update(programVersion()).update(content).digest();
}

let program: string | undefined;

/** A hash of the program's own code below this floor: results of another version are not ours. */
export function programVersion(): string {
  if (program === undefined) {
    const here = fileURLToPath(import.meta.url);
    const hash = createHash("sha1").update(process.version);
    const floors = ["base", "c", "c/wasm", "kernel", "kernel/wasm", "exec", "ownership", "audit"];
    for (const floor of floors) {
      const folder = join(dirname(here), "..", floor);
      for (const name of readdirSync(folder).sort())
        if ([extname(here), ".wasm"].includes(extname(name)) && !name.endsWith(".d.ts"))
          hash.update(name).update(readFileSync(join(folder, name)));
    }
    program = hash.digest("hex");
  }
  return program;
}

export function hashOf(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

/** A hash of a listing: equal when no file of it has changed. */
export function hashOfFiles(files: readonly TreeFile[]): string {
  const hash = createHash("sha1");
  for (const { path, stamp } of files) hash.update(`${path}\0${stamp}\0`);
  return hash.digest("hex");
}
