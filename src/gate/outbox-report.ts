/** An outbox and what became of it, as text and as JSON. */
import { plural } from "../base/plural.js";
import { printable, printableLines } from "../base/printable.js";
import { formatPerson } from "../kernel/maintainers-people.js";
import type { Outbox, Outgoing } from "./outbox.js";
import { formatMessage, headerOf, headerText } from "./outbox-message.js";
import type { SendResult } from "./send.js";

/** JSON `treewide.mail/1`. Addresses under which nobody has a name have an empty one. */
export function outboxJson({ messages, warnings }: Outbox): string {
  const items = messages.map(({ file, message, to, cc, leftOut }) => ({
    file,
    subject: headerText(message, "Subject"),
    messageId: headerOf(message, "Message-ID"),
    bytes: formatMessage(message).length,
    to,
    cc,
    leftOut,
  }));
  return `${JSON.stringify({ schema: "treewide.mail/1", messages: items, warnings }, null, 2)}\n`;
}

/** Who would get what. */
export function outboxText(messages: readonly Outgoing[]): string {
  const blocks = messages.map(({ file, message, to, cc, leftOut }) =>
    [
      `${file}: ${headerText(message, "Subject")}`,
      ...to.map((person) => `  To: ${formatPerson(person)}`),
      ...cc.map((person) => `  Cc: ${formatPerson(person)}`),
      ...leftOut.map((person) => `  left out: ${formatPerson(person)}`),
    ]
      .map(printable)
      .join("\n"),
  );
  const people = new Set(messages.flatMap(({ to, cc }) => [...to, ...cc]).map(({ address }) => address));
  return `${blocks.join("\n\n")}\n\n${plural(messages.length, "message")}, ${plural(people.size, "address", "addresses")}\n`;
}

/** One line a message, and what to do when one did not go. */
export function sendText({ entries, before, left }: SendResult): string {
  const lines = [
    ...before.map((file) => `${file}: sent before`),
    ...entries.map(({ file, state, answer, recipients, rejected }) =>
      [
        `${file}: ${state}${answer ? ` (${answer})` : ""}`,
        ...(state === "partly" ? recipients.map((address) => `  ${address}: not yet`) : []),
        ...rejected.map((address) => `  ${address}: the server does not take mail for this address`),
      ].join("\n"),
    ),
    ...left.map((file) => `${file}: not tried`),
  ];
  return `${printableLines(lines.join("\n"))}\n`;
}
