/**
 * A mail's body taken apart. libmime decodes (words, parameters, charsets, flowed text); only the walk over the
 * parts is here, because whole-mail parsers cost 3 to 30 times as much per message (docs/ARCHIVE.md, "Measured")
 * and lose what they do not understand. Here nothing is lost: what cannot be shown as text is an attachment, and
 * every guess leaves a note.
 */
import { htmlToText } from "html-to-text";
import libmime from "libmime";
import charsets from "libmime/lib/charset.js";
import libqp from "libqp";
import {
  decodeBytes,
  decodeText,
  type Headers,
  headerText,
  parseHeaders,
  parseParameters,
  rawValues,
} from "./header.js";

export interface Part {
  /** 1-based place in the order of leaves: the number in an attachment's address. */
  readonly number: number;
  readonly type: string;
  readonly filename: string | undefined;
  /** Text that people read, LF line ends; undefined for what is only offered as a file. */
  readonly text: string | undefined;
  /** Decoded bytes of an attachment; empty for text parts. */
  readonly bytes: Buffer;
  readonly size: number;
}

export interface Body {
  readonly parts: readonly Part[];
  /** What was odd and how it was read, one sentence each. */
  readonly notes: readonly string[];
}

/** Deeper nesting and more parts than any mailer makes; beyond, the rest is kept as one attachment. */
const maxDepth = 32;
const maxParts = 400;

interface Walk {
  readonly parts: Part[];
  readonly notes: Set<string>;
}

/** Reads a body. Never throws: broken input becomes text with a note. */
export function parseBody(headers: Headers, body: Buffer): Body {
  const walk: Walk = { parts: [], notes: new Set() };
  walkPart(headers, body, 0, walk);
  return { parts: preferPlain(walk), notes: [...walk.notes] };
}

function walkPart(headers: Headers, body: Buffer, depth: number, walk: Walk): void {
  const content = parseParameters(rawValues(headers, "content-type")[0] ?? "text/plain");
  const type = content.value || "text/plain";
  if (depth >= maxDepth || walk.parts.length >= maxParts) {
    walk.notes.add("nested too deep or in too many parts: the rest is shown as it stands");
    addPart(walk, {
      type: "text/plain",
      filename: undefined,
      text: plainText(decodeBytes(body)),
      bytes: Buffer.alloc(0),
      size: body.length,
    });
  } else if (type.startsWith("multipart/")) {
    const pieces = content.params.boundary === undefined ? [] : splitParts(body, content.params.boundary);
    if (pieces.length === 0) {
      walk.notes.add("a multipart without its parts: shown as text");
      addLeaf(headers, "text/plain", {}, body, walk);
    }
    for (const piece of pieces) {
      const { head, rest } = splitHead(piece);
      walkPart(parseHeaders(head), rest, depth + 1, walk);
    }
  } else if (type === "message/rfc822") {
    const { head, rest } = splitHead(decodeTransfer(headers, body, walk));
    const inner = parseHeaders(head);
    const summary = ["from", "to", "cc", "subject", "date", "message-id"].flatMap((name) => {
      const value = headerText(inner, name);
      return value === "" ? [] : [`${name.replace(/(?:^|-)\w/g, (c) => c.toUpperCase())}: ${value}`];
    });
    addPart(walk, {
      type: "text/plain",
      filename: givenName(headers, content.params) ?? "forwarded message",
      text: `${summary.join("\n")}\n`,
      bytes: Buffer.alloc(0),
      size: piece(head),
    });
    walkPart(inner, rest, depth + 1, walk);
  } else addLeaf(headers, type, content.params, body, walk);
}

const piece = (text: string) => Buffer.byteLength(text, "latin1");

function addLeaf(
  headers: Headers,
  type: string,
  params: Readonly<Record<string, string>>,
  body: Buffer,
  walk: Walk,
): void {
  const filename = givenName(headers, params);
  const bytes = decodeTransfer(headers, body, walk);
  const readable =
    type.startsWith("text/") || (/^application\/(?:x-)?(?:patch|diff)$/.test(type) && bytes.length < 1 << 20);
  const text = readable ? plainText(decodeCharset(bytes, params.charset, type, walk)) : undefined;
  const shown =
    text !== undefined && params.format?.toLowerCase() === "flowed"
      ? unflow(text, params.delsp?.toLowerCase() === "yes")
      : text;
  addPart(walk, {
    type,
    filename,
    text: shown,
    bytes: shown === undefined || type === "text/html" ? bytes : Buffer.alloc(0),
    size: bytes.length,
  });
}

function givenName(headers: Headers, params: Readonly<Record<string, string>>): string | undefined {
  const disposition = parseParameters(rawValues(headers, "content-disposition")[0] ?? "");
  const name = disposition.params.filename ?? params.name;
  return name === undefined ? undefined : decodeText(name);
}

function addPart(walk: Walk, part: Omit<Part, "number">): void {
  walk.parts.push({ number: walk.parts.length + 1, ...part });
}

