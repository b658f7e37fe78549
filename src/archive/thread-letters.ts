/** The thread that a user names: by a Message-ID in the archives, by a URL, or as an mbox file. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { KnownError } from "../base/errors.js";
import { unpacked } from "../base/gunzip.js";
import { readMbox } from "../mail/mbox.js";
import { type Message, parseMessage } from "../mail/message.js";
import { openArchives } from "./open.js";

export interface NamedThread {
  readonly messages: readonly Message[];
  /** The id that was named, when it was one. */
  readonly messageId: string | undefined;
}

/** `<id>`, `id`, `mid:id` or a public-inbox URL of a message. */
function messageIdOf(text: string): string {
  const url = /^https?:\/\/[^/]+\/(?:[^/]+\/)*?([^/?#]*(?:@|%40)[^/?#]*)/.exec(text);
  const id = url ? decodeURIComponent(url[1]!) : text;
  return id
    .replace(/^mid:/, "")
    .replace(/^<(.*)>$/, "$1")
    .trim();
}

/**
 * @param name a Message-ID, a URL of one, or the path of an mbox.
 * @param archive where to look; undefined: in all archives.
 * @throws KnownError when no archive has it.
 */
export function namedThread(name: string, archive: string | undefined): NamedThread {
  if (existsSync(name) && statSync(name).isFile()) {
    const messages = [...readMbox(unpacked(readFileSync(name), name))].map(({ raw }) => parseMessage(raw));
    if (messages.length === 0)
      throw new KnownError(`${name}: no mbox`, "name a Message-ID, or an mbox with a thread");
    return { messages, messageId: undefined };
  }
  const id = messageIdOf(name);
  for (const opened of openArchives(archive)) {
    const entry = opened.byMessageId(id)[0];
    if (!entry) continue;
    const messages = [...opened.messages(opened.thread(entry.thread))];
    return { messages, messageId: entry.messageId };
  }
  throw new KnownError(
    `no archive has the message ${id}`,
    "run `treewide archive update`, or add its thread: treewide archive add NAME https://lore.kernel.org/all/MSGID/",
  );
}
