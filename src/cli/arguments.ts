/** What options of more than one command take. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InvalidArgumentError } from "commander";

/** A count: 1 to 9999. */
export function positive(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError("a number from 1 is needed");
  return Number(text);
}

/** The pieces between commas; a comma within the braces of a glob parts nothing. */
export function betweenCommas(text: string): readonly string[] {
  return text.match(/(?:\{[^}]*\}|[^,{]|\{)+/g) ?? [];
}

/** The first word that is the folder of a kernel tree, or of a bare repository. */
export function treeAmong(words: readonly string[]): string | undefined {
  return words.find((word) => existsSync(join(word, "MAINTAINERS")) || existsSync(join(word, "HEAD")));
}
