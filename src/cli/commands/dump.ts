/** `treewide dump`: a look inside, at what the program makes of a C file. */
import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { KnownError, systemErrorCode } from "../../base/errors.js";
import type { View } from "../../report/dump.js";

interface Options {
  readonly function?: string;
  readonly view?: View;
}

export function register(program: Command): void {
  const view = (name: Exclude<View, "functions">, description: string) =>
    new Option(`--${name}`, description).conflicts(
      ["tokens", "tree", "flow"].filter((other) => other !== name),
    );
  program
    .command("dump")
    .description("Look inside a C file: its functions, tokens, syntax trees or control flow")
    .argument("<file>", "a C file; - is stdin")
    .option("--function <name>", "only this function")
    .addOption(view("tokens", "every token, with line, column and kind"))
    .addOption(view("tree", "the statements of each function, as a tree"))
    .addOption(view("flow", "the control flow graph of each function"))
    .addHelpText(
      "after",
      `
Without --tokens, --tree or --flow: the functions. A line that starts with !! is something that could not be parsed.

Examples:
  treewide dump drivers/pci/msi/api.c
  treewide dump drivers/ata/ahci.c --function ahci_init_one --flow`,
    )
    .action((file: string, options: Record<string, unknown>) =>
      dumpFile(file, {
        ...(typeof options.function === "string" && { function: options.function }),
        view: (["tokens", "tree", "flow"] as const).find((name) => options[name]) ?? "functions",
      }),
    );
}

async function dumpFile(path: string, { function: name, view = "functions" }: Options): Promise<void> {
  const { SourceFile } = await import("../../c/source.js");
  const { dump } = await import("../../report/dump.js");
  const file = new SourceFile(path === "-" ? "stdin" : path, read(path));
  const functions = name === undefined ? undefined : file.functions.get(name);
  if (name !== undefined && !functions)
    throw new KnownError(`${path}: no function ${name} is defined here`, "`treewide dump FILE` lists them");
  process.stdout.write(dump(file, view, functions));
}

/** As latin1, as the audit reads: an offset is a byte. */
function read(path: string): string {
  try {
    return readFileSync(path === "-" ? 0 : path, "latin1");
  } catch (error) {
    throw new KnownError(`${path}: cannot be read (${systemErrorCode(error) ?? error})`);
  }
}
