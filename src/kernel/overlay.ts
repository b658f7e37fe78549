/** Changes on top of a tree, in memory: a patch applied to see what it would do. */
import { createHash } from "node:crypto";
import { KnownError } from "../base/errors.js";
import {
  byPath,
  hasEnding,
  isBelow,
  isInside,
  outermost,
  type Source,
  type TreeFile,
  type TreeProblem,
} from "./source.js";

/** A file's new content (a string is stored as UTF-8), or null for a file that is gone. */
export type OverlayContent = string | Uint8Array | null;

export class OverlaySource implements Source {
  private readonly changes = new Map<string, { readonly content: Buffer; readonly file: TreeFile } | null>();

  /** @throws KnownError when a change lies outside the tree. */
  constructor(
    private readonly below: Source,
    changes: Iterable<readonly [string, OverlayContent]>,
  ) {
    for (const [path, content] of changes) {
      if (!isInside(path)) throw new KnownError(`${path}: a change outside the tree`);
      this.changes.set(path, content === null ? null : describe(path, content));
    }
  }

  get commit(): string | null {
    return this.below.commit;
  }

  get problems(): readonly TreeProblem[] {
    return this.below.problems.filter((problem) => !this.adds(problem.path));
  }

  list(folders: readonly string[], endings: readonly string[]): readonly TreeFile[] {
    const wanted = outermost(folders);
    const kept = this.below.list(folders, endings).filter((file) => !this.changes.has(file.path));
    const changed = [...this.changes.values()].flatMap((change) =>
      change &&
      hasEnding(change.file.path, endings) &&
      wanted.some((folder) => isBelow(change.file.path, folder))
        ? [change.file]
        : [],
    );
    return [...kept, ...changed].sort(byPath);
  }

  read(path: string, into?: Buffer): Buffer | undefined {
    const change = this.changes.get(path);
    return change === undefined ? this.below.read(path, into) : change?.content;
  }

  readMany(paths: readonly string[]): ReadonlyMap<string, Buffer> {
    const found = new Map(this.below.readMany(paths.filter((path) => !this.changes.has(path))));
    for (const path of paths) {
      const change = this.changes.get(path);
      if (change) found.set(path, change.content);
    }
    return found;
  }

  exists(path: string): boolean {
    return this.adds(path) || (this.changes.get(path) !== null && this.below.exists(path));
  }

  /** Whether a file of ours is there, or below it. */
  private adds(path: string): boolean {
    return (
      isInside(path) && [...this.changes].some(([name, change]) => change !== null && isBelow(name, path))
    );
  }
}

function describe(path: string, content: string | Uint8Array) {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : Buffer.from(content);
  const stamp = `overlay-${createHash("sha256").update(bytes).digest("hex")}`;
  return { content: bytes, file: { path, stamp, size: bytes.length } };
}
