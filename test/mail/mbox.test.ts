import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mboxrdEntry, readMbox } from "../../src/mail/mbox.js";
import { seedThread } from "../data.js";

const body = "Subject: x\n\nFrom here\n>From there\n>>From\nend\n";

test("mboxrd round-trips every From line", () => {
  const mbox = Buffer.concat([mboxrdEntry(Buffer.from(body)), mboxrdEntry(Buffer.from("Subject: y\n\n"))]);
  expect([...readMbox(mbox)].map(({ raw }) => raw.toString())).toEqual([body, "Subject: y\n\n"]);
});

test("entries know their bytes", () => {
  const mbox = Buffer.concat([mboxrdEntry(Buffer.from(body)), mboxrdEntry(Buffer.from(body))]);
  const [, second] = [...readMbox(mbox, "mboxrd", 100)];
  expect(second).toMatchObject({ offset: 100 + mbox.length / 2, length: mbox.length / 2 });
});

test("mboxo takes one escape off", () => {
  const mbox = Buffer.from("From a@b Mon\nSubject: x\n\n>From here\n>>From\n\n");
  expect([...readMbox(mbox, "mboxo")].map(({ raw }) => raw.toString())).toEqual([
    "Subject: x\n\nFrom here\n>>From\n",
  ]);
});

test("the seed thread has 26 messages", () => {
  expect([...readMbox(readFileSync(seedThread))]).toHaveLength(26);
});