/** Header block and body of a message or part; either line end. */
export function splitHead(raw: Buffer): { readonly head: string; readonly rest: Buffer } {
  const lf = raw.indexOf("\n\n");
  const crlf = raw.indexOf("\r\n\r\n");
  if (raw[0] === 10) return { head: "", rest: raw.subarray(1) };
  if (raw[0] === 13 && raw[1] === 10) return { head: "", rest: raw.subarray(2) };
  if (crlf !== -1 && (lf === -1 || crlf < lf))
    return { head: raw.toString("latin1", 0, crlf), rest: raw.subarray(crlf + 4) };
  if (lf === -1) return { head: raw.toString("latin1"), rest: raw.subarray(raw.length) };
  return { head: raw.toString("latin1", 0, lf), rest: raw.subarray(lf + 2) };
}

/** RFC 2046 §5.1.1: the pieces between boundary lines; a missing end is the end of the text. */
function splitParts(body: Buffer, boundary: string): Buffer[] {
  const mark = Buffer.from(`--${boundary}`, "utf8");
  const pieces: Buffer[] = [];
  let start: number | undefined;
  for (let at = body.indexOf(mark); at !== -1; at = body.indexOf(mark, at + mark.length)) {
    if (at > 0 && body[at - 1] !== 10) continue;
    const lineEnd = body.indexOf(10, at);
    const tail = body.toString("latin1", at + mark.length, lineEnd === -1 ? body.length : lineEnd).trimEnd();
    if (tail !== "" && tail !== "--") continue; // a longer boundary that begins alike
    if (start !== undefined)
      pieces.push(body.subarray(start, Math.max(start, at - (body[at - 2] === 13 ? 2 : 1))));
    start = lineEnd === -1 ? body.length : lineEnd + 1;
    if (tail === "--") return pieces;
  }
  if (start !== undefined && start < body.length) pieces.push(body.subarray(start));
  return pieces;
}

function decodeTransfer(headers: Headers, body: Buffer, walk: Walk): Buffer {
  const encoding = rawValues(headers, "content-transfer-encoding")[0] ?? "7bit";
  const decoded = undoTransfer(encoding, body);
  if (!decoded)
    walk.notes.add(`unknown Content-Transfer-Encoding ${encodingName(encoding)}: read as it stands`);
  return decoded ?? body;
}

const encodingName = (value: string) => value.toLowerCase().replace(/[;\s].*$/, "");

/**
 * Undoes a transfer encoding (RFC 2045, 6).
 * @param encoding the value of Content-Transfer-Encoding.
 * @returns undefined for an unknown one.
 */
export function undoTransfer(encoding: string, body: Buffer): Buffer | undefined {
  switch (encodingName(encoding)) {
    case "base64":
      return Buffer.from(body.toString("latin1"), "base64");
    case "quoted-printable":
      return libqp.decode(body.toString("latin1"));
    case "7bit":
    case "8bit":
    case "7-bit":
    case "8-bit":
    case "binary":
    case "":
      return body;
    default:
      return undefined;
  }
}

function decodeCharset(bytes: Buffer, declared: string | undefined, type: string, walk: Walk): string {
  const charset = (declared ?? "").toLowerCase().replace(/['"]/g, "").trim();
  if (/^(?:|utf-?8|us-ascii|ascii|unknown-8bit|x-unknown|default)$/.test(charset)) return decodeBytes(bytes);
  // GB2312 mail is GBK or GB18030 in practice, which contain it.
  const name = /^(?:gb2312|gbk|euc-cn)$/.test(charset) ? "gb18030" : charset;
  if (charsets.createDecodeStream(name).supported) return charsets.decode(bytes, name);
  walk.notes.add(`unknown charset ${charset} of ${type}: read as UTF-8 or latin1`);
  return decodeBytes(bytes);
}

/** LF line ends; NUL is made visible (U+2400), since neither SQLite's tokenizer nor HTML takes it. */
function plainText(text: string): string {
  const lf = text.includes("\r") ? text.replaceAll("\r\n", "\n") : text;
  return lf.includes("\0") ? lf.replaceAll("\0", "\u2400") : lf;
}

/**
 * RFC 3676. A patch sent flowed keeps its lines: only the stuffed blank is taken off, and only when every line
 * of the diff that begins with a blank begins with two.
 */
function unflow(text: string, delSp: boolean): string {
  if (!/^(?:diff |--- |@@ )/m.test(text)) {
    const joined = libmime.decodeFlowed(text, delSp);
    return text.endsWith("\n") && !joined.endsWith("\n") ? `${joined}\n` : joined;
  }
  const diff = text.slice(text.search(/^(?:diff |--- )/m));
  return /^ /m.test(diff) && !/^ (?! )(?=[^\n])/m.test(diff) ? text.replace(/^ /gm, "") : text;
}

/** Where a plain part says the same, HTML is only a file; where there is none, HTML is turned into text. */
function preferPlain({ parts, notes }: Walk): Part[] {
  const plain = parts.some((part) => part.type === "text/plain" && part.text?.trim());
  return parts.map((part) => {
    if (part.type !== "text/html") return part;
    if (plain) return { ...part, text: undefined };
    notes.add("HTML only: shown as text");
    return { ...part, text: textOfHtml(part.text ?? "") };
  });
}

function textOfHtml(html: string): string {
  return htmlToText(html, {
    wordwrap: false,
    limits: { maxInputLength: 2_000_000, maxDepth: 64, maxChildNodes: 20_000 },
    selectors: [{ selector: "img", format: "skip" }],
  });
}
