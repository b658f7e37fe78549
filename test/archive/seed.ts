/** The shared data that tests read: a thread, and half a year of linux-pci. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Letter, letterOf } from "../../src/archive/letter.js";
import { readMbox } from "../../src/mail/mbox.js";
import { parseMessage } from "../../src/mail/message.js";

const data = process.env.TREEWIDE_DATA ?? resolve(import.meta.dirname, "../../../../shared/data");
export const seedThread = `${data}/seed-thread.mbox`;
export const bundle = `${data}/linux-pci-2021h1.bundle`;

export function seedLetters(): readonly Letter[] {
  return [...readMbox(readFileSync(seedThread))].map(({ raw }) => letterOf(parseMessage(raw)));
}
