import { expect, test } from "vitest";
import { parseSubject, threadSubject } from "../../src/mail/subject.js";

const cases: readonly [string, Partial<ReturnType<typeof parseSubject>>][] = [
  ["[PATCH] a: b", { patch: true, version: 1, versionInferred: true, number: undefined, title: "a: b" }],
  [
    "Re: [RFC PATCH net-next v3 04/12] a: b",
    {
      reply: true,
      patch: true,
      rfc: true,
      version: 3,
      number: 4,
      total: 12,
      tags: ["net-next"],
      title: "a: b",
    },
  ],
  ["[PATCHv2 0/37] PCI/MSI: x", { patch: true, version: 2, number: 0, total: 37, title: "PCI/MSI: x" }],
  ["[RFC/PATCH] x", { patch: true, rfc: true, title: "x" }],
  ["[PATCH RESEND v4,1/2] x", { resend: true, version: 4, number: 1, total: 2 }],
  ["[GIT PULL] PCI fixes for v5.12", { patch: false, pull: true, title: "PCI fixes for v5.12" }],
  ["[pci:next] BUILD SUCCESS", { patch: false, tags: ["pci:next"], title: "BUILD SUCCESS" }],
  ["Re[2]: AW: [PATCH v12 1/9] x [y] z", { reply: true, version: 12, title: "x [y] z" }],
  ["[PATCH 5.10 003/126] x", { patch: true, number: 3, total: 126, tags: ["5.10"] }],
  ["", { patch: false, title: "" }],
];

for (const [subject, expected] of cases)
  test(`subject "${subject}"`, () => expect(parseSubject(subject)).toMatchObject(expected));

test("replies are grouped with what they answer by subject", () => {
  expect(threadSubject("RE: Fwd:  [PATCH  1/2] A b")).toBe(threadSubject("[PATCH 1/2] a b"));
});
