/** The transfer encoding of a message's body: as it is whenever every server can take it, quoted-printable else. */
import { type Message, withHeaders } from "./outbox-message.js";

/**
 * Declares charset and encoding. A body with a line of more than 998 bytes (RFC 5322, 2.1.1) or with a carriage
 * return, which servers take for a line's end, becomes quoted-printable; else it stays 7bit or 8bit. That is git
 * send-email's `--transfer-encoding=auto`. Never format=flowed: it would eat a patch's trailing spaces.
 */
export function encodeBody(message: Message): Message {
  const { body } = message;
  const encode = /\r|[^\n]{999}/.test(body);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  const ascii = /^[\x00-\x7f]*$/.test(body);
  const declared = withHeaders(message, {
    "MIME-Version": "1.0",
    "Content-Type": `text/plain; charset=${ascii ? "us-ascii" : "UTF-8"}`,
    "Content-Transfer-Encoding": encode ? "quoted-printable" : ascii ? "7bit" : "8bit",
  });
  return encode ? { headers: declared.headers, body: quotedPrintable(body) } : declared;
}

/**
 * RFC 2045, 6.7. Not nodemailer's, which leaves carriage returns and tabs at the ends of lines as they are, for a
 * server to change.
 */
function quotedPrintable(body: string): string {
  return body.split("\n").map(quoteLine).join("\n");
}

function quoteLine(line: string): string {
  const encoded = line
    .replace(/[^\t -<>-~]/g, hex)
    .replace(/[\t ]$/, hex)
    .replace(/^(?:\.|From )/, (start) => hex(start[0]!) + start.slice(1)); // relays change these
  const lines = [""];
  for (const [token] of encoded.matchAll(/=[0-9A-F]{2}|./g)) {
    if (lines.at(-1)!.length + token.length > 75) lines.push("");
    lines[lines.length - 1] += token;
  }
  return lines.join("=\n");
}

const hex = (character: string) => `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
