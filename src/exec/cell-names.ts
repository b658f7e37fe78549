/** Cells are numbered as their names come up, so that what is known of one is found by its number. */

const numbers = new Map<string, number>();
const names: string[] = [];
/** By cell: the word of which it holds bits, `flags` of `flags&READY`; itself when it holds none. */
const words: number[] = [];

/** The number of a cell. */
export function cellNumber(name: string): number {
  let number = numbers.get(name);
  if (number === undefined) {
    number = names.length;
    numbers.set(name, number);
    names.push(name);
    words.push(number);
    const word = wordOf(name);
    if (word !== name) words[number] = cellNumber(word);
  }
  return number;
}

/** The name of a numbered cell. */
export function cellName(cell: number): string {
  return names[cell]!;
}

/** The word of which a cell holds bits; the cell itself when it holds none. */
export function wordCell(cell: number): number {
  return words[cell]!;
}

/** As `wordCell`, by name. */
export function wordOf(cell: string): string {
  const mask = cell.indexOf("&");
  return mask === -1 ? cell : cell.slice(0, mask);
}

/** The struct field's own name at the end of a cell's name. */
export function fieldOf(cell: string): string {
  return cell.slice(cell.lastIndexOf(".") + 1);
}
