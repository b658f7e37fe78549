/** The command line: reads arguments, runs one command, turns its end into an exit code. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { asKnownError, ExitCode, systemErrorCode } from "../base/errors.js";
import { printableLines } from "../base/printable.js";
import { commands } from "./commands/index.js";

function version(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  return manifest.version;
}

async function main(argv: readonly string[]): Promise<ExitCode> {
  const program = new Command("treewide")
    .description(
      "Who owns a PCI driver's IRQ vectors: audit a kernel tree, prove it, convert it, review it, mail it.",
    )
    .version(version())
    .showHelpAfterError("(treewide --help lists the commands)")
    .exitOverride();
  for (const register of commands) register(program);
  for (const command of program.commands)
    command.exitOverride().showHelpAfterError(`(treewide ${command.name()} --help shows its options)`);
  try {
    await program.parseAsync(argv);
    return (process.exitCode as ExitCode | undefined) ?? ExitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    const known = asKnownError(error);
    if (!known) throw error;
    const hint = known.hint ? `\n  ${known.hint}` : "";
    process.stderr.write(`${printableLines(`treewide: ${known.message}${hint}`)}\n`);
    return known.exitCode;
  }
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(ExitCode.ok); // the reader has seen enough: `treewide audit | head`
  process.stderr.write(`treewide: stdout: cannot be written (${systemErrorCode(error) ?? error.message})\n`);
  process.exit(ExitCode.unusable); // not 1, which says that something was found
});
process.stderr.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error; // nobody reads what we have to say: the result and the exit code stay
});
process.exitCode = await main(process.argv);
