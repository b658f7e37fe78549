import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../src/base/process.js";
import { type ComposeOptions, compose, MAX_BYTES, readOutbox, writeOutbox } from "../../src/gate/outbox.js";
import { encodeBody } from "../../src/gate/outbox-encoding.js";
import {
  addressValue,
  formatMessage,
  headerOf,
  headerText,
  parseMessage,
  peopleOf,
  textValue,
} from "../../src/gate/outbox-message.js";
import { decodeWords } from "../../src/mail/header.js";
import { unusualSettings } from "../kernel/fixture.js";
import { addSeries, gitEnvironment, type Repository, repository, temporaryFolder } from "./series.js";

const sender = { name: "Sören Sender", address: "soeren@sender.example" };
const COVER = "PCI: Übernahme für alle\n\nThis is the blurb.\n";

function options(repo: Repository, more: Partial<ComposeOptions> = {}): ComposeOptions {
  const common = { repository: repo.folder, tree: repo.folder, range: "base..HEAD", sender, cc: [] };
  return { ...common, policy: "bookends", cover: COVER, ...more };
}

async function series(): Promise<Repository> {
  const repo = await repository();
  await addSeries(repo);
  return repo;
}

/** Applies messages onto `base` and returns the resulting tree. */
async function applied(repo: Repository, files: readonly string[]): Promise<string> {
  await repo.git("checkout", "-q", "--detach", "base");
  await repo.git("am", "-q", ...files);
  return repo.git("rev-parse", "HEAD^{tree}");
}

function written(repo: Repository, more: Partial<ComposeOptions> = {}): { folder: string; files: string[] } {
  const folder = join(temporaryFolder(), "out");
  writeOutbox(folder, compose(options(repo, more)));
  return {
    folder,
    files: readdirSync(folder)
      .sort()
      .map((name) => join(folder, name)),
  };
}

test("the messages are one thread, encoded, dated in order, with base-commit", async () => {
  const repo = await series();
  const { messages, warnings } = compose(options(repo));
  const ids = messages.map(({ message }) => headerOf(message, "Message-Id"));
  expect(new Set(ids).size).toBe(5);
  expect(messages.slice(1).map(({ message }) => headerOf(message, "In-Reply-To"))).toEqual(
    Array(4).fill(ids[0]),
  );
  expect(headerText(messages[0]!.message, "Subject")).toBe("[PATCH 0/4] PCI: Übernahme für alle");
  expect(headerOf(messages[0]!.message, "Subject")).toMatch(/^\[PATCH 0\/4\] PCI: =\?UTF-8\?/);
  expect(messages[0]!.message.body).toContain(`base-commit: ${await repo.git("rev-parse", "base")}`);
  const dates = messages.map(({ message }) => Date.parse(headerOf(message, "Date")!));
  expect(dates).toEqual(dates.toSorted((one, two) => one - two));
  for (const { message } of messages) {
    expect(headerText(message, "From")).toBe("Sören Sender <soeren@sender.example>");
    expect(formatMessage(message).toString("latin1").split("\n\n")[0]).toMatch(/^[\n\x20-\x7e]*$/);
    expect(headerOf(message, "Content-Type")).not.toContain("flowed");
  }
  expect(warnings).toEqual([]);
});

test("git am applies what was written, to the same tree", async () => {
  const repo = await series();
  const tree = await repo.git("rev-parse", "HEAD^{tree}");
  expect(await applied(repo, written(repo).files.slice(1))).toBe(tree);
});

