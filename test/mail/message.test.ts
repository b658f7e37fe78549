import { expect, test } from "vitest";
import { parseMessage } from "../../src/mail/message.js";

const mail = (...lines: string[]) => Buffer.from(lines.join("\n"), "latin1");

test("GB2312, ISO-2022-JP and windows-1252 bodies and headers are decoded", () => {
  const gb = parseMessage(
    Buffer.concat([
      mail("Subject: =?gb2312?B?1tDOxA==?=", "Content-Type: text/plain; charset=gb2312", "", ""),
      Buffer.from([0xd6, 0xd0, 0xce, 0xc4]),
    ]),
  );
  expect([gb.subject.text, gb.text]).toEqual(["中文", "中文"]);
  const jp = parseMessage(
    mail(
      "Subject: =?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=",
      "Content-Type: text/plain; charset=iso-2022-jp",
      "",
      "\x1b$BF|K\\\x1b(B",
    ),
  );
  expect([jp.subject.text, jp.text]).toEqual(["日本", "日本"]);
  expect(parseMessage(mail("Content-Type: text/plain; charset=windows-1252", "", "\x93q\x94")).text).toBe(
    "“q”",
  );
});

test("addresses are split before their encoded words are decoded", () => {
  const people = (value: string) =>
    parseMessage(Buffer.from(`From: ${value}\n\n`)).from.map(({ name, address }) => [name, address]);
  expect(people("=?utf-8?q?Doe=2C_John?= <john@x.org>")).toEqual([["Doe, John", "john@x.org"]]);
  expect(people("=?utf-8?q?Doe=2C?=\n =?utf-8?q?_J=3B?= <j@x>, B <b@x>")).toEqual([
    ["Doe, J;", "j@x"],
    ["B", "b@x"],
  ]);
  expect(people("j@x (=?utf-8?q?Doe=2C_J?=)")).toEqual([["Doe, J", "j@x"]]);
  expect(people("=?utf-8?q?=3Cevil=40x=3E=0ABcc=3A_?= <j@x>")).toEqual([["<evil@x> Bcc:", "j@x"]]);
});

test("names in quotes, in bare UTF-8 and in words encoded against the rules are read all the same", () => {
  const [person] = parseMessage(Buffer.from('From: "Døe, Jöhn" <j@x>\n\n')).from;
  expect(person).toEqual({ name: "Døe, Jöhn", address: "j@x" });
  const from = (value: string) => parseMessage(mail(`From: ${value}`, "", "")).from;
  const john = [{ name: "Doe, John", address: "j@x" }];
  expect(from('"=?utf-8?q?Doe=2C_John?=" <j@x>')).toEqual(john);
  expect(from("=?utf-8?q?=22Doe=2C_John=22?= <j@x>")).toEqual(john);
  expect(from("=?utf-8?q?Doe,_John?= <j@x>")).toEqual(john);
  expect(from("=?utf-8?q?=22Doe=2C_John=22_=3Cj=40x=3E?=")).toEqual(john);
});

test("an unknown charset is read all the same, and said", () => {
  const message = parseMessage(mail("Content-Type: text/plain; charset=x-nonsense", "", "caf\xe9"));
  expect(message.text).toBe("café");
  expect(message.notes.join()).toContain("unknown charset x-nonsense");
});

test("base64 and quoted-printable patches come out as sent", () => {
  const patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a = b\n+a == b\n";
  const base64 = parseMessage(
    mail("Content-Transfer-Encoding: base64", "", Buffer.from(patch).toString("base64")),
  );
  expect(base64.text).toBe(patch);
  const qp = parseMessage(
    mail("Content-Transfer-Encoding: quoted-printable", "", patch.replaceAll("=", "=3D")),
  );
  expect(qp.text).toBe(patch);
});

test("format=flowed is joined, but never inside a patch", () => {
  const flowed = (body: string) =>
    parseMessage(mail("Content-Type: text/plain; format=flowed", "", body)).text;
  expect(flowed("one \ntwo\n")).toBe("one two\n");
  expect(flowed("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n  context \n-a\n+b\n")).toContain(
    "\n context \n-a",
  );
});

test("a message without an id gets one from its content, and says so", () => {
  const raw = mail("Subject: x", "Date: Mon, 23 Feb 2026 23:29:39 +0800", "", "body");
  const message = parseMessage(raw);
  expect(message.ids[0]).toMatch(/^20260223152939\.[0-9a-f]{20}@z$/);
  expect(message.idMissing).toBe(true);
  expect(parseMessage(raw).ids).toEqual(message.ids);
});

test("references come before In-Reply-To, each once, and addresses are no references", () => {
  const message = parseMessage(
    mail("From: A <a@b>", "References: <1@x> <2@x> <a@b>", "In-Reply-To: <1@x>", "", ""),
  );
  expect(message.references).toEqual(["1@x", "2@x"]);
});

test("a date in the future stays what it says; a date that cannot be read is replaced by the receipt", () => {
  expect(parseMessage(mail("Date: Fri, 01 Jan 2150 00:00:00 +0000", "", "")).date).toBe(5680281600);
  const message = parseMessage(
    mail("Received: from x; Mon, 23 Feb 2026 00:00:00 +0000", "Date: yesterday", "", ""),
  );
  expect(message.date).toBe(1771804800);
  expect(message.notes.join()).toContain("no readable Date");
});

test("HTML alone becomes text; beside plain text it is a file", () => {
  const html = parseMessage(mail("Content-Type: text/html", "", "<p>a &lt;b&gt;</p><script>evil()</script>"));
  expect(html.text.trim()).toBe("a <b>");
  expect(html.notes).toContain("HTML only: shown as text");
  const both = parseMessage(
    mail(
      'Content-Type: multipart/alternative; boundary="b"',
      "",
      "--b",
      "",
      "plain",
      "--b",
      "Content-Type: text/html",
      "",
      "<b>html</b>",
      "--b--",
      "",
    ),
  );
  expect(both.text).toBe("plain");
  expect(both.parts.map(({ type, text }) => [type, text !== undefined])).toEqual([
    ["text/plain", true],
    ["text/html", false],
  ]);
});

test("NUL bytes are shown", () => {
  expect(parseMessage(mail("", "a\0b")).text).toBe("a\u2400b");
});

test("a multipart without its boundary, or without its end, loses nothing", () => {
  expect(parseMessage(mail("Content-Type: multipart/mixed; boundary=x", "", "text")).text).toBe("text");
  expect(parseMessage(mail("Content-Type: multipart/mixed", "", "text")).text).toBe("text");
  expect(parseMessage(mail("Content-Type: multipart/mixed; boundary=x", "", "--x", "", "text\n")).text).toBe(
    "text\n",
  );
});

test("deep nesting and 20 MB end in reasonable time and memory", () => {
  let body = "deep";
  for (let i = 0; i < 200; i++)
    body = `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n${body}\n--b${i}--`;
  expect(parseMessage(Buffer.from(body)).text).toContain("deep");
  expect(parseMessage(mail("Subject: big", "", "x".repeat(20_000_000))).text.length).toBe(20_000_000);
});
