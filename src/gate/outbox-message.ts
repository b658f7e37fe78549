/**
 * One message as bytes: its header and body taken apart, changed and put together again. Text is held as latin1, one
 * character a byte, so that a patch goes out with the bytes that it came with.
 */
import addressparser from "nodemailer/lib/addressparser";
import { encodeWord, encodeWords, foldLines, quoteString } from "nodemailer/lib/mime-funcs";
import { KnownError } from "../base/errors.js";
import { isAddress, type Person } from "../kernel/maintainers-people.js";
import { decodeWords } from "../mail/header.js";

export interface Header {
  readonly name: string;
  /** As in the message, folded, without the final newline. */
  readonly value: string;
}

export interface Message {
  readonly headers: readonly Header[];
  readonly body: string;
}

/**
 * Takes a message apart; a leading `From ` line of git format-patch is dropped.
 * @throws KnownError when its header is not one: a line without a name, or a control character that a server could
 *   read as the end of a line.
 */
export function parseMessage(bytes: Uint8Array, where: string): Message {
  const text = Buffer.from(bytes)
    .toString("latin1")
    .replace(/^From .*\n/, "");
  const separator = /\r?\n\r?\n/.exec(text);
  const head = text.slice(0, separator?.index);
  const headers: Header[] = [];
  head.split(/\r?\n/).forEach((line, index) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
    if (/[\x00-\x08\x0b-\x1f\x7f]/.test(line))
      throw new KnownError(
        `${where}:${index + 1}: a control character in the header (${JSON.stringify(line.slice(0, 60))})`,
        "it could smuggle in another header; correct the subject or the name",
      );
    const previous = headers.at(-1);
    const field = /^([!-9;-~]+):[ \t]?(.*)$/.exec(line);
    if (/^[ \t]/.test(line) && previous)
      headers[headers.length - 1] = { name: previous.name, value: `${previous.value}\n${line}` };
    else if (field) headers.push({ name: field[1]!, value: field[2]! });
    else throw new KnownError(`${where}:${index + 1}: no header: ${JSON.stringify(line.slice(0, 60))}`);
  });
  return { headers, body: separator ? text.slice(separator.index + separator[0].length) : "" };
}

/** The bytes of a message, with LF line ends; SMTP's are the transport's business. */
export function formatMessage({ headers, body }: Message): Buffer {
  return Buffer.from(
    `${headers.map(({ name, value }) => `${name}: ${value}`).join("\n")}\n\n${body}`,
    "latin1",
  );
}

/** The unfolded value of a header, or undefined. */
export function headerOf(message: Message, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const header = message.headers.find((one) => one.name.toLowerCase() === wanted);
  return header?.value.replace(/\n[ \t]+/g, " ").trim();
}

/** Replaces headers of the same names in their place, adds the others at the end; an undefined value removes. */
export function withHeaders(
  message: Message,
  changes: Readonly<Record<string, string | undefined>>,
): Message {
  const left = new Map(Object.entries(changes).map(([name, value]) => [name.toLowerCase(), { name, value }]));
  const seen = new Set<string>();
  const headers = message.headers.flatMap((header) => {
    const key = header.name.toLowerCase();
    const change = left.get(key);
    if (!change) return [header];
    if (seen.has(key) || change.value === undefined) return [];
    seen.add(key);
    return [{ name: change.name, value: change.value }];
  });
  const added = [...left].flatMap(([key, { name, value }]) =>
    seen.has(key) || value === undefined ? [] : [{ name, value }],
  );
  return { headers: [...headers, ...added], body: message.body };
}

/** Everybody whom a header names, each address once; an invalid one is an error, because nobody would get the message. */
export function peopleOf(message: Message, name: string, where: string): Person[] {
  const lines = message.headers.filter((header) => header.name.toLowerCase() === name.toLowerCase());
  const people = lines
    .flatMap(({ value }) => addressparser(value.replace(/\n[ \t]+/g, " "), { flatten: true }))
    .map((mailbox) => ({ name: decodeWords(mailbox.name), address: mailbox.address }));
  for (const { name: label, address } of people)
    if (!isAddress(address))
      throw new KnownError(
        `${where}: ${name}: ${JSON.stringify(address || label)} is no address`,
        "an address is NAME@DOMAIN; nothing was sent",
      );
  return [...new Map(people.map((person) => [person.address, person])).values()];
}

/** The text of a header for people: unfolded, with its encoded words decoded. */
export function headerText(message: Message, name: string): string {
  return decodeWords(headerOf(message, name) ?? "");
}

/** A header's text: non-ASCII words encoded (RFC 2047), folded at 76 columns. `name` only counts for the folding. */
export function textValue(name: string, text: string): string {
  return foldLines(`${name}: ${encodeWords(text, "Q", 52)}`, 76)
    .replaceAll("\r\n", "\n")
    .slice(name.length + 2);
}

/** The value of To, Cc or From: names quoted or encoded as they need, one fold between two addresses where needed. */
export function addressValue(name: string, people: readonly Person[]): string {
  const lines: string[] = [];
  let line = "";
  people.map(mailbox).forEach((text, index) => {
    const item = index === people.length - 1 ? text : `${text},`;
    const width = (lines.length === 0 ? name.length + 2 : 1) + line.length + 1 + item.length;
    if (line && width > 76) {
      lines.push(line);
      line = item;
    } else line = line ? `${line} ${item}` : item;
  });
  return [...lines, line].join("\n ");
}

/** RFC 5322's mailbox: phrases of atoms stay, others are quoted, non-ASCII ones encoded. */
function mailbox({ name, address }: Person): string {
  if (!name) return address;
  if (!isAscii(name)) return `${encodeWord(name, "Q", 52)} <${address}>`;
  return `${/^[\w !#$%&'*+/=?^`{|}~-]+$/.test(name) ? name : quoteString(name)} <${address}>`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
const isAscii = (text: string) => /^[\x00-\x7f]*$/.test(text);
