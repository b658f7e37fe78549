import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import { ExitCode, KnownError, systemErrorCode, UsageError } from "../../base/errors.js";
import { plural } from "../../base/plural.js";
import type { Outbox, Outgoing } from "../../gate/outbox.js";
import type { Policy } from "../../gate/recipients.js";
import type { Via } from "../../gate/send-config.js";
import type { Person } from "../../kernel/maintainers-people.js";
import { whole } from "../arguments.js";
import { terminalProgress, warn } from "../terminal.js";

interface Options {
  readonly output?: string;
  readonly tree?: string;
  readonly policy: Policy;
  readonly cc: readonly string[];
  readonly cover?: string;
  readonly rerollCount?: number;
  readonly changelog?: string;
  readonly previous?: string;
  readonly rfc: boolean;
  readonly resend: boolean;
  readonly inReplyTo?: string;
  readonly base?: string;
  readonly maxRecipients?: number;
  readonly maxHeader?: number;
  readonly maxSize?: number;
  readonly send: boolean;
  readonly yes: boolean;
  readonly reflect?: string;
  readonly via?: Via;
  readonly pace: number;
  readonly skipUncertain: boolean;
  readonly json: boolean;
}

/** Milliseconds before the further tries of a message that a server refused for the moment. */
const RETRIES = [2_000, 10_000];

export function register(program: Command): void {
  program
    .command("mail")
    .description("Make a series' messages, show who would get them, and send them when told to")
    .argument("[range]", "commits, as BASE..TIP; without one, the messages of --output are taken as they are")
    .option("-o, --output <dir>", "the folder of the messages: written for a range, read without one")
    .option("--tree <dir>", "top of the kernel tree whose MAINTAINERS is asked (default: of the repository)")
    .addOption(
      new Option("--policy <name>", "who gets what, see below")
        .choices(["bookends", "everyone", "per-patch"])
        .default("bookends"),
    )
    .option("--cc <address>", "one more for every message; may be repeated", collect, [])
    .option(
      "--cover <file>",
      "the cover letter: subject, empty line, text (default: the branch's description)",
    )
    .option("-v, --reroll-count <n>", "version of the series", whole(1))
    .option("--changelog <file>", "what changed since the version before; needed from version 2 on")
    .option("--previous <range>", "the version before, for a range-diff")
    .option("--rfc", "a request for comments", false)
    .option("--resend", "the same once more", false)
    .option("--in-reply-to <id>", "message id to answer")
    .option(
      "--base <commit>",
      "the public commit that the series applies to (default: the first one's parent)",
    )
    .option("--max-recipients <n>", "of one message (default: 100)", whole(1))
    .option("--max-header <bytes>", "To and Cc of one message together (default: 16384)", whole(100))
    .option("--max-size <bytes>", "of one message (default: 1000000)", whole(1000))
    .option("--send", "send the messages, after asking", false)
    .option("--yes", "do not ask", false)
    .option("--reflect <address>", "send all of it only to this address, to see it as others would")
    .addOption(
      new Option("--via <way>", "how mail leaves (default: as sendemail.smtpServer says)").choices([
        "smtp",
        "sendmail",
        "git",
      ]),
    )
    .option("--pace <seconds>", "between two messages", seconds, 1)
    .option("--skip-uncertain", "take messages that may have gone for sent", false)
    .option("--json", "print JSON (treewide.mail/1)", false)
    .addHelpText(
      "after",
      `
Nothing is sent without --send. Policies:
  bookends   cover letter, first and last patch to everybody concerned by any patch; each other patch to its own
             maintainers and lists, and to those of the files whose new functions it calls
  everyone   every message to everybody
  per-patch  each patch to its own; the cover letter to everybody

Examples:
  treewide mail v7.3..HEAD                                  who would get what
  treewide mail v7.3..HEAD --cover cover.txt --output out   write messages; edit them if you like
  treewide mail --output out --send --reflect me@example.org
  treewide mail --output out --send                         send; again after a failure, to go on`,
    )
    .action(mail);
}

function collect(value: string, all: readonly string[]): string[] {
  return [...all, value];
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 3600))
    throw new InvalidArgumentError("a number of seconds from 0 to 3600 is needed");
  return value;
}

async function mail(range: string | undefined, options: Options): Promise<void> {
  if (!range && !options.output)
    throw new UsageError("nothing to mail", "name a range of commits, or a folder of messages with --output");
  if (options.send && !options.output)
    throw new UsageError("--send needs --output DIR", "the record of what was sent is kept there");
  if (options.send && !options.yes && !process.stdin.isTTY)
    throw new UsageError("nobody is there to confirm", "add --yes to send without asking");
  const [reflect] = options.reflect ? await people([options.reflect]) : [];
  const { readOutbox, writeOutbox } = await import("../../gate/outbox.js");
  const { outboxJson, outboxText } = await import("../../gate/outbox-report.js");
  const outbox: Outbox = range
    ? await composeRange(range, options)
    : { messages: readOutbox(options.output!, options.maxSize), warnings: [] };
  for (const warning of outbox.warnings) warn(`warning: ${warning}`);
  if (range && options.output) writeOutbox(options.output, outbox);
  process.stdout.write(options.json ? outboxJson(outbox) : outboxText(outbox.messages));
  if (options.send)
    await send(range ? readOutbox(options.output!, options.maxSize) : outbox.messages, options, reflect);
  else if (!options.json) process.stderr.write("Nothing was sent; --send does.\n");
}

