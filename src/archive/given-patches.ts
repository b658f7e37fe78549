/** The patches of a posted series with the trailers that they were given. */
import { KnownError } from "../base/errors.js";
import type { Message } from "../mail/message.js";
import { patchId } from "../mail/patch-id.js";
import type { GivenPatch } from "./apply-trailers.js";
import { letterOf } from "./letter.js";
import { trackThread } from "./track.js";

/** Given by these, a trailer goes into the commit; a NAK does not. */
const wanted = new Set(["review", "ack", "test"]);

/**
 * @param messageId chooses the series of its message; undefined: the newest of the thread.
 * @throws KnownError when the thread holds no patches.
 */
export function givenPatches(
  messages: readonly Message[],
  messageId: string | undefined,
): readonly GivenPatch[] {
  const all = trackThread(messages.map(letterOf));
  const series =
    all.find(({ patches }) => patches.some((patch) => patch.messageId === messageId && messageId)) ??
    all.at(-1);
  if (!series) throw new KnownError("the thread holds no patches", "name a message of a series");
  const texts = new Map(messages.map((message) => [message.ids[0], message.text]));
  return series.patches
    .filter(({ number, messageId: id }) => number !== 0 && id !== undefined)
    .map(({ title, messageId: id, trailers }) => ({
      title,
      patchId: patchId(texts.get(id!) ?? ""),
      trailers: trailers.filter(({ kind }) => wanted.has(kind)).map(({ trailer }) => trailer),
    }));
}
