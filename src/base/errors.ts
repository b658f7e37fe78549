/**
 * Errors that a user can act on, and the exit codes of the program.
 * A `KnownError` is printed as one message; anything else is a bug and keeps its stack.
 */

/** Exit codes are a public contract (docs/ARCHITECTURE.md, "Contracts"). */
export const ExitCode = {
  /** Nothing at or above the threshold that was asked for. */
  ok: 0,
  /** The program worked and found what it was told to look for. */
  findings: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The tree, file or service cannot be used; the message says why. */
  unusable: 3,
  /** Stopped by SIGINT (128 + 2, as shells have it). */
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** What failed, where, and what to do about it. */
export class KnownError extends Error {
  override readonly name: string = "KnownError";
  constructor(
    message: string,
    /** What the user can do; printed on a line of its own. */
    readonly hint?: string,
    readonly exitCode: ExitCode = ExitCode.unusable,
  ) {
    super(message);
  }
}

/** The command line is wrong: exit code 2. */
export class UsageError extends KnownError {
  override readonly name = "UsageError";
  constructor(message: string, hint?: string) {
    super(message, hint, ExitCode.usage);
  }
}

/** A program that we need is not installed. */
export class NotInstalledError extends KnownError {
  override readonly name = "NotInstalledError";
  constructor(
    readonly command: string,
    hint = `install ${command} and try again`,
  ) {
    super(`${command}: not found`, hint);
  }
}

/** The `code` of a Node system error (`ENOENT`, `ENOSPC`, …), or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/**
 * What a user is told of an error: a `KnownError` as it is, a full disk, wherever it was met, as one; undefined for a
 * bug.
 */
export function asKnownError(error: unknown): KnownError | undefined {
  if (error instanceof KnownError) return error;
  const code = systemErrorCode(error);
  if (code !== "ENOSPC" && code !== "EDQUOT") return undefined;
  const { path, dest = path } = error as NodeJS.ErrnoException & { readonly dest?: string };
  return new KnownError(
    `${dest === undefined ? "the disk is full" : `${dest}: cannot be written`} (${code})`,
    "free some space, or name another folder in TREEWIDE_CACHE or TMPDIR",
  );
}
