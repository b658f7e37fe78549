import { expect, test } from "vitest";
import { parseMessage } from "../../src/mail/message.js";
import { mailtoLink, replyTemplate, sendEmailArguments } from "../../src/mail/reply.js";

const message = parseMessage(
  Buffer.from(`From: "Doe, Jane" <jane@x>
To: Me <me@x>, B <b@x>
Cc: list@x, B <B@X>
Subject: [PATCH] a
Date: Mon, 23 Feb 2026 19:38:33 +0200
Message-ID: <2@x>
References: <0@x> <1@x>

Hello

> quoted
--${" "}
Jane
`),
);

test("a reply goes to the author, and to everybody else once, but not to oneself", () => {
  expect(replyTemplate(message, "Me <me@x>", ["me@x"])).toBe(`From: Me <me@x>
To: "Doe, Jane" <jane@x>
Cc: B <b@x>,
 list@x
Subject: Re: [PATCH] a
In-Reply-To: <2@x>
References: <0@x>
 <1@x>
 <2@x>

On Mon, 23 Feb 2026 19:38:33 +0200, Doe, Jane wrote:
> Hello
>
>> quoted
`);
});

test("git send-email's switches are safe for a shell", () => {
  const odd = parseMessage(Buffer.from("From: <a'b$(x)@x>\nMessage-ID: <i;d@x>\n\n"));
  expect(sendEmailArguments(odd)).toEqual(["--in-reply-to='i;d@x'", "--to='a'\\''b$(x)@x'"]);
});

test("the mailto: link encodes what it carries", () => {
  expect(mailtoLink(message)).toBe(
    "mailto:jane@x?In-Reply-To=%3C2@x%3E&Cc=b%40x%2Clist%40x%2Cme%40x&Subject=Re%3A%20%5BPATCH%5D%20a",
  );
});

test("a mailto link carries an id with a quote as it is", () => {
  const odd = parseMessage(Buffer.from("From: a@x\nMessage-ID: <o'k@x>\nSubject: b\n\n"));
  expect(mailtoLink(odd)).toBe("mailto:a@x?In-Reply-To=%3Co'k@x%3E&Subject=Re%3A%20b");
});
