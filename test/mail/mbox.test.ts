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

test("a sentence that begins with From begins no mail, as git format-patch leaves it unescaped", () => {
  const mail = "Subject: x\n\nFrom the datasheet, 3:15 of 2021:\nFrom 10:30 on it fails.\nFrom 2021 on\n";
  const mbox = `From a@b Mon Jan  4 10:00:00 2021\n${mail}\nFrom c Tue Jan  5 10:00:00 2021 +0100\nSubject: y\n\n`;
  expect([...readMbox(Buffer.from(mbox))].map(({ raw }) => raw.toString())).toEqual([mail, "Subject: y\n"]);
});

test("the seed thread has 26 messages", () => {
  expect([...readMbox(readFileSync(seedThread))]).toHaveLength(26);
});
