/** What compilers and checkers say, one by one, and what of it is new against the parent. */

export interface Diagnostic {
  readonly tool: "compiler" | "objtool" | "kernel-doc";
  readonly severity: "error" | "warning";
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** gcc and clang; the column tells them from kernel-doc. */
const COMPILER = /^(\S+?):(\d+):(?:\d+:)? (warning|error|fatal error): (.*)$/;
/** tools/docs/kernel-doc and its predecessor in Perl. */
const KERNEL_DOC = /^(?:(Warning|Error): (\S+?):(\d+) (.*)|(\S+?):(\d+): (warning|error): (.*))$/i;
const OBJTOOL = /^(\S+?\.o): (warning|error): objtool: (.*)$/;

/** Reads the lines that start a diagnostic; what follows them (notes, excerpts) stays in the log. */
export function diagnosticsIn(text: string): readonly Diagnostic[] {
  return text.split("\n").flatMap((line): Diagnostic[] => {
    const objtool = OBJTOOL.exec(line);
    if (objtool) return [diagnostic("objtool", objtool[2]!, objtool[1]!, 0, objtool[3]!)];
    const compiler = COMPILER.exec(line);
    if (compiler && (/^\S+?:\d+:\d+:/.test(line) || /\[-W|fatal/.test(line)))
      return [diagnostic("compiler", compiler[3]!, compiler[1]!, Number(compiler[2]), compiler[4]!)];
    const doc = KERNEL_DOC.exec(line);
    if (doc)
      return [
        diagnostic(
          "kernel-doc",
          doc[1] ?? doc[7]!,
          doc[2] ?? doc[5]!,
          Number(doc[3] ?? doc[6]),
          doc[4] ?? doc[8]!,
        ),
      ];
    return [];
  });
}

function diagnostic(
  tool: Diagnostic["tool"],
  word: string,
  file: string,
  line: number,
  message: string,
): Diagnostic {
  return { tool, severity: /error/i.test(word) ? "error" : "warning", file, line, message };
}

/**
 * Those of `after` that `before` does not have as often. Lines move, and addresses in code do, so neither counts.
 */
export function newDiagnostics(
  after: readonly Diagnostic[],
  before: readonly Diagnostic[],
): readonly Diagnostic[] {
  const left = new Map<string, number>();
  for (const one of before) left.set(identity(one), (left.get(identity(one)) ?? 0) + 1);
  return after.filter((one) => {
    const known = left.get(identity(one)) ?? 0;
    left.set(identity(one), known - 1);
    return known <= 0;
  });
}

function identity({ tool, file, message }: Diagnostic): string {
  return `${tool} ${file} ${message.replace(/0x[0-9a-f]+|\b\d+\b/g, "#")}`;
}
