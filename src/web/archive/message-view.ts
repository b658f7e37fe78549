/** A message and its surroundings as the API shows them. */
import type { Archive, Entry } from "../../archive/archive.js";
import { formatAddress } from "../../mail/address.js";
import { diffPaths } from "../../mail/diff.js";
import { parsePatch } from "../../mail/patch.js";
import { sendEmailArguments } from "../../mail/reply.js";
import type { Bench } from "../bench.js";
import { segment } from "../shell.js";

/** Messages of a thread that an answer lists. */
const maxThread = 1000;

export function entryView(archive: Archive, entry: Entry) {
  const { messageId, subject, from, address, date, received, bytes } = entry;
  const href = `/${archive.name}/${segment(messageId)}/`;
  return { messageId, subject, from, address, date, received, bytes, href };
}

export function messageView(bench: Bench, archive: Archive, entry: Entry) {
  const message = archive.message(entry);
  return {
    entry: entryView(archive, entry),
    to: message.to.map(formatAddress),
    cc: message.cc.map(formatAddress),
    references: message.references,
    text: message.text,
    notes: message.notes,
    thread: archive.thread(entry.thread, maxThread).map((each) => entryView(archive, each)),
    reply: sendEmailArguments(message),
    drivers: driversTouched(bench, message.text),
  };
}

export interface TouchedDriver {
  readonly tree: string;
  readonly driver: string;
  readonly href: string;
}

/** The audited drivers whose allocating file a mail's diff touches. */
export function driversTouched(bench: Bench, text: string): TouchedDriver[] {
  if (!text.includes("\n+++ ")) return [];
  const paths = new Set(diffPaths(parsePatch(text).files));
  return [...bench.trees.values()].flatMap(({ name, audited }) =>
    (audited?.rows ?? [])
      .filter(({ driver }) => paths.has(driver.driver))
      .map(({ driver, href }) => ({ tree: name, driver: driver.driver, href: `/tree/${name}/${href}` })),
  );
}
