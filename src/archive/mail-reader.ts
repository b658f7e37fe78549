/** The mails that one question needs: each is read once, and those that will be needed soon are read together. */
import type { Message } from "../mail/message.js";
import type { Archive, Entry } from "./archive.js";

export class MailReader {
  private readonly known = new Map<number, Message>();

  constructor(private readonly archive: Archive) {}

  /**
   * Reads mails, as many at once as their source lets: one by one, each costs a round trip to git.
   * @throws KnownError when a source changed since it was indexed
   */
  ahead(entries: readonly Entry[]): void {
    const wanted = new Map(entries.map((entry) => [entry.id, entry]));
    const missing = [...wanted.values()].filter(({ id }) => !this.known.has(id));
    let i = 0;
    for (const message of this.archive.messages(missing)) this.known.set(missing[i++]!.id, message);
  }

  read(entry: Entry): Message {
    this.ahead([entry]);
    return this.known.get(entry.id)!;
  }
}
