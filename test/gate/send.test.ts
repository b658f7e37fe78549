import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../../src/base/process.js";
import { compose, type Outgoing, readOutbox, writeOutbox } from "../../src/gate/outbox.js";
import { headerOf, parseMessage } from "../../src/gate/outbox-message.js";
import { type SendOptions, sendAll } from "../../src/gate/send.js";
import { mailSettings, senderOf, transportOf } from "../../src/gate/send-config.js";
import { gitTransport, sendmailTransport } from "../../src/gate/send-programs.js";
import { SendRecord } from "../../src/gate/send-record.js";
import { SmtpTransport } from "../../src/gate/send-smtp.js";
import { addSeries, repository, temporaryFolder, write } from "./series.js";

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly bytes: Buffer;
}

/** What the server does with its nth message of all connections, from 1 on; undefined: takes it. */
type Behaviour = (
  nth: number,
) => "drop before data" | "drop after data" | "drop mid data" | 451 | 550 | undefined;

/**
 * A real SMTP server on loopback that keeps what it has answered for with 250.
 * @param rejected addresses that it does not take; of a function, that it puts off.
 * @param most recipients of one transaction; it puts off the others.
 */
async function server(
  behave: Behaviour = () => undefined,
  rejected: readonly string[] | (() => readonly string[]) = [],
  most = 1000,
) {
  const mails: Mail[] = [];
  const sockets = new Set<Socket>();
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  let transactions = 0;
  let connections = 0;
  const smtp = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    onConnect: (_session, done) => {
      connections++;
      done();
    },
    onMailFrom: (_address, _session, done) => {
      transactions++;
      if (behave(transactions) === "drop before data") drop();
      else done();
    },
    onRcptTo: ({ address }, session, done) => {
      const not = (responseCode: number, why: string) =>
        done(Object.assign(new Error(why), { responseCode }));
      if (session.envelope.rcptTo.length >= most) not(452, "too many recipients");
      else if (typeof rejected !== "function") rejected.includes(address) ? not(550, "unknown user") : done();
      else rejected().includes(address) ? not(451, "come back later") : done();
    },
    onData: (stream, session, done) => {
      const what = behave(transactions);
      const chunks: Buffer[] = [];
      if (what === "drop mid data") stream.once("data", drop);
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        if (what === "drop after data" || what === "drop mid data") return drop();
        if (typeof what === "number")
          return done(Object.assign(new Error("not now"), { responseCode: what }));
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom ? mailFrom.address : "",
          to: rcptTo.map(({ address }) => address),
          bytes: Buffer.concat(chunks),
        });
        done();
      });
    },
  });
  smtp.on("error", () => {}); // dropped connections
  smtp.server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => smtp.close(() => resolve())));
  const { port } = smtp.server.address() as AddressInfo;
  return {
    port,
    mails,
    connections: () => connections,
    transport: (more = {}) => {
      const transport = new SmtpTransport({
        host: "127.0.0.1",
        port,
        encryption: "none",
        batch: 0,
        timeout: 5000,
        ...more,
      });
      onTestFinished(() => transport.close());
      return transport;
    },
  };
}

const sender = { name: "Sören Sender", address: "soeren@sender.example" };

/** A folder with five messages, and what is in it. */
async function outbox(): Promise<{ folder: string; messages: Outgoing[]; repository: string }> {
  const repo = await repository();
  await addSeries(repo);
  const folder = join(temporaryFolder(), "out");
  const { folder: tree } = repo;
  const made = compose({
    repository: tree,
    tree,
    range: "base..HEAD",
    sender,
    cc: [],
    policy: "bookends",
    cover: "T\n\nText",
  });
  writeOutbox(folder, made);
  return { folder, messages: readOutbox(folder), repository: tree };
}

const quick: SendOptions = { pace: 0, retries: [] };
const states = (result: Awaited<ReturnType<typeof sendAll>>) => result.entries.map(({ state }) => state);
const idOf = ({ bytes }: Mail) => headerOf(parseMessage(bytes, "mail"), "Message-ID");
const ids = (messages: readonly Outgoing[]) => messages.map(({ message }) => headerOf(message, "Message-ID"));

