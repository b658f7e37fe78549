/** Counts in English. */

/** "1 patch", "2 patches". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
