/** Text for terminals: widths, colours, and paths that must fit. */

/** A path that fits: folders in the middle give way, the first and the file's name stay. */
export function fitPath(path: string, width: number): string {
  if (path.length <= width) return path;
  const [first, ...rest] = path.split("/");
  while (rest.length > 1) {
    rest.shift();
    const short = [first, "…", ...rest].join("/");
    if (short.length <= width) return short;
  }
  return `…${path.slice(path.length - width + 1)}`;
}

/** Breaks text at spaces, and words that are longer than the width where it ends. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  const pieces = new RegExp(`.{1,${width}}`, "gu");
  for (const word of text.split(" ").flatMap((w) => w.match(pieces) ?? [""])) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, line];
}

/** SGR codes (ECMA-48), or nothing. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
}

export function paint(colour: boolean): Paint {
  const code = (on: number, off: number) => (text: string) =>
    colour ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return {
    bold: code(1, 22),
    dim: code(2, 22),
    red: code(31, 39),
    yellow: code(33, 39),
    green: code(32, 39),
  };
}