test("all messages go on one connection, in order, to exactly their addressees, with their bytes", async () => {
  const smtp = await server();
  const { folder, messages } = await outbox();
  const result = await sendAll(messages, smtp.transport(), new SendRecord(folder), quick);
  expect(states(result)).toEqual(Array(5).fill("sent"));
  expect(smtp.connections()).toBe(1);
  expect(smtp.mails.map(idOf)).toEqual(ids(messages));
  for (const [index, { from, to, bytes }] of smtp.mails.entries()) {
    const { message, to: wanted, cc } = messages[index]!;
    expect(from).toBe("soeren@sender.example");
    expect(to).toEqual([...wanted, ...cc].map(({ address }) => address));
    const body = parseMessage(bytes, "mail").body.replaceAll("\r\n", "\n");
    expect(body.trimEnd()).toBe(message.body.trimEnd());
  }
});

test("a message that went never goes again", async () => {
  const smtp = await server();
  const { folder, messages } = await outbox();
  await sendAll(messages, smtp.transport(), new SendRecord(folder), quick);
  const again = await sendAll(messages, smtp.transport(), new SendRecord(folder), quick);
  expect(again).toMatchObject({ entries: [], left: [] });
  expect(again.before).toHaveLength(5);
  expect(smtp.mails).toHaveLength(5);
});

test.each(["drop before data", "drop after data", "drop mid data", 451, 550] as const)(
  "%s at the third message: the run stops there, and the next one goes on, nothing twice, nothing lost",
  async (what) => {
    let broken = true;
    const smtp = await server((nth) => (broken && nth === 3 ? what : undefined));
    const { folder, messages } = await outbox();
    const first = await sendAll(messages, smtp.transport(), new SendRecord(folder), quick);
    expect(states(first).slice(0, 2)).toEqual(["sent", "sent"]);
    expect(first.entries[2]!.state).toBe(
      what === "drop before data" || typeof what === "number" ? "refused" : "uncertain",
    );
    expect(first.left).toEqual(messages.slice(3).map(({ file }) => file));
    broken = false;
    const second = await sendAll(messages, smtp.transport(), new SendRecord(folder), quick);
    expect(states(second)).toEqual(["sent", "sent", "sent"]);
    expect(smtp.mails.map(idOf)).toEqual(ids(messages));
  },
);

test("a refusal for the moment is tried again on a new connection; one for good is not", async () => {
  const { folder, messages } = await outbox();
  const moody = await server((nth) => (nth === 2 ? "drop before data" : nth === 3 ? 451 : undefined));
  const result = await sendAll(messages, moody.transport(), new SendRecord(folder), {
    pace: 0,
    retries: [1, 1],
  });
  expect(states(result)).toEqual(Array(5).fill("sent"));
  expect(moody.mails.map(idOf)).toEqual(ids(messages));
  const firm = await server(() => 550);
  const other = await outbox();
  const refused = await sendAll(other.messages, firm.transport(), new SendRecord(other.folder), {
    pace: 0,
    retries: [1, 1],
  });
  expect(refused.entries).toMatchObject([{ state: "refused", answer: expect.stringContaining("550") }]);
});

test("an uncertain message is never tried again within a run; --skip-uncertain takes it for sent", async () => {
  const smtp = await server((nth) => (nth === 2 ? "drop after data" : undefined));
  const { folder, messages } = await outbox();
  const first = await sendAll(messages, smtp.transport(), new SendRecord(folder), {
    pace: 0,
    retries: [1, 1],
  });
  expect(states(first)).toEqual(["sent", "uncertain"]);
  const skipped = { ...quick, skipUncertain: true };
  const second = await sendAll(messages, smtp.transport(), new SendRecord(folder), skipped);
  expect(second.before).toEqual(messages.slice(0, 2).map(({ file }) => file));
  expect(smtp.mails.map(idOf)).toEqual(ids(messages).filter((_, index) => index !== 1));
});

test("a program killed while it sends leaves an uncertain message in the record", async () => {
  const { folder, messages } = await outbox();
  const record = new SendRecord(folder);
  const stuck = {
    name: "stuck",
    exact: true,
    deliver: () => new Promise<never>(() => {}),
    close: async () => {},
  };
  void sendAll(messages, stuck, record, quick);
  const saved = new SendRecord(folder).get(ids(messages)[0]!);
  expect(saved?.state).toBe("sending");
});

test("recipients that the server does not take are named; the others get the message", async () => {
  const smtp = await server(undefined, ["kernel@lists.example"]);
  const { folder, messages } = await outbox();
  const { entries } = await sendAll(messages, smtp.transport(), new SendRecord(folder), quick);
  expect(
    entries.every(({ state, rejected }) => state === "sent" && rejected.join() === "kernel@lists.example"),
  ).toBe(true);
});