async function composeRange(range: string, options: Options): Promise<Outbox> {
  const { compose } = await import("../../gate/outbox.js");
  const { mailSettings, senderOf } = await import("../../gate/send-config.js");
  const { DEFAULT_CAPS } = await import("../../gate/recipients.js");
  const { workTreeRoot } = await import("../../kernel/git.js");
  const repository = workTreeRoot(".");
  if (repository === null)
    throw new KnownError(`${process.cwd()}: in no git repository`, "run it where the commits are");
  const sender = senderOf(repository, mailSettings(repository));
  return compose({
    repository,
    range,
    tree: options.tree ?? repository,
    sender,
    policy: options.policy,
    cc: await people(options.cc),
    caps: {
      recipients: options.maxRecipients ?? DEFAULT_CAPS.recipients,
      header: options.maxHeader ?? DEFAULT_CAPS.header,
    },
    rfc: options.rfc,
    resend: options.resend,
    ...(options.maxSize ? { maxBytes: options.maxSize } : {}),
    ...(options.cover ? { cover: text(options.cover) } : {}),
    ...(options.rerollCount ? { version: options.rerollCount } : {}),
    ...(options.changelog ? { changelog: text(options.changelog) } : {}),
    ...(options.previous ? { previous: options.previous } : {}),
    ...(options.inReplyTo ? { inReplyTo: options.inReplyTo } : {}),
    ...(options.base ? { base: options.base } : {}),
  });
}

async function people(values: readonly string[]) {
  const { parsePerson } = await import("../../kernel/maintainers-people.js");
  return values.map((value) => {
    const person = parsePerson(value);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
    if (!person || /[\x00-\x1f\x7f]/.test(value))
      throw new UsageError(`${JSON.stringify(value)}: no address`, "write it as ADDRESS or 'NAME <ADDRESS>'");
    return person;
  });
}

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new KnownError(`${path}: cannot be read (${systemErrorCode(error) ?? error})`);
  }
}

async function send(
  messages: readonly Outgoing[],
  options: Options,
  reflect: Person | undefined,
): Promise<void> {
  const { sendAll } = await import("../../gate/send.js");
  const { SendRecord } = await import("../../gate/send-record.js");
  const { mailSettings, transportOf } = await import("../../gate/send-config.js");
  const { headerOf } = await import("../../gate/outbox-message.js");
  const { sendText } = await import("../../gate/outbox-report.js");
  const { tryLock } = await import("../../base/lock.js");
  const settings = mailSettings(".");
  const transport = transportOf(".", settings, options.via);
  const record = new SendRecord(options.output!);
  const uncertain = messages.filter(({ message }) => record.mayHaveGone(headerOf(message, "Message-ID")!));
  if (!options.skipUncertain && !reflect)
    for (const { file } of uncertain)
      warn(`warning: ${file} may have gone before: it goes again, under its Message-ID`);
  await confirm(
    `Send ${plural(messages.length, "message")} by ${transport.name}${reflect ? ` to ${reflect.address}` : ""}?`,
    options,
  );
  const envelopeFrom = settings.get("envelopesender");
  const unlock = tryLock(`${options.output}/sending.lock`);
  if (!unlock)
    throw new KnownError(
      `${options.output}: another treewide is sending from here`,
      "wait for its end, or stop it",
    );
  const progress = terminalProgress();
  try {
    const result = await sendAll(messages, transport, record, {
      pace: options.pace * 1000,
      retries: RETRIES,
      skipUncertain: options.skipUncertain,
      progress: progress.listen,
      ...(reflect ? { reflect: reflect.address } : {}),
      ...(envelopeFrom && envelopeFrom !== "auto" ? { envelopeFrom } : {}),
    });
    progress.clear();
    process.stderr.write(sendText(result));
    report(result, options.output!);
  } finally {
    await transport.close();
    unlock();
  }
}

async function confirm(question: string, { yes }: Options): Promise<void> {
  if (yes) return;
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await ask.question(`${question} [y/N] `);
  ask.close();
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new KnownError("nothing was sent", "the messages are kept in --output");
}

/** Exit code 1 when a server took a message but not all of its recipients. */
function report({ entries }: import("../../gate/send.js").SendResult, folder: string): void {
  const failed = entries.find(({ state }) => state !== "sent");
  const again = `treewide mail --output ${folder} --send`;
  if (failed?.state === "uncertain")
    throw new KnownError(
      `${failed.file}: the connection broke after all of it was handed over: it may have gone`,
      `look for ${failed.messageId} in the list's archive. If it is there: ${again} --skip-uncertain; if not: ${again}`,
    );
  if (failed?.state === "partly")
    throw new KnownError(
      `${failed.file}: ${failed.recipients.length} of its recipients have to wait: ${failed.answer}`,
      `later, to send it to them and to go on: ${again}`,
    );
  if (failed)
    throw new KnownError(`${failed.file}: not sent: ${failed.answer}`, `to go on from here: ${again}`);
  if (entries.some(({ rejected }) => rejected.length > 0)) process.exitCode = ExitCode.findings;
}
