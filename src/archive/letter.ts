/** A message with its text at hand, in the form that review reading works on. */
import type { Message } from "../mail/message.js";
import type { Posted } from "../mail/series.js";

export interface Letter extends Posted {
  readonly from: string;
  readonly text: string;
  /** Addresses and names in To, lower case: whom the author asks. */
  readonly to: readonly string[];
}

export function letterOf(message: Message): Letter {
  const from = message.from[0];
  return {
    messageId: message.ids[0],
    references: message.references,
    date: message.date,
    subject: message.subject.text,
    from: from?.name || from?.address || "(no author)",
    address: (from?.address ?? "").toLowerCase(),
    text: message.text,
    to: message.to
      .flatMap(({ address, name }) => (name === "" ? [address] : [address, name]))
      .map((each) => each.toLowerCase()),
  };
}