test("recipients beyond what the server takes at once get the message in further transactions, nobody twice", async () => {
  const { folder, messages } = await outbox();
  const smtp = await server(undefined, [], 3);
  const result = await sendAll(messages, smtp.transport(), new SendRecord(folder), quick);
  expect(states(result)).toEqual(Array(5).fill("sent"));
  for (const { message, to, cc } of messages) {
    const got = smtp.mails.filter((mail) => idOf(mail) === headerOf(message, "Message-ID"));
    const everybody = [...to, ...cc].map(({ address }) => address);
    expect(got.flatMap((mail) => mail.to)).toEqual(everybody);
    expect(got).toHaveLength(Math.ceil(everybody.length / 3));
  }
});

test("recipients who are put off are not lost: the next run sends to them alone", async () => {
  const { folder, messages } = await outbox();
  let waiting = ["kernel@lists.example"];
  const smtp = await server(undefined, () => waiting);
  const first = await sendAll(messages, smtp.transport(), new SendRecord(folder), {
    ...quick,
    retries: [1],
  });
  expect(first.entries).toMatchObject([{ state: "partly", recipients: ["kernel@lists.example"] }]);
  waiting = [];
  const second = await sendAll(messages, smtp.transport(), new SendRecord(folder), quick);
  expect(states(second)).toEqual(Array(5).fill("sent"));
  expect(smtp.mails.slice(0, 2).map(idOf)).toEqual([ids(messages)[0], ids(messages)[0]]);
  expect(smtp.mails[0]!.to).not.toContain("kernel@lists.example");
  expect(smtp.mails[1]!.to).toEqual(["kernel@lists.example"]);
});

test("--reflect sends only to oneself, and leaves no record", async () => {
  const smtp = await server();
  const { folder, messages } = await outbox();
  await sendAll(messages, smtp.transport(), new SendRecord(folder), {
    ...quick,
    reflect: "me@sender.example",
  });
  expect(smtp.mails).toHaveLength(5);
  expect(new Set(smtp.mails.flatMap(({ to }) => to))).toEqual(new Set(["me@sender.example"]));
  expect(readdirSync(folder)).not.toContain("sent.json");
  const through = sendAll(messages, gitTransport(folder), new SendRecord(folder), {
    ...quick,
    reflect: "me@x.y",
  });
  await expect(through).rejects.toThrow("would also mail the addresses of To");
});

test("a server that is not there, or says nothing, is a refusal", async () => {
  const { folder, messages } = await outbox();
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  const transport = new SmtpTransport({
    host: "127.0.0.1",
    port,
    encryption: "none",
    batch: 0,
    timeout: 200,
  });
  expect(states(await sendAll(messages, transport, new SendRecord(folder), quick))).toEqual(["refused"]);
  await new Promise((resolve) => silent.close(resolve));
  expect(states(await sendAll(messages, transport, new SendRecord(folder), quick))).toEqual(["refused"]);
});

/** A server that nobody can log in to, and its end of the connections; `drop` ends them instead of an answer. */
async function lockedServer(drop: boolean) {
  const sockets: Socket[] = [];
  const smtp = new SMTPServer({
    allowInsecureAuth: true,
    hideSTARTTLS: true,
    socketTimeout: 600_000,
    onAuth: (_auth, _session, done) => {
      if (drop) for (const socket of sockets) socket.destroy();
      else done(Object.assign(new Error("wrong password"), { responseCode: 535 }));
    },
  });
  smtp.on("error", () => {});
  smtp.server.on("connection", (socket: Socket) => sockets.push(socket));
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => smtp.close(() => resolve()));
  });
  const transport = new SmtpTransport({
    host: "127.0.0.1",
    port: (smtp.server.address() as AddressInfo).port,
    encryption: "none",
    login: { user: "me", pass: "wrong" },
    batch: 0,
  });
  return { sockets, transport };
}

const parcel = { file: "a", from: "me@x.y", recipients: ["a@x.y"], bytes: Buffer.from("Subject: s\n\nb\n") };

test("a connection on which the login fails is closed at once, not when the server gives up", async () => {
  const { sockets, transport } = await lockedServer(false);
  const { state, answer } = await transport.deliver(parcel);
  expect([state, answer]).toEqual(["refused", expect.stringContaining("wrong password")]);
  const [socket] = sockets;
  if (!socket!.destroyed) await once(socket!, "close");
});