test("b4 am takes the series as complete, and git am its result", async () => {
  const repo = await series();
  const tree = await repo.git("rev-parse", "HEAD^{tree}");
  const { files, folder } = written(repo);
  const mbox = join(folder, "all.mbox");
  const bodies = files.map((file) => readFileSync(file, "utf8"));
  writeFileSync(mbox, bodies.map((text) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${text}\n`).join(""));
  const out = join(folder, "b4");
  mkdirSync(out);
  const id = headerOf(parseMessage(readFileSync(files[0]!), "0"), "Message-Id")!.slice(1, -1);
  const { stderr } = await run("b4", ["--offline-mode", "am", "-m", mbox, "-o", out, id], {
    cwd: repo.folder,
    env: {
      ...gitEnvironment,
      HOME: folder,
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "b4.attestation-policy",
      GIT_CONFIG_VALUE_0: "off",
    },
  });
  expect(stderr.toString()).toContain("Total patches: 4");
  const result = readdirSync(out).find((name) => name.endsWith(".mbx"))!;
  expect(await applied(repo, [join(out, result)])).toBe(tree);
});

test("long lines, carriage returns and bytes that are no text survive as quoted-printable or as they are", async () => {
  const repo = await repository();
  const long = `"${"x".repeat(1500)}=ü \t"`;
  await repo.commit("alpha: Long line", { "drivers/alpha/a.c": `int a;\n${long}\nFrom here\n.\n` });
  await repo.commit("beta: DOS line ends", { "drivers/beta/b.c": "one\r\ntwo\r\nthree \r\n" });
  const tree = await repo.git("rev-parse", "HEAD^{tree}");
  const { files } = written(repo);
  const messages = files.map((file) => readFileSync(file, "latin1"));
  expect(messages[1]).toContain("Content-Transfer-Encoding: quoted-printable");
  for (const text of messages) for (const line of text.split("\n")) expect(line.length).toBeLessThan(999);
  await repo.git("checkout", "-q", "--detach", "base");
  await repo.git("am", "-q", "--keep-cr", ...files.slice(1));
  expect(await repo.git("rev-parse", "HEAD^{tree}")).toBe(tree);
});

test("quoted-printable lines are at most 76 characters and decode to the same bytes", () => {
  const body = `${"ä=".repeat(100)} \n.\nFrom x\n\ttab\t\r\n${"y".repeat(1000)}\n`;
  const message = encodeBody({ headers: [], body: Buffer.from(body).toString("latin1") });
  expect(Math.max(...message.body.split("\n").map((line) => line.length))).toBeLessThanOrEqual(76);
  const bytes = message.body
    .replace(/=\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  expect(Buffer.from(bytes, "latin1").toString()).toBe(body);
});

test("version 2 has its changelog and a range-diff; it is refused without a changelog", async () => {
  const repo = await series();
  await repo.git("branch", "v1");
  await repo.git("commit", "-q", "--amend", "-m", "PCI: Drop c, it is unused");
  const second = { version: 2, previous: "base..v1", inReplyTo: "<v1@sender.example>" };
  const { messages } = compose(options(repo, { ...second, changelog: "- said why\n" }));
  expect(messages[0]!.file).toBe("v2-0000-cover-letter.eml");
  expect(headerText(messages[0]!.message, "Subject")).toContain("[PATCH v2 0/4]");
  expect(headerOf(messages[0]!.message, "In-Reply-To")).toBe("<v1@sender.example>");
  expect(messages[0]!.message.body).toMatch(
    /blurb\.\n\nChanges in v2:\n- said why\n\n.*Range-diff against v1:\n.*4: {2}/s,
  );
  expect(() => compose(options(repo, second))).toThrow("version 2 needs a changelog");
});

test("a single patch has its changelog below ---, where git am drops it", async () => {
  const repo = await repository();
  await repo.commit("alpha: One", { "drivers/alpha/a.c": "int one;\n" });
  const { cover: _, ...single } = options(repo, { version: 3, changelog: "v3: better" });
  const { messages } = compose(single);
  expect(messages).toHaveLength(1);
  expect(headerText(messages[0]!.message, "Subject")).toBe("[PATCH v3] alpha: One");
  expect(messages[0]!.message.body).toMatch(/^---\nv3: better\n\n drivers/m);
});

test("--rfc and --resend mark the subject", async () => {
  const repo = await series();
  const subject = (more: Partial<ComposeOptions>) =>
    headerText(compose(options(repo, more)).messages[1]!.message, "Subject");
  expect(subject({ rfc: true })).toMatch(/^\[RFC PATCH 1\/4\]/);
  expect(subject({ resend: true, version: 2, changelog: "none" })).toMatch(/^\[PATCH RESEND v2 1\/4\]/);
});

test("another author stands in the body", async () => {
  const repo = await repository();
  await repo.git("commit", "-q", "--allow-empty", "-m", "x");
  await repo.commit("alpha: One", { "drivers/alpha/a.c": "int one;\n" });
  await repo.git("commit", "-q", "--amend", "--no-edit", "--author", "Änne Autorin <aenne@x.example>");
  const { messages } = compose(options(repo, { range: "HEAD^..HEAD" }));
  expect(messages[1]!.message.body).toMatch(/^From: .* <aenne@x\.example>\n\n/);
  expect(headerText(messages[1]!.message, "From")).toContain("soeren@sender.example");
});

test("the user's format settings do not change the messages", async () => {
  const repo = await series();
  const bodies = () =>
    compose(options(repo)).messages.map(({ message }) => [headerOf(message, "Subject"), message.body]);
  const before = bodies();
  // whoever wants these in his mails may have them
  const { "format.notes": _, "format.signOff": _1, "format.signature": _2, ...rest } = unusualSettings;
  for (const [key, value] of Object.entries(rest)) await repo.git("config", key, value);
  expect(bodies()).toEqual(before);
  const text = compose(options(repo))
    .messages.map(({ message }) => formatMessage(message).toString())
    .join("\n");
  expect(text).not.toMatch(/eve@|multipart|OTHER|\[3/);
});

test("without a text the cover letter is written with place holders, and cannot be read for sending", async () => {
  const repo = await series();
  const { cover: _, ...bare } = options(repo);
  const outbox = compose(bare);
  expect(outbox.warnings.join()).toContain("has no text yet");
  const folder = join(temporaryFolder(), "out");
  writeOutbox(folder, outbox);
  expect(() => readOutbox(folder)).toThrow("place holder");
});

test("the branch's description is the cover letter's text", async () => {
  const repo = await series();
  await repo.git("config", "branch.main.description", "From the branch\n\nIts text.");
  const { cover: _, ...bare } = options(repo);
  const [cover] = compose(bare).messages;
  expect(headerText(cover!.message, "Subject")).toBe("[PATCH 0/4] From the branch");
  expect(cover!.message.body).toContain("Its text.");
});

test("a subject with a carriage return is refused: it could be read as another header", async () => {
  const repo = await repository();
  await repo.commit("alpha: Nice\rBcc: evil@x.y", { "drivers/alpha/a.c": "int one;\n" });
  expect(() => compose(options(repo))).toThrow("control character");
});

test("names with line ends and quotes cannot add a header", () => {
  const message = parseMessage(Buffer.from("A: b\n\nbody"), "m");
  expect(message.headers).toEqual([{ name: "A", value: "b" }]);
  expect(addressValue("To", [{ name: 'E"v,il', address: "e@x.y" }])).toBe('"E\\"v,il" <e@x.y>');
  expect(() => parseMessage(Buffer.from("Subject: a\rBcc: e@x.y\n\n"), "m")).toThrow("control character");
  expect(() => parseMessage(Buffer.from("Subject: a\nno header\n\n"), "m")).toThrow("no header");
});

test("a commit message cannot smuggle a header or a trailer's address", async () => {
  const repo = await repository();
  await repo.commit("alpha: x\n\nCc: Eve <e@x.y>, Bob <b@x.y\nSuggested-by: Nobody <nobody>\n", {
    "drivers/alpha/a.c": "1\n",
  });
  const { messages, warnings } = compose(options(repo));
  expect(messages.flatMap(({ cc }) => cc).map(({ address }) => address)).not.toContain("nobody");
  expect(warnings.join()).toContain('"Suggested-by: Nobody <nobody>" has no address');
});

test("what git am would change or cut off is warned of", async () => {
  const repo = await repository();
  await repo.commit("[alpha]: x\n\ndiff --git a/x b/x\n", { "drivers/alpha/a.c": "1\n" });
  const { warnings } = compose(options(repo));
  expect(warnings.join("\n")).toContain('git am drops the bracketed words from "[alpha]: x"');
  expect(warnings.join("\n")).toContain('git am takes "diff --git a/x b/x" for the patch');
  expect(compose(options(await series())).warnings).toEqual([]);
});

test("a patch that its author did not sign off is warned of", async () => {
  const repo = await repository();
  await repo.commit("alpha: x", { "drivers/alpha/a.c": "1\n" });
  await repo.commit("alpha: y\n\nSigned-off-by: Eve <e@x.y>\n", { "drivers/alpha/a.c": "2\n" });
  const author = await repo.git("show", "-s", "--format=%ae");
  const warnings = compose(options(repo)).warnings.join("\n");
  expect(warnings).toContain("[PATCH 1/2] alpha: x: no Signed-off-by: nobody may take it so");
  expect(warnings).toContain(`[PATCH 2/2] alpha: y: no Signed-off-by of its author, ${author}: nobody`);
});

test("a message of 10 MB is refused, unless the limit is raised", async () => {
  const repo = await repository();
  await repo.commit("alpha: Big", { "drivers/alpha/a.c": "some line of code\n".repeat(600_000) });
  expect(() => compose(options(repo))).toThrow(/0001-alpha-Big\.eml: 1\d{7} bytes are more than 1000000$/);
  expect(compose(options(repo, { maxBytes: 50 * MAX_BYTES })).warnings.join()).toContain("moderator");
});

test("a folder that is not empty is not written into; an edited message is read as it is", async () => {
  const repo = await series();
  const { folder, files } = written(repo);
  expect(() => writeOutbox(folder, compose(options(repo)))).toThrow("not an empty folder");
  writeFileSync(files[1]!, readFileSync(files[1]!, "utf8").replace(/^Cc: .*\n(?: .*\n)*/m, "Cc: only@x.y\n"));
  expect(readOutbox(folder)[1]!.cc).toEqual([{ name: "", address: "only@x.y" }]);
});

test.each([
  ["Cc: nobody\n", "is no address"],
  ["Bcc: e@x.y\n", "Bcc"],
  ["Subject: second\n", "2 headers Subject"],
  ["To: a@x.y,\n\0b@x.y\n", "control character"],
])("an edited message with %j is refused", async (header, why) => {
  const { folder, files } = written(await series());
  const text = readFileSync(files[1]!, "utf8");
  writeFileSync(
    files[1]!,
    header.startsWith("Cc") ? text.replace(/^Cc: .*\n(?: .*\n)*/m, header) : header + text,
  );
  expect(() => readOutbox(folder)).toThrow(why);
});

test("header values fold, encode and decode", () => {
  const long = `[PATCH 1/2] ${"word ".repeat(30)}Füße`;
  const value = textValue("Subject", long);
  for (const line of value.split("\n")) expect(line.length).toBeLessThanOrEqual(76);
  expect(decodeWords(value.replace(/\n[ \t]+/g, " "))).toBe(long);
  const people = Array.from({ length: 40 }, (_, i) => ({ name: `Pérson ${i}`, address: `p${i}@x.y` }));
  const message = parseMessage(Buffer.from(`To: ${addressValue("To", people)}\n\n`), "m");
  expect(peopleOf(message, "To", "m")).toEqual(people);
});
