/** Addresses in the text of a file: device tree bindings name their maintainers themselves. */
import { isAddress, type Person } from "../kernel/maintainers-people.js";

/** What may be a name, and an address (get_maintainer.pl, maintainers_in_file). */
const CANDIDATE = /[\p{L}"' ,.+-]*\s*,*\s*[(<{]?[A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+\.[A-Za-z0-9]+[)>}]?/gu;
const ADDRESS = /[(<{]?([A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+)/;
const INITIAL = /^(?:\p{L}|.\.)$/u;

/** Everybody whom a text names with an address (get_maintainer.pl, clean_file_emails). */
export function peopleInFile(text: string): Person[] {
  if (!text.includes("@")) return [];
  return [...text.matchAll(CANDIDATE)].flatMap(([candidate]) => {
    const found = ADDRESS.exec(candidate)!;
    const person = { name: nameFrom(candidate.slice(0, found.index)), address: found[1]! };
    return isAddress(person.address) ? [person] : [];
  });
}

/** The last two words before an address, or three when the first or the second of them is an initial. */
function nameFrom(before: string): string {
  const words = before
    .trim()
    .replace(/^"|"$/g, "")
    .split(/[^\p{L}',.+-]/u)
    .filter((word) => !/^[',.+-]$/.test(word));
  const [first = "", middle = ""] = words.slice(-3);
  const wanted = words.length > 2 && !(INITIAL.test(first) || /^.\.?$/u.test(middle)) ? -2 : -3;
  return words.slice(wanted).join(" ").replace(/[,.]$/, "").replace(/^[,.]/, "").trim();
}
