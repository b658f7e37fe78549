/**
 * What became of each message, kept beside them, so that a run that was cut off can go on: a message that a server
 * took never goes again, one that no server took is never forgotten.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KnownError } from "../base/errors.js";
import { writeFileAtomic } from "../base/files.js";

/**
 * - `sending`: handed to a transport; the program was stopped before it heard more.
 * - `sent`: the server answered that it takes the responsibility (RFC 5321, 4.2.5).
 * - `partly`: the server took it for some recipients and put others off (RFC 5321, 4.5.3.1.10: 452, too many; or a list
 *   that lets strangers wait).
 * - `refused`: the server, or the way to it, said no; the message has not gone.
 * - `uncertain`: all of it was handed over and no answer came. It may have gone (RFC 1047).
 */
export type SendState = "sending" | "sent" | "partly" | "refused" | "uncertain";

export interface SendEntry {
  readonly messageId: string;
  readonly file: string;
  readonly state: SendState;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Of the last try. */
  readonly recipients: readonly string[];
  /** Recipients for whom a server has taken the responsibility; they get it no more. */
  readonly taken: readonly string[];
  /** Recipients that the server did not take, while it took others. */
  readonly rejected: readonly string[];
  /** What the server or the transport said. */
  readonly answer: string;
}

const SCHEMA = "treewide.sent/1";

export class SendRecord {
  private readonly path: string;
  private readonly entries: Map<string, SendEntry>;

  /** @throws KnownError when there is a record that cannot be read: sending on could send twice. */
  constructor(folder: string) {
    this.path = join(folder, "sent.json");
    this.entries = new Map(read(this.path).map((entry) => [entry.messageId, entry]));
  }

  get(messageId: string): SendEntry | undefined {
    return this.entries.get(messageId);
  }

  /** Whether a message was handed over and no answer came. */
  mayHaveGone(messageId: string): boolean {
    const state = this.entries.get(messageId)?.state;
    return state === "uncertain" || state === "sending";
  }

  /** On disk when it returns. */
  put(entry: SendEntry): void {
    this.entries.set(entry.messageId, entry);
    const content = { schema: SCHEMA, messages: [...this.entries.values()] };
    writeFileAtomic(this.path, `${JSON.stringify(content, null, 2)}\n`);
  }
}

function read(path: string): SendEntry[] {
  if (!existsSync(path)) return [];
  try {
    const { schema, messages } = JSON.parse(readFileSync(path, "utf8"));
    if (schema === SCHEMA && Array.isArray(messages)) return messages;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new KnownError(
    `${path}: is no record of what was sent`,
    "without it messages could go twice: repair it, or remove it if nothing was sent",
  );
}
