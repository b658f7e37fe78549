/** A mail's header block: fields in order, unfolded; values decoded when asked (RFC 5322, RFC 2047). */
import libmime from "libmime";
import { type Address, parseAddresses, plainName } from "./address.js";

/** Header fields as sent: names in lower case, values unfolded, bytes as latin1. */
export interface Headers {
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** Reads a header block (without the empty line that ends it). A line that is no field continues the one before. */
export function parseHeaders(block: string): Headers {
  const fields: [string, string][] = [];
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    const last = fields.at(-1);
    if (/^[ \t]/.test(line)) {
      if (last) last[1] += line;
    } else if (colon > 0 && !/[\s]/.test(line.slice(0, colon).trimEnd()))
      fields.push([line.slice(0, colon).trimEnd().toLowerCase(), line.slice(colon + 1).trim()]);
  }
  return { fields };
}

/** The raw values of a field, in order. */
export function rawValues({ fields }: Headers, name: string): readonly string[] {
  const values: string[] = [];
  for (const field of fields) if (field[0] === name) values.push(field[1]);
  return values;
}

/** A field's values decoded and joined: several To lines are one list. "" when there is none. */
export function headerText(headers: Headers, name: string): string {
  return rawValues(headers, name).map(decodeText).join(", ");
}

/**
 * The people whom a field names, in order. The list is taken apart before encoded words are decoded, since what they
 * hold is text: a comma in a name parts nothing (RFC 2047, 6.2). Bare UTF-8 (RFC 6532) does not get in the way of that.
 */
export function headerAddresses(headers: Headers, name: string): readonly Address[] {
  return rawValues(headers, name)
    .flatMap((value) => parseAddresses(decodeBare(value)))
    .flatMap(({ name: text, address }) => {
      // Some mailers encode the address as well, or the quotes around the name, against RFC 2047, 5.
      if (address.includes("=?")) return parseAddresses(decodeWords(address));
      return { name: text.includes("=?") ? plainName(decodeWords(text)) : text, address };
    });
}

/** Decodes encoded words and bare 8-bit text. */
export function decodeText(raw: string): string {
  return decodeWords(decodeBare(raw)).trim();
}

/** Decodes bare 8-bit text: UTF-8 when it is valid, else latin1, as mailers do. */
function decodeBare(raw: string): string {
  return /[\x80-\xff]/.test(raw) ? decodeBytes(Buffer.from(raw, "latin1")) : raw;
}

/** Decodes the encoded words of a text that is Unicode otherwise (RFC 2047). A broken one stays as it is. */
export function decodeWords(text: string): string {
  if (!text.includes("=?")) return text;
  try {
    return libmime.decodeWords(text);
  } catch {
    return text;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes without a declared charset: UTF-8 when valid, else latin1. */
export function decodeBytes(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  }
}

/** `type/subtype; name=value` in lower case, with its parameters decoded (RFC 2231). */
export function parseParameters(value: string): {
  readonly value: string;
  readonly params: Readonly<Record<string, string>>;
} {
  try {
    const parsed = libmime.parseHeaderValue(value);
    return {
      value: String(parsed.value).toLowerCase().trim(),
      params: parsed.params as Record<string, string>,
    };
  } catch {
    return { value: value.split(";")[0]!.toLowerCase().trim(), params: {} };
  }
}
