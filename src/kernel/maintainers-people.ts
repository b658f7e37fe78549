/** Names and addresses as MAINTAINERS, .mailmap and trailers write them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../base/errors.js";

export interface Person {
  /** Empty when there is only an address. */
  readonly name: string;
  readonly address: string;
}

/**
 * An address that mail can be sent to: local part and domain, RFC 5322's dot-atom (and RFC 6532's letters), and
 * nothing that a header or an SMTP command would read as syntax.
 */
const ADDRESS = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~.-]+@[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u;

export function isAddress(text: string): boolean {
  return ADDRESS.test(text) && !text.includes("..");
}

/**
 * Splits `Name <address>`, `"Name" <address>`, `<address>` or `address`; what follows the `>` is a comment
 * (get_maintainer.pl, parse_email). Undefined when there is no valid address.
 */
export function parsePerson(text: string): Person | undefined {
  const bracketed = /^([^<]*)<\s*([^<>]+?)\s*>/.exec(text);
  const address = bracketed ? bracketed[2]! : (/^\s*(\S+)/.exec(text)?.[1] ?? "");
  if (!isAddress(address)) return undefined;
  return { name: unquote(bracketed?.[1] ?? ""), address };
}

/** All people of an M or R entry: nearly always one; several are separated by commas outside quotes. */
export function parsePeople(text: string): (Person | undefined)[] {
  const parts = text.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/);
  return parts.length > 1 && parts.every((part) => part.includes("@"))
    ? parts.map(parsePerson)
    : [parsePerson(text)];
}

function unquote(name: string): string {
  return name.trim().replace(/^"|"$/g, "").replace(/\\"/g, '"').trim();
}

/** `Name <address>`, or the address alone. */
export function formatPerson({ name, address }: Person): string {
  return name ? `${name} <${address}>` : address;
}

/** Maps a person to the name and address that .mailmap (gitmailmap(5)) gives as current. */
export type Mailmap = (person: Person) => Person;

const LINE = /^([^<]*)<([^>]+)>\s*(?:([^<]*)<([^>]+)>)?$/;

/** Parses the text of a .mailmap. An entry for a name and address goes before one for the address alone. */
export function parseMailmap(text: string): Mailmap {
  const names = new Map<string, string>();
  const addresses = new Map<string, string>();
  for (const raw of text.split("\n")) {
    const parts = LINE.exec(raw.replace(/#.*$/, "").trim());
    if (!parts) continue;
    const [name, address] = [unquote(parts[1]!), parts[2]!.trim()];
    if (parts[4] === undefined) {
      if (name) names.set(address, name);
      continue;
    }
    const old = formatPerson({ name: unquote(parts[3]!), address: parts[4].trim() });
    if (name) names.set(old, name);
    addresses.set(old, address);
  }
  return (person) => {
    const full = formatPerson(person);
    const key = names.has(full) || addresses.has(full) ? full : person.address;
    return { name: names.get(key) ?? person.name, address: addresses.get(key) ?? person.address };
  };
}

/** Reads `tree`/.mailmap; without one everybody stays as he is. */
export function readMailmap(tree: string): Mailmap {
  try {
    return parseMailmap(readFileSync(join(tree, ".mailmap"), "utf8"));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return (person) => person;
    throw error;
  }
}
