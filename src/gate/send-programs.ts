/** Sending through programs: sendmail and those that take its arguments, or git send-email. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KnownError } from "../base/errors.js";
import { writeFileAtomic } from "../base/files.js";
import { type RunResult, run } from "../base/process.js";
import type { Delivery, Parcel, Transport } from "./send.js";

/** A local program with sendmail's arguments (msmtp, postfix, exim): it queues, or says that it did not. */
export function sendmailTransport(program: string): Transport {
  return {
    name: program,
    exact: true,
    deliver: ({ from, recipients, bytes }) =>
      outcome(
        run(program, ["-i", "-f", from, "--", ...recipients], { input: bytes, accept: "any" }),
        "refused",
      ),
    close: async () => {},
  };
}

/**
 * git send-email with all of the user's settings. It does not say how far it got when it fails, so such a message's
 * fate is uncertain.
 */
export function gitTransport(repository: string): Transport {
  return {
    name: "git send-email",
    exact: false,
    deliver: (parcel) => throughGit(repository, parcel),
    close: async () => {},
  };
}

async function throughGit(repository: string, { file, from, recipients, bytes }: Parcel): Promise<Delivery> {
  const folder = mkdtempSync(join(tmpdir(), "treewide-send-"));
  try {
    const path = join(folder, file);
    writeFileAtomic(path, bytes);
    const [to, ...cc] = recipients;
    const sending = run(
      "git",
      [
        ...[
          "-c",
          "sendemail.toCmd=true",
          "send-email",
          "--quiet",
          "--confirm=never",
          "--no-validate",
          "--no-thread",
          "--suppress-cc=all",
        ],
        ...["--no-to", "--no-cc", "--no-bcc", `--envelope-sender=${from}`, `--to=${to}`],
        ...cc.map((address) => `--cc=${address}`),
        path,
      ],
      { cwd: repository, env: { GIT_SEND_EMAIL_NOTTY: "1", GIT_TERMINAL_PROMPT: "0" }, accept: "any" },
    );
    return await outcome(sending, "uncertain");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function outcome(running: Promise<RunResult>, failure: "refused" | "uncertain"): Promise<Delivery> {
  try {
    const { status, stderr } = await running;
    if (status === 0) return { state: "sent", answer: "taken", rejected: [], deferred: [] };
    if (/is not a git command/.test(stderr.toString("utf8")))
      return {
        state: "refused",
        answer: "git send-email is not installed (Debian: git-email)",
        again: false,
      };
    const answer = stderr.toString("utf8").trim().split("\n").at(-1) || `exit status ${status}`;
    return failure === "refused"
      ? { state: "refused", answer, again: false }
      : { state: "uncertain", answer };
  } catch (error) {
    if (error instanceof KnownError) return { state: "refused", answer: error.message, again: false };
    throw error;
  }
}
