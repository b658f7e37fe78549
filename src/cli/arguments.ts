/** What options of more than one command take. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InvalidArgumentError } from "commander";

/**
 * Makes what reads a whole number, in decimal digits; another text is wrong usage.
 * @param most by default as far as JavaScript counts exactly
 */
export function whole(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const bounds = most === Number.MAX_SAFE_INTEGER ? `${least} on` : `${least} to ${most}`;
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`a whole number from ${bounds} is needed`);
    return value;
  };
}

/** A count of threads or of seconds. */
export const positive = whole(1, 9999);

/** The pieces between commas; a comma within the braces of a glob parts nothing. */
export function betweenCommas(text: string): readonly string[] {
  return text.match(/(?:\{[^}]*\}|[^,{]|\{)+/g) ?? [];
}

/** The first word that is the folder of a kernel tree, or of a bare repository. */
export function treeAmong(words: readonly string[]): string | undefined {
  return words.find((word) => existsSync(join(word, "MAINTAINERS")) || existsSync(join(word, "HEAD")));
}
