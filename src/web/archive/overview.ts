/** The list of a thread's messages, each below what it answers. */
import type { Listed } from "../../archive/listing.js";
import {
  linesBegin,
  linesEnd,
  markedLine,
  type ThreadItem,
  threadLines,
} from "../../archive/thread-lines.js";
import type { Placed } from "../../mail/thread.js";
import { type Html, raw, segment } from "../shell.js";

/**
 * @param here the message that the page shows
 * @param link where a message's line leads
 */
export function overview(
  placed: readonly Placed<ThreadItem>[],
  here: number | undefined,
  link: (entry: Listed) => string,
): Html {
  const lines = threadLines(placed, link);
  const at = placed.findIndex(({ message }) => message.entry.id === here);
  const shown = lines.map((line, i) => (i === at ? markedLine(line) : line));
  return raw(`${linesBegin}${shown.join("")}${linesEnd}`);
}

export const messageLink = (entry: Listed) => `../${segment(entry.messageId)}/`;
