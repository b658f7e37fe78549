/** One file of the core under edit: places are found by names, never by line numbers, so that any tree will do. */
import { KnownError } from "../base/errors.js";
import { SourceFile } from "../c/source.js";
import type { Tree } from "../kernel/tree.js";

export class CoreText {
  text: string;

  /** @throws KnownError when the tree has no such file. */
  constructor(
    tree: Tree,
    readonly path: string,
  ) {
    const text = tree.read(path)?.toString("latin1");
    if (text === undefined) throw new KnownError(`${path}: missing`, "the series needs a whole kernel tree");
    this.text = text;
  }

  /** Replaces what stands in the file exactly once. */
  replace(old: string, replacement: string): void {
    const at = this.find(old);
    this.text = this.text.slice(0, at) + replacement + this.text.slice(at + old.length);
  }

  /** As `replace`, where a tree may or may not have it. */
  replaceIfThere(old: string, replacement: string): void {
    if (this.text.includes(old)) this.replace(old, replacement);
  }

  insertAfter(anchor: string, added: string): void {
    this.replace(anchor, anchor + added);
  }

  /** Replaces a function, from its comment (when `withComment`) or its first line to its closing brace. */
  replaceFunction(name: string, replacement: string, withComment = false): void {
    const file = new SourceFile(this.path, this.text);
    const definitions = file.functions.get(name);
    if (definitions?.length !== 1) throw this.notUnderstood(`a single definition of ${name}()`);
    const { at, close } = definitions[0]!;
    let start = this.text.lastIndexOf("\n\n", at) + 2;
    const comment = /^\/\*(?:[^*]|\*(?!\/))*\*\/\n/.exec(this.text.slice(start, at));
    if (comment && !withComment) start += comment[0].length;
    this.text = this.text.slice(0, start) + replacement + this.text.slice(file.tokens.ends[close]);
  }

  private find(text: string): number {
    const at = this.text.indexOf(text);
    if (at === -1 || this.text.includes(text, at + 1))
      throw this.notUnderstood(`"${text.trim().split("\n")[0]}"`);
    return at;
  }

  private notUnderstood(what: string): KnownError {
    return new KnownError(
      `${this.path}: ${what} is not there as Linux 6.12 to 7.3 have it: the core patches do not fit this tree`,
      "check that the tree is unchanged, or that it does not hold the managed API already",
    );
  }
}
