/** The shared data that tests read: a thread, and half a year of linux-pci. */
import { readFileSync } from "node:fs";
import { type Letter, letterOf } from "../../src/archive/letter.js";
import { readMbox } from "../../src/mail/mbox.js";
import { parseMessage } from "../../src/mail/message.js";
import { seedThread } from "../data.js";

export { bundle, seedThread } from "../data.js";

export function seedLetters(): readonly Letter[] {
  return [...readMbox(readFileSync(seedThread))].map(({ raw }) => letterOf(parseMessage(raw)));
}
