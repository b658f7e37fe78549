/** GNU make's functions that only look at their arguments (GNU make manual, "Functions for Transforming Text"). */

export function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

const each = (text: string, change: (word: string) => string) => words(text).map(change).join(" ");

/** What `%` stands for when `word` fits the pattern, or null. A pattern without `%` fits only itself. */
export function stem(pattern: string, word: string): string | null {
  const percent = pattern.indexOf("%");
  if (percent === -1) return pattern === word ? "" : null;
  const [before, after] = [pattern.slice(0, percent), pattern.slice(percent + 1)];
  const fits = word.length >= before.length + after.length && word.startsWith(before) && word.endsWith(after);
  return fits ? word.slice(before.length, word.length - after.length) : null;
}

function patsubst(pattern: string, replacement: string, text: string): string {
  return each(text, (word) => {
    const found = stem(pattern, word);
    return found === null ? word : replacement.replace("%", () => found);
  });
}

/** `$(NAME:a=b)` is `$(patsubst %a,%b,$(NAME))`, unless `a` has a `%` of its own. */
export function substituteReference(from: string, to: string, text: string): string {
  return from.includes("%") ? patsubst(from, to, text) : patsubst(`%${from}`, `%${to}`, text);
}

const fitsAny = (patterns: string, word: string) =>
  words(patterns).some((pattern) => stem(pattern, word) !== null);
const folder = (word: string) => word.slice(0, word.lastIndexOf("/") + 1) || "./";
const dot = (word: string) => word.lastIndexOf(".");
const hasSuffix = (word: string) => dot(word) > word.lastIndexOf("/");

/** Arguments come expanded. */
export const textFunctions: Readonly<Record<string, (...args: string[]) => string>> = {
  subst: (from = "", to = "", text = "") => (from === "" ? text + to : text.replaceAll(from, () => to)),
  patsubst: (pattern = "", replacement = "", text = "") => patsubst(pattern.trim(), replacement.trim(), text),
  strip: (text = "") => words(text).join(" "),
  findstring: (find = "", text = "") => (text.includes(find) ? find : ""),
  filter: (patterns = "", text = "") =>
    words(text)
      .filter((word) => fitsAny(patterns, word))
      .join(" "),
  "filter-out": (patterns = "", text = "") =>
    words(text)
      .filter((word) => !fitsAny(patterns, word))
      .join(" "),
  sort: (text = "") => [...new Set(words(text))].sort().join(" "),
  word: (index = "", text = "") => words(text)[Number(index) - 1] ?? "",
  words: (text = "") => String(words(text).length),
  wordlist: (from = "", to = "", text = "") =>
    words(text)
      .slice(Number(from) - 1, Number(to))
      .join(" "),
  firstword: (text = "") => words(text)[0] ?? "",
  lastword: (text = "") => words(text).pop() ?? "",
  dir: (text = "") => each(text, folder),
  notdir: (text = "") => each(text, (word) => word.slice(word.lastIndexOf("/") + 1)),
  suffix: (text = "") => each(text, (word) => (hasSuffix(word) ? word.slice(dot(word)) : "")),
  basename: (text = "") => each(text, (word) => (hasSuffix(word) ? word.slice(0, dot(word)) : word)),
  addprefix: (prefix = "", text = "") => each(text, (word) => prefix.trim() + word),
  addsuffix: (suffix = "", text = "") => each(text, (word) => word + suffix.trim()),
  join: (left = "", right = "") => {
    const [a, b] = [words(left), words(right)];
    return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? "") + (b[i] ?? "")).join(
      " ",
    );
  },
  abspath: (text = "") => text,
  realpath: (text = "") => text,
};
