/** Sends the messages of a folder, in order, each once; stops at the first that does not go. */
import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../base/errors.js";
import { noProgress, type ProgressListener } from "../base/progress.js";
import { mailDate, type Outgoing } from "./outbox.js";
import { formatMessage, headerOf, peopleOf, withHeaders } from "./outbox-message.js";
import type { SendEntry, SendRecord } from "./send-record.js";

/** One message for a transport. */
export interface Parcel {
  readonly file: string;
  readonly from: string;
  readonly recipients: readonly string[];
  /** LF line ends. */
  readonly bytes: Buffer;
}

export type Delivery =
  | {
      readonly state: "sent";
      readonly answer: string;
      /** Addresses to which the server sends nothing, ever. */
      readonly rejected: readonly string[];
      /** Addresses for which the server wants to be asked again. */
      readonly deferred: readonly string[];
    }
  /** Certainly not taken. `again`: worth another try in a while. */
  | { readonly state: "refused"; readonly answer: string; readonly again: boolean }
  | { readonly state: "uncertain"; readonly answer: string };

/** A way for mail to leave the machine. */
export interface Transport {
  /** For people: `mail.example.org:587`. */
  readonly name: string;
  /** Whether it mails a parcel's recipients and nobody else; git send-email adds those of its To. */
  readonly exact: boolean;
  /** Never throws for what happens to one message. */
  deliver(parcel: Parcel): Promise<Delivery>;
  close(): Promise<void>;
}

export interface SendOptions {
  /** Milliseconds between two messages: list servers sort by arrival, and hold bursts. */
  readonly pace: number;
  /** Milliseconds before each further try of a message that was refused for the moment. */
  readonly retries: readonly number[];
  /** Envelope sender; default: the address of From. */
  readonly envelopeFrom?: string;
  /** Send everything only to this address, and keep no record. */
  readonly reflect?: string;
  /** Take messages whose fate is uncertain for sent; default: send them again under the same Message-ID. */
  readonly skipUncertain?: boolean;
  readonly progress?: ProgressListener;
}

export interface SendResult {
  /** Of this run, in order; the last may have failed. */
  readonly entries: readonly SendEntry[];
  /** Files that went in an earlier run. */
  readonly before: readonly string[];
  /** Files that have not been tried, because one before them failed. */
  readonly left: readonly string[];
}

/**
 * Sends what the record does not have as sent. The first failure stops it: later messages of a thread are of no use
 * before the earlier ones.
 * @throws UsageError when only oneself is to be mailed, and the transport cannot do that.
 */
export async function sendAll(
  messages: readonly Outgoing[],
  transport: Transport,
  record: SendRecord,
  options: SendOptions,
): Promise<SendResult> {
  if (options.reflect && !transport.exact)
    throw new UsageError(
      `${transport.name} would also mail the addresses of To`,
      "to reflect, set sendemail.smtpServer to a server or to a program like sendmail",
    );
  const entries: SendEntry[] = [];
  const before: string[] = [];
  const left: string[] = [];
  let failed = false;
  let date = 0;
  for (const outgoing of messages) {
    const messageId = headerOf(outgoing.message, "Message-ID")!;
    const gone =
      record.get(messageId)?.state === "sent" || (options.skipUncertain && record.mayHaveGone(messageId));
    if (gone && !options.reflect) before.push(outgoing.file);
    else if (failed) left.push(outgoing.file);
    else {
      if (entries.length > 0) await sleep(options.pace);
      date = Math.max(Date.now(), date + 1000); // no two alike: readers sort a thread by it
      const message = withHeaders(outgoing.message, { Date: mailDate(new Date(date)) });
      const entry = await sendOne({ ...outgoing, message }, messageId, transport, record, options);
      entries.push(entry);
      failed = entry.state !== "sent";
    }
    (options.progress ?? noProgress)({
      task: "sending",
      done: entries.length + before.length,
      total: messages.length,
    });
  }
  return { entries, before, left };
}

async function sendOne(
  { file, message, to, cc }: Outgoing,
  messageId: string,
  transport: Transport,
  record: SendRecord,
  { reflect, envelopeFrom, retries }: SendOptions,
): Promise<SendEntry> {
  const all = reflect ? [reflect] : [...new Set([...to, ...cc].map(({ address }) => address))];
  const from = envelopeFrom ?? peopleOf(message, "From", file)[0]!.address;
  const taken = new Set(reflect ? [] : record.get(messageId)?.taken);
  const rejected: string[] = [];
  let recipients = all.filter((address) => !taken.has(address));
  const put = (state: SendEntry["state"], answer: string) => {
    const at = new Date().toISOString();
    const entry = {
      messageId,
      file,
      state,
      at,
      recipients,
      taken: [...taken],
      rejected: [...rejected],
      answer,
    };
    if (!reflect) record.put(entry);
    return entry;
  };
  if (all.length === 0) return put("refused", "it has no recipient");
  const waits = [...retries];
  while (recipients.length > 0) {
    put("sending", "");
    const delivery = await transport.deliver({ file, from, recipients, bytes: formatMessage(message) });
    if (delivery.state === "sent") {
      const left = new Set([...delivery.rejected, ...delivery.deferred]);
      for (const address of recipients) if (!left.has(address)) taken.add(address);
      rejected.push(...delivery.rejected);
      if (delivery.deferred.length === 0) return put("sent", delivery.answer);
      // At once: a server that counts recipients takes the next ones in a new transaction.
      recipients = [...delivery.deferred];
      continue;
    }
    const state = delivery.state === "refused" && taken.size > 0 ? "partly" : delivery.state;
    const entry = put(state, delivery.answer);
    const wait = delivery.state === "refused" && delivery.again ? waits.shift() : undefined;
    if (wait === undefined) return entry;
    await sleep(wait);
  }
  return put("sent", "taken before");
}
