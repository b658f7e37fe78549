/** treewide reply: a draft to answer a message with. */
import type { Command } from "commander";
import { printable } from "../../base/printable.js";
import { outputFile } from "../output.js";
import { editorOf, writeExact } from "../terminal.js";

export function register(program: Command): void {
  program
    .command("reply")
    .argument("<message>", "a Message-ID, or a public-inbox URL of one")
    .description("write a reply: recipients, references, the text quoted; opens $EDITOR on it")
    .option("--archive <name>", "look in one archive (default: all)")
    .option("--output <file>", "write the draft here (default: reply-SUBJECT.eml); - is --stdout")
    .option("--stdout", "print the draft, open no editor")
    .option("--send-email", "print the git send-email command that sends a reply instead")
    .addHelpText(
      "after",
      "\nExamples:\n  treewide reply 20210617155823.GA3077181@bjorn-Precision-5520\n  git send-email --to= reply.eml   # its headers are complete",
    )
    .action(action);
}

interface Options {
  readonly archive?: string;
  readonly output?: string;
  readonly stdout?: boolean;
  readonly sendEmail?: boolean;
}

async function action(name: string, options: Options): Promise<void> {
  const { existsSync } = await import("node:fs");
  const { namedThread } = await import("../../archive/thread-letters.js");
  const { replyTemplate, sendEmailArguments } = await import("../../mail/reply.js");
  const { KnownError } = await import("../../base/errors.js");
  const { writeFileAtomic } = await import("../../base/files.js");
  const { runTerminal, runSync } = await import("../../base/process.js");
  const { messages, messageId } = namedThread(name, options.archive);
  const message = messages.find(({ ids }) => messageId !== undefined && ids.includes(messageId));
  if (!message) throw new KnownError(`${name}: name one message by its Message-ID`);
  if (options.sendEmail) {
    const lines = sendEmailArguments(message).map((argument) => `  ${printable(argument)} \\\n`);
    process.stdout.write(`git send-email \\\n${lines.join("")}  /path/to/YOUR_REPLY\n`);
    return;
  }
  const config = (key: string) =>
    runSync("git", ["config", key], { accept: "any" }).stdout.toString("utf8").trim();
  const [author, address] = [config("user.name"), config("user.email")];
  const from = address === "" ? undefined : author === "" ? address : `${author} <${address}>`;
  const draft = replyTemplate(message, from, address === "" ? [] : [address]);
  if (options.stdout || (options.output !== undefined && outputFile(options.output) === undefined)) {
    writeExact(draft);
    return;
  }
  const slug = message.subject.title.replace(/\W+/g, "-").slice(0, 50).replace(/^-|-$/g, "").toLowerCase();
  const path = options.output ?? `reply-${slug || "message"}.eml`;
  if (existsSync(path))
    throw new KnownError(`${path}: is there already, perhaps with your words`, "name another with --output");
  writeFileAtomic(path, draft);
  const editor = editorOf(process.env);
  if (editor && process.stdin.isTTY)
    await runTerminal(editor.split(" ")[0]!, [...editor.split(" ").slice(1), path]);
  process.stdout.write(`${path}\n`);
}
