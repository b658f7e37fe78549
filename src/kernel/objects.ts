/** The objects of a git repository, read one after the other by a git that stays. */
import { KnownError } from "../base/errors.js";
import { type Dialogue, startDialogue } from "../base/process.js";
import { gitEnvironment } from "./git.js";

/** What `git cat-file` says about a name: its content, or why there is none. */
export type GitObject =
  | { readonly kind: "blob"; readonly object: string; readonly content: Buffer }
  | { readonly kind: "tree"; readonly object: string }
  | { readonly kind: "missing" }
  | { readonly kind: "unusable"; readonly why: string };

/**
 * Reads objects of a repository through one `git cat-file --batch` that stays, so an object costs a tenth of a
 * millisecond, not a process. Links inside the tree are followed, links that leave it are not.
 */
export class ObjectReader {
  private dialogue: Dialogue | undefined;
  private buffer = Buffer.allocUnsafe(1 << 16);
  private start = 0;
  private end = 0;

  constructor(private readonly repository: string) {}

  /**
   * Reads objects by their names ("COMMIT:path" or a blob's), which hold no line end.
   * Answers in the order of the names.
   * @throws KnownError when git ends too early.
   */
  read(names: readonly string[]): GitObject[] {
    const answers: GitObject[] = [];
    // Git stops reading while we do not take its output; 64 paths (of at most 512 bytes) wait in the pipe's 64 kB.
    for (let i = 0; i < names.length; i += 64) {
      const some = names.slice(i, i + 64);
      this.ask(some.map((name) => `${name}\n`).join(""));
      for (const _ of some) answers.push(this.answer());
    }
    return answers;
  }

  /** Ends git; a later read starts it again. */
  close(): void {
    this.dialogue?.close();
    this.dialogue = undefined;
    this.start = this.end = 0;
  }

  private ask(requests: string): void {
    this.dialogue ??= startDialogue("git", ["cat-file", "--batch", "--follow-symlinks"], {
      cwd: this.repository,
      env: gitEnvironment,
    });
    try {
      this.dialogue.write(requests);
    } catch {
      throw this.ended();
    }
  }

  /** git-cat-file(1), "BATCH OUTPUT". */
  private answer(): GitObject {
    const line = this.line();
    const blob = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(line);
    if (blob) {
      const content = this.bytes(Number(blob[3]));
      this.bytes(1); // the line end after the content
      if (blob[2] === "blob") return { kind: "blob", object: blob[1]!, content };
      return blob[2] === "tree"
        ? { kind: "tree", object: blob[1]! }
        : { kind: "unusable", why: `a ${blob[2]} of git, not a file` };
    }
    const link = /^(symlink|dangling|loop|notdir) (\d+)$/.exec(line);
    if (link) {
      this.bytes(Number(link[2]) + 1);
      const why = {
        symlink: "a link that leaves the tree",
        dangling: "a link to nothing",
        loop: "a loop of links",
      };
      return link[1] === "notdir"
        ? { kind: "missing" }
        : { kind: "unusable", why: why[link[1] as keyof typeof why] };
    }
    return { kind: "missing" };
  }

  private line(): string {
    let end = this.buffer.subarray(this.start, this.end).indexOf(10);
    while (end === -1) {
      this.fill();
      end = this.buffer.subarray(this.start, this.end).indexOf(10);
    }
    const line = this.buffer.toString("utf8", this.start, this.start + end);
    this.start += end + 1;
    return line;
  }

  private bytes(length: number): Buffer {
    const content = Buffer.allocUnsafeSlow(length);
    const kept = Math.min(length, this.end - this.start);
    this.buffer.copy(content, 0, this.start, this.start + kept);
    this.start += kept;
    for (let have = kept; have < length; ) {
      const count = this.dialogue!.read(content, have, length - have);
      if (count === 0) throw this.ended();
      have += count;
    }
    return content;
  }

  private fill(): void {
    if (this.start > 0) this.buffer.copy(this.buffer, 0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
    if (this.end === this.buffer.length)
      this.buffer = Buffer.concat([this.buffer, Buffer.allocUnsafe(this.end)]);
    const count = this.dialogue!.read(this.buffer, this.end, this.buffer.length - this.end);
    if (count === 0) throw this.ended();
    this.end += count;
  }

  private ended(): KnownError {
    this.close();
    return new KnownError(
      `${this.repository}: git cat-file ended too early`,
      "`git fsck` tells whether the repository is whole",
    );
  }
}