test("a connection that breaks while it logs in is a refusal, after which another try is worth while", async () => {
  const { transport } = await lockedServer(true);
  expect(await transport.deliver(parcel)).toMatchObject({ state: "refused", again: true });
});

test("sendemail.smtpBatchSize opens a new connection after so many messages", async () => {
  const smtp = await server();
  const { folder, messages } = await outbox();
  await sendAll(messages, smtp.transport({ batch: 2 }), new SendRecord(folder), quick);
  expect(smtp.connections()).toBe(3);
});

test("a record that cannot be read stops everything", async () => {
  const { folder } = await outbox();
  writeFileSync(join(folder, "sent.json"), "{");
  expect(() => new SendRecord(folder)).toThrow("no record of what was sent");
});

test("a sendmail program gets the addressees and the message", async () => {
  const { folder, messages } = await outbox();
  const program = join(folder, "fakemail");
  write(folder, {
    fakemail:
      '#!/bin/sh\n[ "$5" = bad@x.y ] && { echo no such user >&2; exit 67; }\necho "$@" > "$0.args"; cat > "$0.mail"\n',
  });
  await run("chmod", ["+x", program]);
  const transport = sendmailTransport(program);
  const parcel = {
    file: "a",
    from: "me@x.y",
    recipients: ["a@x.y", "b@x.y"],
    bytes: Buffer.from("Subject: s\n\nb\n"),
  };
  expect((await transport.deliver(parcel)).state).toBe("sent");
  expect(readFileSync(`${program}.args`, "utf8")).toBe("-i -f me@x.y -- a@x.y b@x.y\n");
  expect(readFileSync(`${program}.mail`, "utf8")).toBe("Subject: s\n\nb\n");
  expect(await transport.deliver({ ...parcel, recipients: ["bad@x.y"] })).toMatchObject({
    state: "refused",
    answer: "no such user",
  });
  expect(messages).toHaveLength(5);
});

test("a sender whose address has no domain is told so", async () => {
  const repo = await repository();
  await repo.git("config", "user.email", "root");
  expect(() => senderOf(repo.folder, mailSettings(repo.folder))).toThrow("Sören Sender <root>: your address");
});

test("settings come from sendemail.* and the identity's", async () => {
  const repo = await repository();
  await repo.git("config", "sendemail.smtpServer", "mail.x.y");
  await repo.git("config", "sendemail.smtpEncryption", "ssl");
  await repo.git("config", "sendemail.work.smtpEncryption", "tls");
  await repo.git("config", "sendemail.identity", "work");
  await repo.git("config", "sendemail.from", "Other Name <other@x.y>");
  const settings = mailSettings(repo.folder);
  expect(senderOf(repo.folder, settings)).toEqual({ name: "Other Name", address: "other@x.y" });
  expect(transportOf(repo.folder, settings).name).toBe("mail.x.y:587");
  expect(transportOf(repo.folder, new Map([["smtpserver", "/usr/bin/msmtp"]])).name).toBe("/usr/bin/msmtp");
  expect(transportOf(repo.folder, new Map()).name).toBe("git send-email");
  expect(() => transportOf(repo.folder, new Map(), "smtp")).toThrow("no SMTP server is set");
});

const sendEmail = await run("git", ["send-email", "--version"], { accept: "any" }).catch(() => undefined);
test.runIf(sendEmail && !/not a git command/.test(sendEmail.stderr.toString()))(
  "git send-email sends the same messages to the same people",
  async () => {
    const smtp = await server();
    const { folder, messages, repository: repo } = await outbox();
    await run("git", ["config", "sendemail.smtpServer", "127.0.0.1"], { cwd: repo });
    await run("git", ["config", "sendemail.smtpServerPort", String(smtp.port)], { cwd: repo });
    const result = await sendAll(messages, gitTransport(repo), new SendRecord(folder), quick);
    expect(result.entries.map(({ state, answer }) => [state, answer])).toEqual(
      Array(5).fill(["sent", "taken"]),
    );
    expect(smtp.mails.map(idOf)).toEqual(ids(messages));
    expect(smtp.mails.map(({ to }) => [...to].sort())).toEqual(
      messages.map(({ to, cc }) => [...to, ...cc].map(({ address }) => address).sort()),
    );
  },
);
