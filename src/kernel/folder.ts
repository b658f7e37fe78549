/** A kernel tree unpacked in a folder: a tarball's content or a git checkout. */
import {
  closeSync,
  constants,
  type Dirent,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { systemErrorCode } from "../base/errors.js";
import { headCommit } from "./git.js";
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

/** Regular files only, at once: a link is looked at before it is followed, a named pipe does not wait for its writer. */
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export class FolderSource implements Source {
  readonly problems: TreeProblem[] = [];
  private readonly root: string;
  /** Folders seen, and whether they really lie in the tree. A kernel has 6,000, its files 90,000. */
  private readonly inside = new Map<string, boolean>();
  private knownCommit: string | null | undefined;

  /** @param path an existing folder. */
  constructor(path: string) {
    this.root = realpathSync.native(path);
  }

  get commit(): string | null {
    if (this.knownCommit === undefined) this.knownCommit = headCommit(this.root);
    return this.knownCommit;
  }

  list(folders: readonly string[], endings: readonly string[]): readonly TreeFile[] {
    const files: TreeFile[] = [];
    const waiting = outermost(folders).filter((folder) => {
      if (!this.exists(folder || ".")) this.report(folder, new Error("ENOENT"));
      return this.isFolderInside(folder);
    });
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
      for (const entry of this.entries(folder)) {
        const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory()) {
          if (entry.name === ".git") continue;
          this.inside.set(path, true);
          waiting.push(path);
        } else if (entry.isFile() && hasEnding(entry.name, endings)) {
          const file = this.describe(path);
          if (file) files.push(file);
        }
      }
    }
    return files.sort(byPath);
  }

  read(path: string, into?: Buffer): Buffer | undefined {
    if (!isInside(path) || !this.isFolderInside(dirname(path))) return undefined;
    try {
      return readRegularFile(`${this.root}/${path}`, into);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === "ELOOP") return this.readLink(path);
      if (code !== "ENOENT" && code !== "ENOTDIR") this.report(path, error);
      return undefined;
    }
  }

  readMany(paths: readonly string[]): ReadonlyMap<string, Buffer> {
    const found = new Map<string, Buffer>();
    for (const path of paths) {
      const content = this.read(path);
      if (content) found.set(path, content);
    }
    return found;
  }

  exists(path: string): boolean {
    if (!isInside(path) || !this.isFolderInside(dirname(path))) return false;
    const full = `${this.root}/${path}`;
    try {
      const status = lstatSync(full, { throwIfNoEntry: false });
      if (!status?.isSymbolicLink()) return status !== undefined;
      return existsSync(full) && isBelow(realpathSync.native(full), this.root);
    } catch {
      return false; // in a folder that cannot be searched, or of a name that is too long
    }
  }

  private entries(folder: string): readonly Dirent[] {
    try {
      return readdirSync(join(this.root, folder), { withFileTypes: true });
    } catch (error) {
      this.report(folder, error);
      return [];
    }
  }

  /**
   * Size, time of change, and inode: an editor that writes in place changes the second, one that renames a new file
   * over the old changes the third (git's index relies on the same, gitformat-index(5)). The time is a double: within
   * a quarter of a microsecond; Linux' file systems tell apart what lies milliseconds apart.
   */
  private describe(path: string): TreeFile | undefined {
    const status = lstatSync(`${this.root}/${path}`, { throwIfNoEntry: false });
    if (!status) return undefined; // removed since the folder was read
    const { size, mtimeMs, ino } = status;
    return { path, size, stamp: `${size}-${mtimeMs}-${ino}` };
  }

  private readLink(path: string): Buffer | undefined {
    try {
      const target = realpathSync.native(join(this.root, path));
      if (isBelow(target, this.root)) return readRegularFile(target);
      this.report(path, new Error("a link that leaves the tree"));
    } catch (error) {
      this.report(path, error);
    }
    return undefined;
  }

  private isFolderInside(folder: string): boolean {
    const known = this.inside.get(folder);
    if (known !== undefined) return known;
    let inside = false;
    try {
      inside = this.isPlain(folder) || isBelow(realpathSync.native(join(this.root, folder)), this.root);
      if (!inside) this.report(folder, new Error("a link that leaves the tree"));
    } catch (error) {
      if (systemErrorCode(error) !== "ENOENT" && systemErrorCode(error) !== "ENOTDIR")
        this.report(folder, error);
    }
    this.inside.set(folder, inside);
    return inside;
  }

  /** Whether a folder is no link, in one that lies in the tree: most are, and the system need not look at the whole path. */
  private isPlain(folder: string): boolean {
    if (folder === "" || folder === ".") return true;
    return lstatSync(`${this.root}/${folder}`).isDirectory() && this.isFolderInside(dirname(folder));
  }

  private report(path: string, error: unknown): void {
    const why = systemErrorCode(error) ?? (error instanceof Error ? error.message : String(error));
    if (!this.problems.some((known) => known.path === path)) this.problems.push({ path, why });
  }
}

/** @throws ELOOP when the path is a link, or an error that says that it is no regular file. */
function readRegularFile(path: string, into?: Buffer): Buffer {
  const file = openSync(path, openFlags);
  try {
    const status = fstatSync(file);
    if (!status.isFile()) throw new Error("not a regular file");
    const { size } = status;
    const content = into && into.length >= size ? into : Buffer.allocUnsafeSlow(size);
    let length = 0;
    while (length < size) {
      const count = readSync(file, content, length, size - length, null);
      if (count === 0) break; // cut short since
      length += count;
    }
    return length === content.length ? content : content.subarray(0, length);
  } finally {
    closeSync(file);
  }
}
